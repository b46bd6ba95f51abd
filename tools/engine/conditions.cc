#include "tools/engine/conditions.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "tools/engine/disks.h"
#include "tools/engine/pattern.h"
#include "tools/sequence/graph.h"

namespace tsmedia {
namespace {

// ---- Variables ------------------------------------------------------------------------------------------------------

// A whole number of any length: sign, and digits without leading zeros.
struct WholeNumber {
  bool negative = false;
  std::string_view digits;
};

bool ParseWholeNumber(std::string_view text, WholeNumber* number) {
  text = absl::StripAsciiWhitespace(text);
  number->negative = absl::ConsumePrefix(&text, "-");
  if (text.empty() || !std::all_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_isdigit(c); })) {
    return false;
  }
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  number->digits = text;
  number->negative = number->negative && !text.empty();
  return true;
}

int Sign(int value) { return (value > 0) - (value < 0); }

int CompareNumbers(const WholeNumber& a, const WholeNumber& b) {
  if (a.negative != b.negative) {
    return a.negative ? -1 : 1;
  }
  const int magnitude = a.digits.size() != b.digits.size() ? (a.digits.size() < b.digits.size() ? -1 : 1)
                                                           : Sign(a.digits.compare(b.digits));
  return a.negative ? -magnitude : magnitude;
}

// Compares as numbers if both are whole numbers, else by the code points of the folded texts. (The order of UTF-8 bytes
// is that of code points.)
int CompareValues(std::string_view a, std::string_view b) {
  WholeNumber a_number;
  WholeNumber b_number;
  if (ParseWholeNumber(a, &a_number) && ParseWholeNumber(b, &b_number)) {
    return CompareNumbers(a_number, b_number);
  }
  return Sign(FoldCase(a).compare(FoldCase(b)));
}

// What an operator says about a variable without a value: it is equal to nothing, and like nothing.
bool HoldsWithoutValue(VariableCondition::Operator op) {
  return op == VariableCondition::NOT_EXISTS || op == VariableCondition::NOT_EQUALS ||
         op == VariableCondition::NOT_LIKE;
}

bool Holds(const VariableCondition& test, const VariableStore& variables) {
  const VariableStore::Variable* variable = variables.Find(test.variable());
  if (variable == nullptr) {
    return HoldsWithoutValue(test.operator_());
  }
  const std::string& value = variable->value;
  const std::string other = variables.Expand(test.value()).text;
  switch (test.operator_()) {
    case VariableCondition::EXISTS:
      return true;
    case VariableCondition::EQUALS:
      return FoldCase(value) == FoldCase(other);
    case VariableCondition::NOT_EQUALS:
      return FoldCase(value) != FoldCase(other);
    case VariableCondition::GREATER:
      return CompareValues(value, other) > 0;
    case VariableCondition::GREATER_EQUAL:
      return CompareValues(value, other) >= 0;
    case VariableCondition::LESS:
      return CompareValues(value, other) < 0;
    case VariableCondition::LESS_EQUAL:
      return CompareValues(value, other) <= 0;
    case VariableCondition::LIKE:
      return MatchesPattern(other, value);
    case VariableCondition::NOT_LIKE:
      return !MatchesPattern(other, value);
    default:
      return false;
  }
}

// ---- The machine ----------------------------------------------------------------------------------------------------

bool Holds(const MemoryCondition& test, const MachineFacts& facts) {
  return (!test.has_min_mb() || facts.memory_mb() >= test.min_mb()) &&
         (!test.has_max_mb() || facts.memory_mb() <= test.max_mb());
}

bool Holds(const DiskCondition& test, const MachineFacts& facts, const VariableStore& variables) {
  return MatchingDisks(test.selector(), facts, variables).size() >= std::max<uint32_t>(test.min_count(), 1);
}

bool Holds(const NetworkCondition& test, const MachineFacts& facts, const VariableStore& variables) {
  const std::string gateway = variables.Expand(test.default_gateway()).text;
  return (!test.has_connected() || test.connected() == HasLink(facts)) &&
         (!test.has_wired() || test.wired() == HasWiredLink(facts)) &&
         (test.default_gateway().empty() ||
          std::any_of(facts.default_gateways().begin(), facts.default_gateways().end(),
                      [&](const std::string& address) { return MatchesPattern(gateway, address); }));
}

bool AnyMacAddress(const std::string& pattern, const MachineFacts& facts) {
  return std::any_of(facts.interfaces().begin(), facts.interfaces().end(),
                     [&](const InterfaceFacts& interface) { return MatchesPattern(pattern, interface.mac_address()); });
}

bool Holds(const HardwareCondition& test, const MachineFacts& facts, const VariableStore& variables) {
  auto fits = [&variables](const std::string& pattern, const std::string& text) {
    return pattern.empty() || MatchesPattern(variables.Expand(pattern).text, text);
  };
  return fits(test.make(), facts.make()) && fits(test.model(), facts.model()) &&
         fits(test.serial_number(), facts.serial_number()) && fits(test.asset_tag(), facts.asset_tag()) &&
         fits(test.uuid(), facts.uuid()) && fits(test.architecture(), facts.architecture()) &&
         (test.mac_address().empty() || AnyMacAddress(variables.Expand(test.mac_address()).text, facts));
}

// ---- Lists ----------------------------------------------------------------------------------------------------------

int CountHolding(const ConditionList& list, const VariableStore& variables, MachineView& machine) {
  return static_cast<int>(std::count_if(list.conditions().begin(), list.conditions().end(),
                                        [&](const Condition& one) { return ConditionHolds(one, variables, machine); }));
}

// ---- What is the case -----------------------------------------------------------------------------------------------

std::string ActualVariable(const VariableCondition& test, const VariableStore& variables) {
  const VariableStore::Variable* variable = variables.Find(test.variable());
  return variable == nullptr ? "it has no value"
                             : absl::StrCat("it is \"", variable->hidden ? "***" : variable->value, "\"");
}

std::string ActualDisks(const MachineFacts& facts) {
  const std::vector<NumberedDisk> disks = FixedDisks(facts);
  return disks.empty()
             ? "the machine has no fixed disk"
             : absl::StrCat("the machine has ", absl::StrJoin(disks, ", ", [](std::string* out, const auto& disk) {
                              out->append(DescribeDisk(disk));
                            }));
}

std::string ActualNetwork(const MachineFacts& facts) {
  return absl::StrCat(HasWiredLink(facts) ? "a wired link"
                      : HasLink(facts)    ? "a wireless link"
                                          : "no link",
                      facts.default_gateways().empty() ? ", no default gateway" : ", default gateway ",
                      absl::StrJoin(facts.default_gateways(), ", "));
}

std::string ActualHardware(const MachineFacts& facts) {
  return absl::StrCat("the machine is ", facts.make(), " ", facts.model(), ", serial number ", facts.serial_number());
}

// "" where the condition itself says it all.
std::string Actual(const Condition& condition, const VariableStore& variables, MachineView& machine) {
  switch (condition.test_case()) {
    case Condition::kVariable:
      return ActualVariable(condition.variable(), variables);
    case Condition::kFirmware:
      return absl::StrCat(FirmwareText(machine.Facts()), " started the machine");
    case Condition::kMemory:
      return absl::StrCat("the machine has ", machine.Facts().memory_mb(), " MB");
    case Condition::kDisk:
      return ActualDisks(machine.Facts());
    case Condition::kNetwork:
      return ActualNetwork(machine.Facts());
    case Condition::kHardware:
      return ActualHardware(machine.Facts());
    case Condition::kFile:
    case Condition::kFolder:
      return "it does not exist";
    default:
      return "not so";
  }
}

}  // namespace

bool ConditionHolds(const Condition& condition, const VariableStore& variables, MachineView& machine) {
  switch (condition.test_case()) {
    case Condition::kAll:
      return CountHolding(condition.all(), variables, machine) == condition.all().conditions_size();
    case Condition::kAny:
      return CountHolding(condition.any(), variables, machine) > 0;
    case Condition::kNone:
      return CountHolding(condition.none(), variables, machine) == 0;
    case Condition::kVariable:
      return Holds(condition.variable(), variables);
    case Condition::kFile:
      return machine.FileExists(variables.Expand(condition.file().path()).text);
    case Condition::kFolder:
      return machine.FolderExists(variables.Expand(condition.folder().path()).text);
    case Condition::kFirmware:
      return FirmwareMatches(condition.firmware(), machine.Facts());
    case Condition::kMemory:
      return Holds(condition.memory(), machine.Facts());
    case Condition::kDisk:
      return Holds(condition.disk(), machine.Facts(), variables);
    case Condition::kNetwork:
      return Holds(condition.network(), machine.Facts(), variables);
    case Condition::kHardware:
      return Holds(condition.hardware(), machine.Facts(), variables);
    case Condition::TEST_NOT_SET:
      return false;
  }
  return false;
}

std::string WhyNot(const google::protobuf::RepeatedPtrField<Condition>& conditions, const VariableStore& variables,
                   MachineView& machine) {
  for (const Condition& condition : conditions) {
    if (!ConditionHolds(condition, variables, machine)) {
      return absl::StrCat(DescribeCondition(condition), "; ", Actual(condition, variables, machine));
    }
  }
  return "";
}

std::string FirmwareText(const MachineFacts& facts) {
  return !facts.uefi() ? "a BIOS" : facts.secure_boot() ? "UEFI with Secure Boot" : "UEFI";
}

bool FirmwareMatches(const FirmwareCondition& condition, const MachineFacts& facts) {
  const FirmwareCondition::Type type = facts.uefi() ? FirmwareCondition::UEFI : FirmwareCondition::BIOS;
  return (condition.type() == FirmwareCondition::TYPE_UNSPECIFIED || condition.type() == type) &&
         (!condition.has_secure_boot() || condition.secure_boot() == facts.secure_boot());
}

bool HasLink(const MachineFacts& facts) {
  return std::any_of(facts.interfaces().begin(), facts.interfaces().end(),
                     [](const InterfaceFacts& interface) { return interface.link(); });
}

bool HasWiredLink(const MachineFacts& facts) {
  return std::any_of(facts.interfaces().begin(), facts.interfaces().end(),
                     [](const InterfaceFacts& interface) { return interface.link() && interface.wired(); });
}

}  // namespace tsmedia
