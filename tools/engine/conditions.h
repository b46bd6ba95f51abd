// Do the conditions of a step hold?

#ifndef TSMEDIA_TOOLS_ENGINE_CONDITIONS_H_
#define TSMEDIA_TOOLS_ENGINE_CONDITIONS_H_

#include <string>

#include "google/protobuf/repeated_field.h"
#include "tools/engine/effects.h"
#include "tools/engine/variable_store.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {

// ConditionHolds evaluates one condition. A condition whose test is not set does not hold.
bool ConditionHolds(const Condition& condition, const VariableStore& variables, MachineView& machine);

// WhyNot returns "" if all of `conditions` hold, else which is the first that does not and what is the case instead:
// `firmware: type UEFI; a BIOS started the machine`. Hidden values are not masked in it.
std::string WhyNot(const google::protobuf::RepeatedPtrField<Condition>& conditions, const VariableStore& variables,
                   MachineView& machine);

// FirmwareText returns "a BIOS", "UEFI" or "UEFI with Secure Boot".
std::string FirmwareText(const MachineFacts& facts);

// FirmwareMatches, HasLink and HasWiredLink are shared with Check Readiness.
bool FirmwareMatches(const FirmwareCondition& condition, const MachineFacts& facts);
bool HasLink(const MachineFacts& facts);
bool HasWiredLink(const MachineFacts& facts);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_CONDITIONS_H_
