#include "tools/steps/disk_format.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_sink.h"
#include "tools/base/bytes.h"
#include "tools/base/render.h"
#include "tools/base/status_macros.h"
#include "tools/engine/disks.h"
#include "tools/fat/fat_layout.h"
#include "tools/fat/format.h"
#include "tools/gpt/gpt.h"
#include "tools/gpt/mbr.h"

namespace tsmedia {
namespace {

// What is wiped at the beginning and end of disks and partitions. The farthest signature at a beginning is that of ISO
// 9660 and btrfs (64 KiB + 4 KiB), at an end that of mdraid 0.90 (128 KiB).
constexpr uint64_t kWiped = 1 * kMiB;

absl::Status WipeEnds(uint64_t offset, uint64_t size, BlockDisk& disk) {
  TSM_RETURN_IF_ERROR(disk.WriteZeros(offset, std::min(size, kWiped)));
  return disk.WriteZeros(offset + size - std::min(size, kWiped), kWiped);
}

Guid GptType(const PlannedPartition& partition) {
  switch (partition.type) {
    case Partition::EFI:
      return EfiSystemType();
    case Partition::RECOVERY:
      return WindowsRecoveryType();
    case Partition::MICROSOFT_RESERVED:
      return MicrosoftReservedType();
    case Partition::BIOS_BOOT:
      return BiosBootType();
    default:
      return partition.file_system == Partition::NTFS || partition.file_system == Partition::FAT32
                 ? MicrosoftBasicDataType()
                 : LinuxFileSystemType();
  }
}

uint8_t MbrType(const PlannedPartition& partition) {
  if (partition.type == Partition::RECOVERY) {
    return kMbrTypeRecovery;
  }
  switch (partition.file_system) {
    case Partition::NTFS:
      return kMbrTypeNtfs;
    case Partition::FAT32:
      return kMbrTypeFat32;
    default:
      return kMbrTypeLinux;
  }
}

absl::Status WriteGptTable(const FormatRequest& request, const RandomSource& random, BlockDisk& disk) {
  const uint32_t sector_size = SectorSize(request.disk);
  Gpt gpt = {.sector_size = sector_size, .sectors = disk.size() / sector_size, .disk_id = RandomGuid(random())};
  for (const PlannedPartition& partition : request.partitions) {
    gpt.partitions.push_back({.number = partition.number,
                              .type = GptType(partition),
                              .id = RandomGuid(random()),
                              .first_lba = partition.offset / sector_size,
                              .last_lba = (partition.offset + partition.size) / sector_size - 1,
                              .attributes = partition.type == Partition::RECOVERY ? kGptRequired | kGptNoAutomount : 0,
                              .name = partition.name});
  }
  TSM_ASSIGN_OR_RETURN(const GptBytes bytes, WriteGpt(gpt));
  TSM_RETURN_IF_ERROR(disk.WriteAt(gpt.sectors * gpt.sector_size - bytes.backup.size(), AsBytes(bytes.backup)));
  TSM_RETURN_IF_ERROR(disk.Flush());
  return disk.WriteAt(0, AsBytes(bytes.primary));
}

absl::Status WriteMbrTable(const FormatRequest& request, const RandomSource& random, BlockDisk& disk) {
  const uint32_t sector_size = SectorSize(request.disk);
  Mbr mbr;
  mbr.signature = LoadLittle<uint32_t>(random().data());
  for (const PlannedPartition& partition : request.partitions) {
    mbr.partitions.push_back({.number = partition.number,
                              .type = MbrType(partition),
                              .active = partition.active,
                              .first_lba = partition.offset / sector_size,
                              .sectors = partition.size / sector_size});
  }
  TSM_ASSIGN_OR_RETURN(const std::string sector, WriteMbr(mbr));
  return disk.WriteAt(0, AsBytes(sector));
}

using NoInputs = std::map<std::string, const ByteSource*>;

// Where the reserved sectors, both tables and the root directory of an empty FAT32 file system end. Behind them there
// is only free space, whose content does not matter.
absl::StatusOr<uint64_t> StructuresEnd(const Layout& layout) {
  StringSink sink;
  TSM_RETURN_IF_ERROR(Render(layout, NoInputs(), 0, fat::kBootSectorSize, &sink));
  const uint8_t* bpb = AsBytes(sink.bytes()).data();
  const uint64_t sectors = LoadLittle<uint16_t>(bpb + fat::kBpbReservedSectors) +
                           2 * uint64_t{LoadLittle<uint32_t>(bpb + fat::kBpbFatSectors32)} +
                           bpb[fat::kBpbClusterSectors];
  return sectors * LoadLittle<uint16_t>(bpb + fat::kBpbSectorSize);
}

}  // namespace

absl::Status PartitionDisk(const FormatRequest& request, const RandomSource& random, BlockDisk& disk) {
  TSM_RETURN_IF_ERROR(WipeEnds(0, disk.size(), disk));
  for (const PlannedPartition& partition : request.partitions) {
    TSM_RETURN_IF_ERROR(WipeEnds(partition.offset, partition.size, disk));
  }
  TSM_RETURN_IF_ERROR(disk.Flush());
  TSM_RETURN_IF_ERROR(request.style == FormatAndPartitionDisk::MBR ? WriteMbrTable(request, random, disk)
                                                                   : WriteGptTable(request, random, disk));
  TSM_RETURN_IF_ERROR(disk.Flush());
  return disk.RereadPartitions();
}

absl::Status FormatFat32(const Fat32Request& request, const RandomSource& random, BlockDisk& device) {
  const FatOptions options = {.type = FatType::kFat32,
                              .size = device.size(),
                              .sector_size = request.sector_size,
                              // Only 32 bits; firmware and kernels take the place from the partition table.
                              .hidden_sectors = static_cast<uint32_t>(request.offset / request.sector_size),
                              .serial = LoadLittle<uint32_t>(random().data()),
                              .label = absl::AsciiStrToUpper(request.label),
                              .time = request.now};
  std::vector<FatFile> files;
  for (const auto& [path, content] : request.files) {
    files.push_back({.path = path, .length = content.size(), .content = InlineBytes{content}});
  }
  TSM_ASSIGN_OR_RETURN(const Layout layout, LayoutFat(options, std::move(files)));
  TSM_ASSIGN_OR_RETURN(uint64_t end, StructuresEnd(layout));
  for (const Extent& extent : layout.extents) {
    end = std::max(end, extent.offset + extent.length);
  }
  DiskSink sink(&device, 0);
  TSM_RETURN_IF_ERROR(Render(layout, NoInputs(), 0, end, &sink));
  return device.Flush();
}

std::vector<std::string> FormatCommand(const PlannedPartition& partition, uint32_t sector_size) {
  switch (partition.file_system) {
    case Partition::EXT4:
      // -F: also when the device looks used; its beginning was wiped.
      return {"mkfs.ext4", "-q", "-F", "-L", partition.label, partition.device};
    case Partition::NTFS:
      // --force: also when it is no device, as in tests. The disk's geometry stands in the boot sector, for Windows on
      // BIOS machines: the one that every BIOS pretends. Its field for the sectors before the partition has 32 bits;
      // Windows takes the partition table's word for it on a disk with more.
      return {"mkfs.ntfs",
              "--quiet",
              "--quick",
              "--force",
              "--sector-size",
              absl::StrCat(sector_size),
              "--partition-start",
              absl::StrCat(static_cast<uint32_t>(partition.offset / sector_size)),
              "--heads",
              "255",
              "--sectors-per-track",
              "63",
              "--label",
              partition.label,
              partition.device};
    default:
      return {};
  }
}

}  // namespace tsmedia
