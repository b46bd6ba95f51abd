// The two GRUB configuration files of a medium.
//
// GRUB must start the medium it was loaded from, whatever else is attached. Seen going wrong without care: started from
// a hybrid image on a USB disk under UEFI it stops at "grub>", and with another stick attached that holds /.disk/info,
// Debian's signed GRUB (gcdx64.efi) runs that stick's grub.cfg. So a medium is found only by a file whose name holds
// the media ID; never by /.disk/info, a label or a file system's UUID, which other media have as well.

#ifndef TSMEDIA_TOOLS_PLAN_GRUB_CONFIG_H_
#define TSMEDIA_TOOLS_PLAN_GRUB_CONFIG_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tsmedia {

struct GrubConfigOptions {
  // The file that no other medium has, with a leading slash: "/tsmedia/id/<32 hexadecimal digits>-<volume>".
  std::string id_path;
  // Files of the medium, with a leading slash.
  std::string kernel;
  std::vector<std::string> initrds;  // in the order in which the kernel unpacks them; a later file replaces an earlier
  std::vector<std::string> kernel_args;  // BootInfo.kernel_args, put before the consoles
};

// GrubConfig returns /boot/grub/grub.cfg of the medium's own file system: loads kernel and initrds and starts them.
// InvalidArgument if a string cannot stand in GRUB's language, or sets something that is not the command line's to
// decide (it is protected by no signature, so the agent takes no setting from it).
absl::StatusOr<std::string> GrubConfig(const GrubConfigOptions& options);

// SearchGrubConfig returns /boot/grub/grub.cfg of the UEFI boot image: finds the medium and runs its grub.cfg.
absl::StatusOr<std::string> SearchGrubConfig(std::string_view id_path);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_GRUB_CONFIG_H_
