#include "tools/plan/iso_volume.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"
#include "tools/fat/fat_layout.h"
#include "tools/iso9660/volume_label.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

constexpr char kApplication[] = "RULES_TSMEDIA";
constexpr char kEfiPartition[] = "EFI system partition";

// The FAT image that UEFI firmware loads the boot loader from. Nothing if the boot image is not for UEFI.
absl::StatusOr<std::optional<Layout>> LayoutUefiBootImage(const VolumeContent& volume) {
  if (volume.boot->efi_files.empty()) {
    return std::nullopt;
  }
  std::vector<FatFile> files;
  for (const MediumFile& file : volume.boot->efi_files) {
    files.push_back({"/" + file.path, file.size, file.content});
  }
  files.push_back(
      {absl::StrCat("/", kGrubConfigPath), volume.boot->search_config.size(), InlineBytes{volume.boot->search_config}});
  FatOptions options;
  TSM_ASSIGN_OR_RETURN(VolumeLabels labels, MapVolumeLabel(volume.label));
  options.label = std::move(labels.fat);
  options.serial = volume.ids.SerialOf(kEfiPartition);
  options.time = volume.file_time;
  return LayoutFat(options, std::move(files));
}

absl::StatusOr<IsoOptions> OptionsOf(const VolumeContent& volume) {
  IsoOptions options;
  options.label = volume.label;
  options.label_ending = volume.label_ending;
  options.file_time = volume.file_time;
  options.modification_time = volume.ids.Date();
  options.application = kApplication;
  if (volume.boot == nullptr) {
    return options;
  }
  if (!volume.boot->bios_boot_image.empty()) {
    options.bios_boot = BiosBoot{volume.boot->bios_boot_image, volume.boot->bios_boot_sector};
  }
  TSM_ASSIGN_OR_RETURN(options.uefi_boot_image, LayoutUefiBootImage(volume));
  options.disk_id = volume.ids.GuidOf("disk");
  options.efi_partition_id = volume.ids.GuidOf(kEfiPartition);
  return options;
}

std::vector<IsoFile> FilesOf(VolumeContent volume) {
  std::vector<IsoFile> files;
  files.reserve(volume.files.size());
  for (MediumFile& file : volume.files) {
    files.push_back({absl::StrCat("/", file.path), file.size, std::move(file.content)});
  }
  return files;
}

}  // namespace

absl::StatusOr<IsoImage> PlanIsoVolume(VolumeContent volume) {
  TSM_ASSIGN_OR_RETURN(IsoOptions options, OptionsOf(volume));
  return IsoImage::Plan(std::move(options), FilesOf(std::move(volume)));
}

}  // namespace tsmedia
