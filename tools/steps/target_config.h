// What makes an operating system image the operating system of one machine: its name, its file systems, its identity,
// its network.

#ifndef TSMEDIA_TOOLS_STEPS_TARGET_CONFIG_H_
#define TSMEDIA_TOOLS_STEPS_TARGET_CONFIG_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/engine/facts.pb.h"
#include "tools/sequence/sequence.pb.h"
#include "tools/steps/disk_format.h"
#include "tools/steps/file_system.h"
#include "tools/steps/target_root.h"

namespace tsmedia {

// SetComputerName writes /etc/hostname, and the name's line in /etc/hosts. InvalidArgument unless `name` is 1 to 63
// letters, digits and inner hyphens (RFC 1123, section 2.1).
absl::Status SetComputerName(std::string_view name, const TargetRoot& root);

// A file system of the deployed operating system.
struct MountPoint {
  std::string path;  // "/", "/boot/efi"
  FileSystem file_system;
};

// WriteFstab writes /etc/fstab. What the image's own file says about other mount points is kept; lines for the mount
// points given here are replaced.
absl::Status WriteFstab(const std::vector<MountPoint>& mounts, const TargetRoot& root);

// SetMachineId gives the machine an identity that no other has (machine-id(5)).
absl::Status SetMachineId(const RandomSource& random, const TargetRoot& root);

// WriteNetworkSettings writes the configuration of systemd-networkd (systemd.network(5)), and enables it: a file for
// each adapter of `settings`, whose texts are expanded, and one that lets all others ask by DHCP. FailedPrecondition if
// the operating system has no systemd-networkd; NotFound if no adapter of the machine is meant.
absl::Status WriteNetworkSettings(const ApplyNetworkSettings& settings, const MachineFacts& facts,
                                  const TargetRoot& root);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_STEPS_TARGET_CONFIG_H_
