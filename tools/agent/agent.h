// How the agent finds the medium that its machine was started from: it loads drivers, looks at every device, checks
// what it finds, and says so on every console.

#ifndef TSMEDIA_TOOLS_AGENT_AGENT_H_
#define TSMEDIA_TOOLS_AGENT_AGENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/agent/console.h"
#include "tools/agent/kernel_modules.h"
#include "tools/agent/media_devices.h"
#include "tools/agent/medium_finder.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"

namespace tsmedia {

// Where the boot image keeps the public keys that it trusts (tsmedia.Anchors).
inline constexpr std::string_view kAnchorsPath = "/etc/tsmedia/anchors.binpb";

// The hook for automated boot tests: a virtual machine started with
//   -fw_cfg name=opt/org.rules-tsmedia/nonce,string=TEXT
// finds TEXT on its consoles, which proves that this start wrote what the test reads. It has no other effect.
inline constexpr std::string_view kChallengePath = "/sys/firmware/qemu_fw_cfg/by_name/opt/org.rules-tsmedia/nonce/raw";

// A medium may take this long to appear: management controllers attach virtual CDs slowly.
inline constexpr absl::Duration kSearchTime = absl::Seconds(60);

// No device and no driver for this long means that all are there; then what was found is all there is.
inline constexpr absl::Duration kSettleTime = absl::Seconds(3);

// Machine is what the agent needs of the machine; tests replace it.
struct Machine {
  std::string root;                        // "" on a machine, a directory in tests
  std::function<int64_t()> now;            // seconds since 1970
  std::function<absl::Duration()> uptime;  // never goes back
  std::function<void(absl::Duration)> sleep;
  std::function<absl::Status(int64_t)> set_clock;  // to seconds since 1970
};

// A medium that was accepted.
struct AgentMedium {
  std::shared_ptr<const Medium> medium;
  AcceptedMedium accepted;
  std::string device;           // name (as below /dev) of the one that it is on
  std::set<std::string> disks;  // names of all disks with media, this one or others: none of them is to be written to
};

// FindMedium finds the medium on one of `devices` and accepts it. Whatever happens is said on `console`; the status is
// for the caller to know, not to print. If several media are there, somebody is asked which to use; if the clock says a
// time before the medium was made, somebody is asked for the time. Unattended media are refused then.
absl::StatusOr<AgentMedium> FindMedium(const Machine& machine, ModuleLoader& modules, MediaDevices& devices,
                                       Console& console);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_AGENT_H_
