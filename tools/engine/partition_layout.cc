#include "tools/engine/partition_layout.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/engine/disks.h"

namespace tsmedia {
namespace {

// The first MB holds MBR, GPT and GRUB's core image (for an MBR); every partitioning tool of today starts behind it.
constexpr uint64_t kFirstMb = 1;

// A GPT ends the disk with 16 KiB of entries and its header (UEFI 2.10, section 5.3): less than 1 MB.
constexpr uint64_t kGptEndMb = 1;

// An MBR counts sectors with 32 bits.
constexpr uint64_t kMbrSectors = uint64_t{1} << 32;

// FAT32 has at least 65,525 clusters of at least one sector, beside reserved sectors and two tables; with the margin
// that mkfs programs keep that comes to 33 MB and 264 MB.
constexpr uint64_t kMinFat32Mb512 = 33;
constexpr uint64_t kMinFat32Mb4096 = 264;

uint64_t UsableMb(const FormatAndPartitionDisk& plan, const DiskFacts& disk) {
  uint64_t size = disk.size();
  if (plan.style() == FormatAndPartitionDisk::MBR) {
    size = std::min(size, kMbrSectors * SectorSize(disk));
  }
  const uint64_t unusable = kFirstMb + (plan.style() == FormatAndPartitionDisk::GPT ? kGptEndMb : 0);
  return size / kMiB > unusable ? size / kMiB - unusable : 0;
}

// MB of a partition with a size of its own, else 0.
uint64_t FixedMb(const Partition& partition) {
  return partition.has_size_gb() ? partition.size_gb() * 1024 : partition.size_mb();
}

absl::Status TooSmall(const DiskFacts& disk, uint64_t usable_mb, uint64_t needed_mb) {
  return absl::ResourceExhaustedError(
      absl::StrCat("the partitions need ", needed_mb, " MB, and ", disk.device(), " has room for ", usable_mb, " MB"));
}

// Sizes returns the MB of each partition. The schema bounds a disk to 128 partitions of less than 2^41 MB each, so that
// no sum wraps around.
absl::StatusOr<std::vector<uint64_t>> Sizes(const FormatAndPartitionDisk& plan, const DiskFacts& disk) {
  const uint64_t usable = UsableMb(plan, disk);
  uint64_t fixed = 0;
  for (const Partition& partition : plan.partitions()) {
    fixed += FixedMb(partition);
  }
  if (fixed > usable) {
    return TooSmall(disk, usable, fixed);
  }
  std::vector<uint64_t> sizes;
  uint64_t taken = 0;
  for (const Partition& partition : plan.partitions()) {
    const uint64_t share = (usable - fixed) * partition.size_percent() / 100;
    sizes.push_back(partition.has_size_percent() ? std::max<uint64_t>(share, 1) : FixedMb(partition));
    taken += sizes.back();
  }
  auto rest = std::find_if(plan.partitions().begin(), plan.partitions().end(),
                           [](const Partition& partition) { return partition.rest(); });
  const bool has_rest = rest != plan.partitions().end();
  if (taken + (has_rest ? 1 : 0) > usable) {
    return TooSmall(disk, usable, taken + (has_rest ? 1 : 0));
  }
  if (has_rest) {
    sizes[rest - plan.partitions().begin()] = usable - taken;
  }
  return sizes;
}

absl::Status CheckLabel(const PlannedPartition& partition) {
  const size_t most = partition.file_system == Partition::EXT4    ? 16
                      : partition.file_system == Partition::FAT32 ? 11
                                                                  : 32;
  if (partition.label.size() > most) {
    return absl::InvalidArgumentError(absl::StrCat("the label \"", partition.label, "\" has more than ", most,
                                                   " bytes, the most of ",
                                                   Partition::FileSystem_Name(partition.file_system)));
  }
  return absl::OkStatus();
}

absl::Status CheckFat(const PlannedPartition& partition, const DiskFacts& disk) {
  const uint64_t least = SectorSize(disk) == 4096 ? kMinFat32Mb4096 : kMinFat32Mb512;
  if (partition.file_system == Partition::FAT32 && partition.size / kMiB < least) {
    return absl::InvalidArgumentError(absl::StrCat("partition ", partition.number, " has ", partition.size / kMiB,
                                                   " MB, and FAT32 needs at least ", least,
                                                   " on a disk with sectors of ", SectorSize(disk), " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<PlannedPartition>> LayOutPartitions(const FormatAndPartitionDisk& plan,
                                                               const DiskFacts& disk, const VariableStore& variables) {
  TSM_ASSIGN_OR_RETURN(const std::vector<uint64_t> sizes, Sizes(plan, disk));
  std::vector<PlannedPartition> partitions;
  uint64_t offset = kFirstMb * kMiB;
  for (const Partition& asked : plan.partitions()) {
    PlannedPartition partition;
    partition.number = static_cast<uint32_t>(partitions.size() + 1);
    partition.device = PartitionDevice(disk.device(), partition.number);
    partition.offset = offset;
    partition.size = sizes[partitions.size()] * kMiB;
    partition.type = asked.type();
    partition.file_system = asked.file_system();
    partition.label = variables.Expand(asked.label()).text;
    partition.name = asked.name();
    partition.active = asked.active();
    TSM_RETURN_IF_ERROR(CheckLabel(partition));
    TSM_RETURN_IF_ERROR(CheckFat(partition, disk));
    offset += partition.size;
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

std::string DescribePartition(const PlannedPartition& partition) {
  std::string text = absl::StrCat("partition ", partition.number, " (", partition.device,
                                  "): ", Partition::Type_Name(partition.type), ", ");
  if (partition.file_system != Partition::FILE_SYSTEM_UNSPECIFIED) {
    absl::StrAppend(&text, Partition::FileSystem_Name(partition.file_system), ", ");
  }
  absl::StrAppend(&text, partition.size / kMiB, " MB at ", partition.offset / kMiB, " MB");
  if (!partition.label.empty()) {
    absl::StrAppend(&text, ", label \"", partition.label, "\"");
  }
  return absl::StrCat(text, partition.active ? ", active" : "");
}

}  // namespace tsmedia
