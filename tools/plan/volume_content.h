// What lies on one volume, before anybody decides where.

#ifndef TSMEDIA_TOOLS_PLAN_VOLUME_CONTENT_H_
#define TSMEDIA_TOOLS_PLAN_VOLUME_CONTENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/base/extent.h"
#include "tools/plan/volume_ids.h"

namespace tsmedia {

struct MediumFile {
  std::string path;   // without a leading slash
  uint64_t size = 0;  // bytes
  Content content;
};

// What firmware loads. For machines with a BIOS: the bytes of the boot image's files with the roles BIOS_BOOT_IMAGE,
// BIOS_BOOT_SECTOR and BIOS_DRIVE_IMAGE, or empty strings. For UEFI: the loaders, and on optical media the grub.cfg
// beside them, which finds the medium.
struct VolumeBoot {
  std::string bios_boot_image;
  std::string bios_boot_sector;
  std::string bios_drive_image;
  std::vector<MediumFile> efi_files;
  std::string search_config;
};

struct VolumeContent {
  std::string label;         // of the medium
  std::string label_ending;  // "_1of3" in a set
  int64_t file_time = 0;     // seconds since 1970
  VolumeIds ids;
  const VolumeBoot* boot = nullptr;  // null: nothing boots from it
  std::vector<MediumFile> files;     // their content lies in this order
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_VOLUME_CONTENT_H_
