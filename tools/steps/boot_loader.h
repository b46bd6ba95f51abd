// Making a disk start the operating system that was applied to it.

#ifndef TSMEDIA_TOOLS_STEPS_BOOT_LOADER_H_
#define TSMEDIA_TOOLS_STEPS_BOOT_LOADER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/steps/block_disk.h"
#include "tools/steps/target_root.h"

namespace tsmedia {

// Where the deployed operating system has the menu that all boot loaders of ours read. It is no file of the
// distribution's own tools, which go on as they do.
inline constexpr std::string_view kTargetGrubConfig = "/boot/grub/tsmedia.cfg";

// GRUB for a BIOS: boot.img, the boot sector, and a core image that searches for kTargetGrubConfig, first on the disk
// that it was started from.
struct GrubImages {
  std::string boot;  // 512 bytes
  std::string core;
};

// InstallGrub writes GRUB to a disk with sectors of 512 bytes: the core image to the BIOS boot partition of a GPT, or
// to the gap between MBR and first partition; then the boot code into the MBR, whose partition table stays. NotFound if
// there is no room for it, or no partition table.
absl::Status InstallGrub(const GrubImages& images, BlockDisk& disk);

// The kernel of an operating system and its initial RAM disk, as paths in it.
struct TargetKernel {
  std::string kernel;
  std::string initrd;  // "": it has none
};

// FindKernel looks for /boot/vmlinuz and /boot/initrd.img, the same at the root, then for the newest /boot/vmlinuz-*.
absl::StatusOr<TargetKernel> FindKernel(const TargetRoot& root);

// KernelCommandLine returns what the kernel is started with.
std::string KernelCommandLine(std::string_view root_uuid, std::string_view kernel_arguments);

// TargetGrubConfig returns the content of kTargetGrubConfig. InvalidArgument for arguments that cannot be quoted.
absl::StatusOr<std::string> TargetGrubConfig(const TargetKernel& kernel, std::string_view command_line);

// EspGrubConfig returns the file /boot/grub/grub.cfg of the EFI system partition, which leads to kTargetGrubConfig.
std::string EspGrubConfig(std::string_view root_uuid);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_STEPS_BOOT_LOADER_H_
