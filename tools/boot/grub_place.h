// GRUB for a BIOS, told where on the disk it stands. Its images are made without that knowledge.
//
// Source of the offsets: include/grub/i386/pc/boot.h and util/mkimage.c of GRUB 2.12.

#ifndef TSMEDIA_TOOLS_BOOT_GRUB_PLACE_H_
#define TSMEDIA_TOOLS_BOOT_GRUB_PLACE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tsmedia {

// Sectors of a BIOS have 512 bytes.
inline constexpr uint64_t kBiosSectorSize = 512;

// PlaceGrubCore returns a core image (diskboot.img and what it loads) as it stands from sector `first_lba` on: whole
// sectors, the first of which says where the others are. InvalidArgument for anything else than a core image.
absl::StatusOr<std::string> PlaceGrubCore(std::string core, uint64_t first_lba);

// PlaceGrubBootSector returns the boot code of an MBR, 440 bytes, made of GRUB's boot.img: it loads the sector
// `core_lba`. InvalidArgument unless `boot_sector` has 512 bytes.
absl::StatusOr<std::string> PlaceGrubBootSector(std::string_view boot_sector, uint64_t core_lba);

// PlaceGrubHybridSector does the same for boot_hybrid.img, which GRUB has for drives that hold a medium.
absl::StatusOr<std::string> PlaceGrubHybridSector(std::string_view boot_sector, uint64_t core_lba);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BOOT_GRUB_PLACE_H_
