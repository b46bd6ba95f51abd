// Where the partitions of a disk come to lie.

#ifndef TSMEDIA_TOOLS_ENGINE_PARTITION_LAYOUT_H_
#define TSMEDIA_TOOLS_ENGINE_PARTITION_LAYOUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/engine/facts.pb.h"
#include "tools/engine/variable_store.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {

// A partition that is to be made.
struct PlannedPartition {
  uint32_t number = 0;      // from 1
  std::string device = {};  // /dev/nvme0n1p2
  uint64_t offset = 0;      // bytes from the start of the disk; a multiple of 1 MiB
  uint64_t size = 0;        // bytes; a multiple of 1 MiB
  Partition::Type type = Partition::TYPE_UNSPECIFIED;
  Partition::FileSystem file_system = Partition::FILE_SYSTEM_UNSPECIFIED;
  std::string label = {};  // expanded
  std::string name = {};   // GPT only
  bool active = false;
};

// LayOutPartitions places the partitions of `plan` on `disk`: the first begins at 1 MiB, each follows on the one
// before, and what a GPT needs at the disk's end stays free. Percentages are of what the sizes in MB and GB leave,
// rounded down to full MB. ResourceExhausted if the disk is too small, InvalidArgument if an expanded label does not
// fit its file system, or a FAT32 partition is too small for the disk's sectors.
absl::StatusOr<std::vector<PlannedPartition>> LayOutPartitions(const FormatAndPartitionDisk& plan,
                                                               const DiskFacts& disk, const VariableStore& variables);

// DescribePartition returns one line for people, for example
// "partition 2 (/dev/vda2): PRIMARY, EXT4, 1935 MB at 129 MB, label \"root\"".
std::string DescribePartition(const PlannedPartition& partition);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_PARTITION_LAYOUT_H_
