// What the boot image's definition says to the agent.

#ifndef TSMEDIA_TOOLS_AGENT_SETTINGS_H_
#define TSMEDIA_TOOLS_AGENT_SETTINGS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/engine/facts.pb.h"
#include "tools/plan/boot.pb.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

// Where the boot image keeps tsmedia.AgentSettings, beside kAnchorsPath.
inline constexpr std::string_view kSettingsPath = "/etc/tsmedia/agent.binpb";

// ReadAgentSettings reads the settings below `root` ("" on a machine). A boot image without them is incomplete: an
// error.
absl::StatusOr<AgentSettings> ReadAgentSettings(const std::string& root);

// CheckMemory is ResourceExhausted, in words for people, if the machine has less memory than the medium's manifest asks
// for. What comes after it would be killed half-way.
absl::Status CheckMemory(const MachineFacts& facts, const Manifest& manifest);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_SETTINGS_H_
