// Leaving the rest of a task sequence in the operating system that was deployed, so that it can go on there.
//
// Below /var/lib/tsmedia stand then: a part of the medium as a directory (manifest, signature, task sequence,
// inventory, on protected media the password-protected identity, and the packages that later steps may use, as they are
// stored on the medium: sealed ones stay sealed), the keys that the boot image trusts, and the agent; and a unit of
// systemd that starts the agent once. Each byte was verified as it was read from the medium, and is verified again when
// it is used.

#ifndef TSMEDIA_TOOLS_AGENT_STAGING_H_
#define TSMEDIA_TOOLS_AGENT_STAGING_H_

#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "tools/agent/medium_content.h"
#include "tools/engine/applications.h"
#include "tools/sequence/sequence.pb.h"
#include "tools/steps/target_root.h"

namespace tsmedia {

inline constexpr std::string_view kStagingDirectory = "/var/lib/tsmedia";
inline constexpr std::string_view kStagedMedium = "/var/lib/tsmedia/medium";
inline constexpr std::string_view kStagedAnchors = "/var/lib/tsmedia/anchors.binpb";

// PackagesOfTarget returns the packages that steps may use in the deployed operating system: those of commands and
// installations, and the applications that these depend on.
std::set<std::string> PackagesOfTarget(const TaskSequence& sequence, const Applications& applications);

// Files of the running boot image.
struct StagedPrograms {
  std::string agent;
  std::string anchors;
};

// Stage leaves everything in the operating system below `root`. What an earlier call left is replaced.
absl::Status Stage(const MediumContent& content, const StagedPrograms& programs, const TargetRoot& root);

// Unstage removes all of it from the operating system whose root directory is `root` ("" for the running one).
absl::Status Unstage(const std::string& root);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_STAGING_H_
