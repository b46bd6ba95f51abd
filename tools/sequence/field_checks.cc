#include "tools/sequence/field_checks.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/base/package_id.h"
#include "tools/base/utf8.h"
#include "tools/sequence/limits.h"
#include "tools/sequence/message_checks.h"
#include "tools/sequence/schema.h"
#include "tools/sequence/variables.h"

namespace tsmedia {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// FieldPlace is a field of a message, or one element of a repeated field, with its place in the text.
struct FieldPlace {
  const Message& message;
  const FieldDescriptor* field;
  const Cursor& cursor;
  int index = 0;

  SourcePosition position() const { return cursor.PositionOf(field, index); }
};

bool IsPresent(const Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  return field->is_repeated() ? reflection->FieldSize(message, field) > 0 : reflection->HasField(message, field);
}

std::string StringAt(const FieldPlace& place) {
  const Reflection* reflection = place.message.GetReflection();
  return place.field->is_repeated() ? reflection->GetRepeatedString(place.message, place.field, place.index)
                                    : reflection->GetString(place.message, place.field);
}

const Message& MessageAt(const FieldPlace& place) {
  const Reflection* reflection = place.message.GetReflection();
  return place.field->is_repeated() ? reflection->GetRepeatedMessage(place.message, place.field, place.index)
                                    : reflection->GetMessage(place.message, place.field);
}

uint64_t NumberAt(const FieldPlace& place) {
  const Reflection* reflection = place.message.GetReflection();
  const FieldDescriptor* field = place.field;
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
    return field->is_repeated() ? reflection->GetRepeatedUInt64(place.message, field, place.index)
                                : reflection->GetUInt64(place.message, field);
  }
  return field->is_repeated() ? reflection->GetRepeatedUInt32(place.message, field, place.index)
                              : reflection->GetUInt32(place.message, field);
}

int EnumNumberAt(const FieldPlace& place) {
  const Reflection* reflection = place.message.GetReflection();
  return place.field->is_repeated() ? reflection->GetRepeatedEnumValue(place.message, place.field, place.index)
                                    : reflection->GetEnumValue(place.message, place.field);
}

size_t CountCharacters(std::string_view utf8) {
  return std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

bool HasControlCharacter(std::string_view text, bool multiline) {
  return std::any_of(text.begin(), text.end(), [multiline](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c)) && !(multiline && c == '\n');
  });
}

// The words of TsmPack for the kinds of packages; those of the rules are alike but for the two longer ones.
std::string_view KindWord(PackageReference::Kind kind) {
  switch (kind) {
    case PackageReference::PACKAGE:
      return "package";
    case PackageReference::APPLICATION:
      return "application";
    case PackageReference::DRIVER:
      return "driver";
    case PackageReference::OS_IMAGE:
      return "os_image";
    default:
      return "";
  }
}

std::string RuleName(std::string_view kind) {
  if (kind == "package") {
    return "content_package";
  }
  if (kind == "driver") {
    return "driver_package";
  }
  if (kind == "boot") {
    return "boot_image";
  }
  return kind == "prestart" ? "prestart_command" : std::string(kind);
}

std::string MediaWord(MediaKind kind) {
  return kind == STANDALONE ? "stand-alone" : absl::AsciiStrToLower(MediaKind_Name(kind));
}

class FieldChecker {
 public:
  FieldChecker(const TaskSequence& sequence, const SequenceSurroundings& surroundings, Diagnostics* diagnostics)
      : surroundings_(surroundings), diagnostics_(diagnostics) {
    for (const TaskSequence& child : sequence.children()) {
      sequences_.push_back(child.name());
    }
    for (const Diagnostic& finding : diagnostics->Sorted()) {
      parse_errors_.insert(finding.position);
    }
  }

  // Nesting is where a message stands.
  struct Nesting {
    int groups = 0;
    int conditions = 0;
    bool child_sequence = false;
    // The step, or a group around it, is disabled.
    bool disabled = false;
  };

  void CheckMessage(const Message& message, const Cursor& cursor, Nesting nesting) {
    if (!EnterMessage(message, cursor, &nesting)) {
      return;
    }
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      CheckField({message, message.GetDescriptor()->field(i), cursor}, nesting);
    }
    if (!HasUnknown(cursor)) {
      CheckMessageRules(message, cursor, diagnostics_);
    }
  }

 private:
  void Error(const Cursor& cursor, SourcePosition position, std::string_view text) {
    diagnostics_->AddError(position, absl::StrCat(cursor.where, text));
  }
  void Error(const FieldPlace& place, std::string_view text) { Error(place.cursor, place.position(), text); }

  // HasUnknown returns whether parsing has left out a part of a message. What that message lacks is then most probably
  // misspelt, and not worth a second error.
  bool HasUnknown(const Cursor& cursor) const {
    auto next = parse_errors_.lower_bound(cursor.position);
    return next != parse_errors_.end() && *next < cursor.end;
  }

  // EnterMessage updates `nesting`; false if the message is too deep to be looked into.
  bool EnterMessage(const Message& message, const Cursor& cursor, Nesting* nesting) {
    if (message.GetDescriptor() == Group::descriptor() && ++nesting->groups > kMaxGroupDepth) {
      Error(cursor, cursor.position,
            absl::StrCat("groups are nested more than ", kMaxGroupDepth,
                         " deep; move inner groups outwards or into child task sequences"));
      return false;
    }
    if (message.GetDescriptor() == Condition::descriptor() && ++nesting->conditions > kMaxConditionDepth) {
      Error(cursor, cursor.position,
            absl::StrCat("conditions are nested more than ", kMaxConditionDepth, " deep; flatten all, any and none"));
      return false;
    }
    if (message.GetDescriptor() == Step::descriptor()) {
      const Step& step = static_cast<const Step&>(message);
      nesting->disabled = nesting->disabled || step.disabled();
      CheckMedia(step, cursor, *nesting);
    }
    return true;
  }

  void CheckMedia(const Step& step, const Cursor& cursor, const Nesting& nesting) {
    const FieldDescriptor* action = ActionField(step);
    if (action == nullptr || IsRefused(action) || nesting.disabled || RuleOf(action).media_size() == 0) {
      return;
    }
    const StepRule& rule = RuleOf(action);
    std::vector<std::string> works;
    for (int medium : rule.media()) {
      works.push_back(MediaWord(static_cast<MediaKind>(medium)));
    }
    for (MediaKind medium : surroundings_.media) {
      if (std::find(rule.media().begin(), rule.media().end(), medium) == rule.media().end()) {
        Error(cursor, cursor.PositionOf(action),
              absl::StrCat(rule.title(), " does not work on ", MediaWord(medium), " media, only on ",
                           absl::StrJoin(works, ", "), "; remove or disable the step"));
      }
    }
  }

  void CheckField(const FieldPlace& place, const Nesting& nesting) {
    const auto& options = place.field->options();
    if (!IsPresent(place.message, place.field)) {
      if (options.GetExtension(required) && !HasUnknown(place.cursor)) {
        Error(place.cursor, place.cursor.position,
              absl::StrCat(place.field->name(), " of ", place.message.GetDescriptor()->name(),
                           " is missing or empty; add it"));
      }
      return;
    }
    if (options.GetExtension(tool_only)) {
      Error(place, absl::StrCat(place.field->name(), " is written by the tools; remove it"));
      return;
    }
    if (options.HasExtension(refused)) {
      CheckRefused(place, nesting);
      return;
    }
    if (place.field->message_type() == TaskSequence::descriptor() && nesting.child_sequence) {
      Error(place, "a child task sequence has no children of its own; move them to the outermost task sequence");
      return;
    }
    CheckElements(place, nesting);
  }

  void CheckRefused(const FieldPlace& place, const Nesting& nesting) {
    if (nesting.disabled) {
      return;
    }
    const Refusal& refusal = place.field->options().GetExtension(refused);
    Error(place, absl::StrCat(refusal.title(), " cannot work: ", refusal.rule(), "; ", refusal.instead()));
  }

  void CheckElements(FieldPlace place, Nesting nesting) {
    int count = place.field->is_repeated() ? place.message.GetReflection()->FieldSize(place.message, place.field) : 1;
    uint32_t most = place.field->options().GetExtension(max_count);
    if (most > 0 && count > static_cast<int>(most)) {
      Error(place.cursor, place.cursor.PositionOf(place.field, 0),
            absl::StrCat(place.field->name(), " has ", count, " elements and may have at most ", most,
                         "; remove some or use several steps"));
    }
    nesting.child_sequence = nesting.child_sequence || place.field->message_type() == TaskSequence::descriptor();
    for (place.index = 0; place.index < count; ++place.index) {
      CheckElement(place, nesting);
    }
  }

  void CheckElement(const FieldPlace& place, const Nesting& nesting) {
    switch (place.field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        CheckNested(place, nesting);
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        CheckString(place);
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        if (place.field->enum_type()->FindValueByNumber(EnumNumberAt(place)) == nullptr) {
          Error(place,
                absl::StrCat(EnumNumberAt(place), " is no value of ", place.field->name(), "; write one of its names"));
        }
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
      case FieldDescriptor::CPPTYPE_UINT64:
        CheckNumber(place);
        break;
      default:
        break;
    }
  }

  void CheckNested(const FieldPlace& place, const Nesting& nesting) {
    const Message& nested = MessageAt(place);
    Cursor cursor = place.cursor.Nested(place.field, place.index);
    if (nested.GetDescriptor() == TaskSequence::descriptor() && place.cursor.tree != nullptr &&
        cursor.tree == nullptr) {
      // A child from another target: this text has no lines for it.
      cursor.where = absl::StrCat("in task sequence \"", static_cast<const TaskSequence&>(nested).name(), "\": ");
      cursor.position = {};
    }
    CheckMessage(nested, cursor, nesting);
  }

  void CheckNumber(const FieldPlace& place) {
    if (!place.field->options().HasExtension(range)) {
      return;
    }
    const NumberRange& allowed = place.field->options().GetExtension(range);
    uint64_t value = NumberAt(place);
    if (value < allowed.min() || value > allowed.max()) {
      Error(place, absl::StrCat(place.field->name(), " is ", value, "; choose a number from ", allowed.min(), " to ",
                                allowed.max()));
    }
  }

  void CheckString(const FieldPlace& place) {
    const auto& options = place.field->options();
    std::string value = StringAt(place);
    if (!IsValidUtf8(value)) {
      Error(place, absl::StrCat(place.field->name(), " is not UTF-8; correct its escapes"));
      return;
    }
    if (HasControlCharacter(value, options.GetExtension(multiline))) {
      Error(place, absl::StrCat(place.field->name(), " has a control character",
                                options.GetExtension(multiline) ? "" : " or a line feed", "; remove it"));
    }
    uint32_t most = options.GetExtension(max_length);
    if (most > 0 && CountCharacters(value) > most) {
      Error(place,
            absl::StrCat(place.field->name(), " has ", CountCharacters(value), " characters; shorten it to ", most));
    }
    if (options.ExtensionSize(package_reference) > 0) {
      CheckPackage(place, value);
    }
    if (options.GetExtension(variable) != VariableUse::USE_UNSPECIFIED) {
      CheckVariableName(place, value);
    }
    if (options.GetExtension(secret) && !IsSingleReference(value)) {
      Error(place, absl::StrCat(place.field->name(),
                                " is a secret and stands here in clear; write a reference such as "
                                "%MySecret% and give the medium that variable in its secret_variables"));
    }
    if (options.GetExtension(sequence_reference)) {
      CheckSequenceReference(place, value);
    }
  }

  void CheckPackage(const FieldPlace& place, const std::string& id) {
    if (!ValidatePackageId(id).ok()) {
      auto application = surroundings_.applications.find(id);
      Error(place, absl::StrCat("\"", id, "\" is not a package ID; write ",
                                application == surroundings_.applications.end()
                                    ? "its eight characters of A-Z and 0-9, not the package's name"
                                    : absl::StrCat(application->second, ", the ID of that application")));
      return;
    }
    auto found = surroundings_.packages.find(id);
    if (found == surroundings_.packages.end()) {
      Error(place, absl::StrCat("package ", id,
                                " is not among the references of this task_sequence target; add its "
                                "target to references or correct the ID"));
      return;
    }
    CheckPackageKind(place, id, found->second);
  }

  void CheckPackageKind(const FieldPlace& place, const std::string& id, const std::string& kind) {
    std::vector<std::string> accepted;
    for (int i = 0; i < place.field->options().ExtensionSize(package_reference); ++i) {
      std::string_view word = KindWord(place.field->options().GetExtension(package_reference, i));
      if (word == kind) {
        return;
      }
      accepted.push_back(RuleName(word));
    }
    Error(place, absl::StrCat("package ", id, " is of kind ", RuleName(kind), ", and ", place.field->name(), " of ",
                              place.message.GetDescriptor()->name(), " takes ", absl::StrJoin(accepted, " or "),
                              "; reference another package or use another step"));
  }

  void CheckVariableName(const FieldPlace& place, const std::string& name) {
    bool written = place.field->options().GetExtension(variable) == VariableUse::WRITE;
    if (name.empty() || name.size() > kMaxVariableName) {
      return;  // left out, or an error already
    }
    if (!IsVariableName(name) && !IsReadOnlyVariable(name)) {
      Error(place, absl::StrCat("\"", name,
                                "\" cannot be a variable's name; use a letter, then letters, digits, _ "
                                "and -",
                                absl::StrContains(name, '%') ? ", without %" : ""));
      return;
    }
    if (written && IsReadOnlyVariable(name)) {
      Error(place, absl::StrCat(name, " is read-only because it begins with _; set a variable of another name"));
    }
    if (written && IsStandalone() &&
        (absl::EqualsIgnoreCase(name, "SMSTSAssignUsersMode") || absl::EqualsIgnoreCase(name, "SMSTSUDAUsers"))) {
      Error(place, absl::StrCat(name,
                                " belongs to user device affinity, which stand-alone media do not support because "
                                "a management point keeps it; remove the assignment"));
    }
  }

  bool IsStandalone() const {
    return std::find(surroundings_.media.begin(), surroundings_.media.end(), STANDALONE) != surroundings_.media.end();
  }

  void CheckSequenceReference(const FieldPlace& place, const std::string& name) {
    if (std::find(sequences_.begin(), sequences_.end(), name) != sequences_.end()) {
      return;
    }
    std::string nearest = NearestName(name, sequences_);
    Error(place, absl::StrCat("there is no child task sequence \"", name, "\"",
                              nearest.empty() ? "" : absl::StrCat(" (there is \"", nearest, "\")"),
                              "; add it to children, or its target to references"));
  }

  const SequenceSurroundings& surroundings_;
  Diagnostics* diagnostics_;
  // Names of the sequences that can be run.
  std::vector<std::string> sequences_;
  // Where parsing found what it does not know.
  std::set<SourcePosition> parse_errors_;
};

}  // namespace

void CheckFields(const TaskSequence& sequence, const Cursor& cursor, const SequenceSurroundings& surroundings,
                 Diagnostics* diagnostics) {
  FieldChecker(sequence, surroundings, diagnostics).CheckMessage(sequence, cursor, {});
}

}  // namespace tsmedia
