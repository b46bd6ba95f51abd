#include "tools/agent/settings.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/kernel_file.h"
#include "tools/base/status_macros.h"
#include "tools/plan/manifest.h"

namespace tsmedia {
namespace {

constexpr uint64_t kMaxSettingsSize = 65536;

}  // namespace

absl::StatusOr<AgentSettings> ReadAgentSettings(const std::string& root) {
  TSM_ASSIGN_OR_RETURN(const std::string bytes, ReadKernelFile(absl::StrCat(root, kSettingsPath), kMaxSettingsSize));
  AgentSettings settings;
  TSM_RETURN_IF_ERROR(ParseCanonical(bytes, kAgentContext, &settings));
  return settings;
}

absl::Status CheckMemory(const MachineFacts& facts, const Manifest& manifest) {
  const uint32_t minimum = manifest.boot().minimum_memory_mb();
  if (facts.memory_mb() >= minimum) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("this machine has ", facts.memory_mb(), " MB of memory, and the medium needs ", minimum, " MB"));
}

}  // namespace tsmedia
