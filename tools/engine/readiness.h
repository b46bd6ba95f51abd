// Check Readiness: does the machine have what the sequence needs?

#ifndef TSMEDIA_TOOLS_ENGINE_READINESS_H_
#define TSMEDIA_TOOLS_ENGINE_READINESS_H_

#include "absl/status/status.h"
#include "tools/engine/facts.pb.h"
#include "tools/engine/variable_store.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {

// CheckMachine is FailedPrecondition unless all of `check` is met; the message lists everything that is missing.
absl::Status CheckMachine(const CheckReadiness& check, const MachineFacts& facts, const VariableStore& variables);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_READINESS_H_
