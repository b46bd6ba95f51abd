// Format and Partition Disk, on the disk itself.

#ifndef TSMEDIA_TOOLS_STEPS_DISK_FORMAT_H_
#define TSMEDIA_TOOLS_STEPS_DISK_FORMAT_H_

#include <array>
#include <cstdint>
#include <functional>
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

// FormatFat32 makes an empty FAT32 file system on the partition `device`. `now` is in seconds since 1970.
absl::Status FormatFat32(const PlannedPartition& partition, uint32_t sector_size, const RandomSource& random,
                         int64_t now, BlockDisk& device);

// FormatCommand returns the program that makes another file system on a partition; nothing for FAT32, which needs none,
// and for a partition without a file system.
std::vector<std::string> FormatCommand(const PlannedPartition& partition);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_STEPS_DISK_FORMAT_H_
