// Format and Partition Disk, on the disk itself.

#ifndef TSMEDIA_TOOLS_STEPS_DISK_FORMAT_H_
#define TSMEDIA_TOOLS_STEPS_DISK_FORMAT_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/engine/effects.h"
#include "tools/engine/partition_layout.h"
#include "tools/steps/block_disk.h"

namespace tsmedia {

// Gives 16 random bytes. Identifiers on a target are never derived from what is deployed: no two machines share one.
using RandomSource = std::function<std::array<uint8_t, 16>()>;

// PartitionDisk replaces what is on `disk` by the partition table of `request`. Signatures of file systems, volume
// groups, RAIDs and old partition tables at the beginning and end of the disk and of each new partition are gone
// afterwards. The order is such that after an interruption the disk has no partition table rather than a wrong one.
absl::Status PartitionDisk(const FormatRequest& request, const RandomSource& random, BlockDisk& disk);

// A FAT32 file system that is to be made.
struct Fat32Request {
  std::string label;
  uint32_t sector_size = 512;
  uint64_t offset = 0;                       // of the partition on its disk, in bytes
  int64_t now = 0;                           // seconds since 1970
  std::map<std::string, std::string> files;  // absolute path -> content
};

// FormatFat32 makes a FAT32 file system with these files on the partition `device`.
absl::Status FormatFat32(const Fat32Request& request, const RandomSource& random, BlockDisk& device);

// FormatCommand returns the program that makes another file system on a partition of a disk with such sectors; nothing
// for FAT32, which needs none, and for a partition without a file system.
std::vector<std::string> FormatCommand(const PlannedPartition& partition, uint32_t sector_size);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_STEPS_DISK_FORMAT_H_
