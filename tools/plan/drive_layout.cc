#include "tools/plan/drive_layout.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/boot/grub_place.h"
#include "tools/fat/fat_layout.h"
#include "tools/gpt/gpt.h"
#include "tools/gpt/gpt_layout.h"
#include "tools/iso9660/volume_label.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

// Partitions begin at multiples of 4 MiB, the largest erase block of common flash drives; the first one leaves the
// first MiB to the partition table, as all tools do.
constexpr uint64_t kAlignment = 4 * kMiB;
constexpr uint64_t kBiosBootOffset = 1 * kMiB;
constexpr uint64_t kBiosBootSize = 1 * kMiB;

// The EFI system partition has this label if the packages, which people look for, are on another one.
constexpr char kBootLabel[] = "TSMBOOT";

// A slot is at most a sixteenth larger than its file; that of a small file which is not a package, 64 KiB. Manifest and
// inventory change with every package.
constexpr uint64_t kSlotFraction = 16;
constexpr uint64_t kMinSlot = 64 * kKiB;

bool IsPackage(const MediumFile& file) {
  return absl::StartsWith(file.path, kPackagesDirectory) && file.path[kPackagesDirectory.size()] == '/';
}

// The bytes that are kept for a file: its next version will have nearly the same size, and should not move all that
// follows it.
uint64_t SlotOf(const MediumFile& file) {
  const uint64_t step = std::bit_floor(std::max<uint64_t>(1, file.size / kSlotFraction));
  return RoundUp(file.size, IsPackage(file) ? step : std::max(step, kMinSlot));
}

class DrivePlanner {
 public:
  DrivePlanner(const VolumeContent& volume, const MediaForm& form)
      : volume_(volume), form_(form), gpt_{.sector_size = form.sector_size(), .disk_id = volume.ids.GuidOf("disk")} {}

  absl::StatusOr<Layout> Plan() {
    TSM_RETURN_IF_ERROR(CheckBoot());
    TSM_ASSIGN_OR_RETURN(const VolumeLabels labels, MapVolumeLabel(volume_.label));
    if (HasBiosBoot()) {
      TSM_RETURN_IF_ERROR(AddBiosBoot());
    }
    end_ = kAlignment;
    std::vector<FatFile> packages;
    std::vector<FatFile> others;
    for (const MediumFile& file : volume_.files) {
      (IsPackage(file) && form_.data_partition() ? packages : others)
          .push_back({"/" + file.path, file.size, file.content, SlotOf(file)});
    }
    if (form_.data_partition()) {
      TSM_RETURN_IF_ERROR(AddFat(EfiSystemType(), "EFI system partition", kBootLabel, 0, std::move(others)));
      TSM_RETURN_IF_ERROR(
          AddFat(MicrosoftBasicDataType(), "data partition", labels.fat, form_.free_space(), std::move(packages)));
    } else {
      TSM_RETURN_IF_ERROR(
          AddFat(EfiSystemType(), "EFI system partition", labels.fat, form_.free_space(), std::move(others)));
    }
    // Whole MiB, the last of which holds the backup of the partition table.
    gpt_.sectors = (RoundUp(end_, kMiB) + kMiB) / gpt_.sector_size;
    TSM_RETURN_IF_ERROR(AddGpt(gpt_, &layout_));
    return std::move(layout_);
  }

 private:
  bool HasBiosBoot() const { return !volume_.boot->bios_drive_image.empty() && form_.sector_size() == kBiosSectorSize; }

  absl::Status CheckBoot() const {
    if (volume_.boot->efi_files.empty() && !HasBiosBoot()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "sector_size: a BIOS starts no drive with sectors of ", form_.sector_size(),
          " bytes, and the boot image is for nothing else; use 512, or a boot image with \"uefi\" in firmware"));
    }
    return absl::OkStatus();
  }

  void AddPartition(const Guid& type, std::string_view name, uint64_t offset, uint64_t size) {
    gpt_.partitions.push_back({.number = static_cast<uint32_t>(gpt_.partitions.size() + 1),
                               .type = type,
                               .id = volume_.ids.GuidOf(name),
                               .first_lba = offset / gpt_.sector_size,
                               .last_lba = (offset + size) / gpt_.sector_size - 1,
                               .name = std::string(name)});
  }

  // GRUB, which looks for its configuration on the second partition.
  absl::Status AddBiosBoot() {
    constexpr uint64_t kLba = kBiosBootOffset / kBiosSectorSize;
    TSM_ASSIGN_OR_RETURN(gpt_.boot_code, PlaceGrubHybridSector(volume_.boot->bios_boot_sector, kLba));
    TSM_ASSIGN_OR_RETURN(std::string core, PlaceGrubCore(volume_.boot->bios_drive_image, kLba));
    const uint64_t size = core.size();
    if (size > kBiosBootSize) {
      return absl::InvalidArgumentError(absl::StrCat("boot_image: its loader for BIOS has ", size, " bytes; at most ",
                                                     kBiosBootSize, " have room on a drive"));
    }
    AddPartition(BiosBootType(), "BIOS boot partition", kBiosBootOffset, kBiosBootSize);
    layout_.extents.push_back({kBiosBootOffset, size, InlineBytes{std::move(core)}, "BIOS boot image", true});
    return absl::OkStatus();
  }

  absl::Status AddFat(const Guid& type, std::string_view name, std::string_view label, uint64_t free_space,
                      std::vector<FatFile> files) {
    const uint64_t offset = RoundUp(end_, kAlignment);
    FatOptions options;
    options.type = FatType::kFat32;
    options.free_space = free_space;
    options.sector_size = form_.sector_size();
    options.hidden_sectors =
        static_cast<uint32_t>(std::min<uint64_t>(offset / form_.sector_size(), std::numeric_limits<uint32_t>::max()));
    options.serial = volume_.ids.SerialOf(name);
    options.label = std::string(label);
    options.time = volume_.file_time;
    absl::StatusOr<Layout> layout = LayoutFat(options, std::move(files));
    if (!layout.ok()) {
      return absl::Status(layout.status().code(),
                          absl::StrCat("content: the ", name, " of the drive: ", layout.status().message(),
                                       "; FAT32 ends at 2 TiB with sectors of 512 bytes and at 8 TiB with 4096"));
    }
    AddPartition(type, name, offset, RoundUp(layout->size, kMiB));
    for (Extent& extent : layout->extents) {
      extent.offset += offset;
      if (extent.structure) {
        extent.region = absl::StrCat(name, ": ", extent.region);
      }
      layout_.extents.push_back(std::move(extent));
    }
    end_ = offset + layout->size;
    return absl::OkStatus();
  }

  const VolumeContent& volume_;
  const MediaForm& form_;
  Gpt gpt_;
  Layout layout_;
  uint64_t end_ = 0;  // of what has its place, in bytes
};

}  // namespace

absl::StatusOr<Layout> LayoutDrive(const VolumeContent& volume, const MediaForm& form) {
  return DrivePlanner(volume, form).Plan();
}

}  // namespace tsmedia
