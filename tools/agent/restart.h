// How a machine gets to its own operating system although the medium is first in the firmware's order.

#ifndef TSMEDIA_TOOLS_AGENT_RESTART_H_
#define TSMEDIA_TOOLS_AGENT_RESTART_H_

#include <string>

#include "absl/status/status.h"
#include "tools/steps/boot_effects.h"

namespace tsmedia {

// StartDiskNext has UEFI start the loader on `disk` after the next restart; `description` is what its menu calls it.
// FailedPrecondition if a BIOS started the machine, which can't be told such a thing.
absl::Status StartDiskNext(BootSystem& system, const std::string& disk, const std::string& description);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_RESTART_H_
