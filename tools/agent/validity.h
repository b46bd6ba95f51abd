// The period in which a medium may be used.

#ifndef TSMEDIA_TOOLS_AGENT_VALIDITY_H_
#define TSMEDIA_TOOLS_AGENT_VALIDITY_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

// CheckValidity is FailedPrecondition unless `now` (seconds since 1970) lies in the manifest's period. A clock that is
// earlier than the period is called wrong: a medium cannot be older than itself.
absl::Status CheckValidity(const Manifest& manifest, int64_t now);

// ValidityText says the period: "from 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z", or "without limit".
std::string ValidityText(const Manifest& manifest);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_VALIDITY_H_
