// Carrying a task sequence over the restart into the operating system that it deployed.
//
// Before the restart the agent leaves there, in /var/lib/tsmedia: itself, the run (sequence, position, variables) and
// the packs that later steps name, each verified as it was read from the medium; and a unit of systemd that starts the
// agent once. There the agent goes on, writes the run anew before and after every step, and removes all of it at the
// end; the log stays in /var/log/tsmedia. Media that are protected by a password are not carried over: nothing of what
// was sealed would be so on the disk.

#ifndef TSMEDIA_TOOLS_AGENT_CONTINUATION_H_
#define TSMEDIA_TOOLS_AGENT_CONTINUATION_H_

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/agent/continuation.pb.h"
#include "tools/engine/applications.h"
#include "tools/engine/events.h"
#include "tools/engine/log.h"
#include "tools/sequence/sequence.pb.h"
#include "tools/steps/boot_effects.h"

namespace tsmedia {

inline constexpr std::string_view kContinuedRunContext = "tsmedia/continuedrun/v1";
inline constexpr std::string_view kContinuationDirectory = "/var/lib/tsmedia";

// PackagesOfTarget returns the packages that steps may use in the deployed operating system: those of commands and
// installations, and the applications that these depend on.
std::set<std::string> PackagesOfTarget(const TaskSequence& sequence, const Applications& applications);

// PrepareContinuation leaves `run`, the packs of `packages` and the agent's own program `agent` in the operating system
// below `root`, and enables its unit. `run.packages` is filled here.
absl::Status PrepareContinuation(ContinuedRun run, const std::set<std::string>& packages, const PackageOpener& open,
                                 const std::string& agent, const TargetRoot& root);

// What going on needs of the machine.
struct ContinuationOptions {
  std::string root;  // "" on a machine
  BootSystem* system;
  Log* log;
  std::function<void(std::string_view)> say;
  // Starts the machine's own operating system again; returns only if that fails.
  std::function<absl::Status()> restart;
};

// Continue goes on with the run that is there, to its end. When that is reached, or a step failed that nothing
// continues on, everything but the log is removed.
absl::Status Continue(const ContinuationOptions& options);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_CONTINUATION_H_
