#include "tools/boot/grub_place.h"

#include <limits>

#include "absl/status/status.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// Boot code ends where an MBR has the disk's signature (UEFI 2.10, table 5.1).
constexpr size_t kBootCodeSize = 440;

// boot.img.
constexpr size_t kKernelSector = 0x5c;  // GRUB_BOOT_MACHINE_KERNEL_SECTOR, 8 bytes
constexpr size_t kDriveCheck = 0x66;    // GRUB_BOOT_MACHINE_DRIVE_CHECK: a jump of two bytes
// Without the jump the BIOS's own number of the boot drive is corrected: some pass 0 for a hard disk
// (util/setup.c, "enable the workaround").
constexpr uint16_t kNoJump = 0x9090;

// boot_hybrid.img has its own GRUB_BOOT_MACHINE_KERNEL_SECTOR.
constexpr size_t kHybridKernelSector = 0x1b0;

// diskboot.img, the first sector of the core image: its last 12 bytes say where the rest is: first sector (8 bytes),
// number of sectors (2), segment where it is loaded (2).
constexpr size_t kBlockList = kBiosSectorSize - 12;
constexpr uint16_t kCoreSegment = 0x820;  // GRUB_BOOT_MACHINE_KERNEL_SEG + one sector

uint8_t* At(std::string& bytes, size_t offset) { return reinterpret_cast<uint8_t*>(bytes.data()) + offset; }

absl::StatusOr<std::string> BootCode(std::string_view boot_sector) {
  if (boot_sector.size() != kBiosSectorSize) {
    return absl::InvalidArgumentError("this is no boot sector of GRUB");
  }
  return std::string(boot_sector.substr(0, kBootCodeSize));
}

}  // namespace

absl::StatusOr<std::string> PlaceGrubCore(std::string core, uint64_t first_lba) {
  core.resize(RoundUp(core.size(), kBiosSectorSize));
  const uint64_t sectors = core.size() / kBiosSectorSize;
  if (sectors < 2 || sectors - 1 > std::numeric_limits<uint16_t>::max()) {
    return absl::InvalidArgumentError("this is no core image of GRUB");
  }
  StoreLittle(first_lba + 1, At(core, kBlockList));
  StoreLittle(static_cast<uint16_t>(sectors - 1), At(core, kBlockList + 8));
  StoreLittle(kCoreSegment, At(core, kBlockList + 10));
  return core;
}

absl::StatusOr<std::string> PlaceGrubBootSector(std::string_view boot_sector, uint64_t core_lba) {
  TSM_ASSIGN_OR_RETURN(std::string code, BootCode(boot_sector));
  StoreLittle(core_lba, At(code, kKernelSector));
  StoreLittle(kNoJump, At(code, kDriveCheck));
  return code;
}

absl::StatusOr<std::string> PlaceGrubHybridSector(std::string_view boot_sector, uint64_t core_lba) {
  TSM_ASSIGN_OR_RETURN(std::string code, BootCode(boot_sector));
  StoreLittle(core_lba, At(code, kHybridKernelSector));
  return code;
}

}  // namespace tsmedia
