#include "tools/sequence/flow_checks.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/base/canonical_proto.h"
#include "tools/sequence/limits.h"
#include "tools/sequence/schema.h"
#include "tools/sequence/variables.h"

namespace tsmedia {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::RepeatedPtrField;

// The conditions under which a step runs, those of the groups around it included, each in canonical form.
using ConditionSet = std::set<std::string>;

constexpr std::string_view kLastActionSucceeded = "_SMSTSLastActionSucceeded";

// LooksForFailure returns whether a condition is the one of an error handler: the last action did not succeed.
bool LooksForFailure(const Condition& condition) {
  const VariableCondition& test = condition.variable();
  if (!condition.has_variable() || !absl::EqualsIgnoreCase(test.variable(), kLastActionSucceeded)) {
    return false;
  }
  return (test.operator_() == VariableCondition::EQUALS && absl::EqualsIgnoreCase(test.value(), "false")) ||
         (test.operator_() == VariableCondition::NOT_EQUALS && absl::EqualsIgnoreCase(test.value(), "true"));
}

class FlowChecker {
 public:
  FlowChecker(const TaskSequence& sequence, const Cursor& root, const SequenceSurroundings& surroundings,
              Diagnostics* diagnostics)
      : sequence_(sequence), root_(root), surroundings_(surroundings), diagnostics_(diagnostics) {
    for (const std::string& name : surroundings.variables) {
      Define(name);
    }
    // A capture begins in the operating system that is to be captured.
    may_run_target_ = HasMedium(CAPTURE);
  }

  void Check() {
    CheckSteps(sequence_.steps(), root_, FieldOf(sequence_, TaskSequence::kStepsFieldNumber), {});
    if (HasMedium(STANDALONE) && !has_image_) {
      diagnostics_->AddWarning(root_.PositionOf(FieldOf(sequence_, TaskSequence::kNameFieldNumber)),
                               "the task sequence applies no operating system; Configuration Manager has no such "
                               "stand-alone media, add apply_operating_system_image if it is not on purpose");
    }
  }

 private:
  // FormattedDisk is a step that formats a disk.
  struct FormattedDisk {
    std::string selector;
    ConditionSet conditions;
    SourcePosition position;
  };

  bool HasMedium(MediaKind kind) const {
    return std::find(surroundings_.media.begin(), surroundings_.media.end(), kind) != surroundings_.media.end();
  }

  void Error(const Cursor& cursor, SourcePosition position, std::string_view text) {
    diagnostics_->AddError(position, absl::StrCat(cursor.where, text));
  }

  // `field` is the field that holds `steps` in the message at `parent`.
  void CheckSteps(const RepeatedPtrField<Step>& steps, const Cursor& parent, const FieldDescriptor* field,
                  const ConditionSet& conditions) {
    for (int i = 0; i < steps.size() && num_steps_ <= kMaxRunSteps; ++i) {
      if (!steps[i].disabled()) {
        CheckStep(steps[i], parent.Nested(field, i), conditions);
      }
    }
  }

  void CheckStep(const Step& step, const Cursor& cursor, ConditionSet conditions) {
    if (++num_steps_ > kMaxRunSteps) {
      diagnostics_->AddError(cursor.position, absl::StrCat("with its child sequences written out the task sequence has "
                                                           "more than ",
                                                           kMaxRunSteps, " steps; run fewer children"));
      return;
    }
    const FieldDescriptor* conditions_field = FieldOf(step, Step::kConditionsFieldNumber);
    for (int i = 0; i < step.conditions_size(); ++i) {
      Cursor nested = cursor.Nested(conditions_field, i);
      ReadVariables(step.conditions(i), nested);
      CheckHandler(step.conditions(i), nested);
      conditions.insert(SerializeCanonical(step.conditions(i)));
    }
    if (step.continue_on_error()) {
      // Whether all of a group that may fail has run is as open as a condition.
      conditions.insert(absl::StrCat("step ", num_steps_));
    }
    if (const FieldDescriptor* action = ActionField(step); action != nullptr && !IsRefused(action)) {
      CheckAction(step, action, cursor, conditions);
    }
    continues_ = continues_ || step.continue_on_error();
  }

  void CheckHandler(const Condition& condition, const Cursor& cursor) {
    if (LooksForFailure(condition) && !continues_) {
      diagnostics_->AddWarning(cursor.position, absl::StrCat(cursor.where,
                                                             "this error handler can never run: no step before it has "
                                                             "continue_on_error; add it to the step or group whose "
                                                             "failure is handled"));
    }
  }

  void CheckAction(const Step& step, const FieldDescriptor* action, const Cursor& step_cursor,
                   const ConditionSet& conditions) {
    Cursor cursor = step_cursor.Nested(action);
    if (step.has_group()) {
      CheckSteps(step.group().steps(), cursor, FieldOf(step.group(), Group::kStepsFieldNumber), conditions);
      return;
    }
    CheckPassword(cursor);
    CheckEnvironment(action, cursor);
    UseVariables(step.GetReflection()->GetMessage(step, action), cursor);
    switch (step.action_case()) {
      case Step::kFormatAndPartitionDisk:
        CheckFormat(step.format_and_partition_disk(), cursor, conditions);
        break;
      case Step::kApplyOperatingSystemImage:
        CheckDestination(step.apply_operating_system_image().destination(), cursor);
        has_image_ = true;
        break;
      case Step::kApplyDataImage:
        CheckDestination(step.apply_data_image().destination(), cursor);
        break;
      case Step::kApplyDriverPackage:
      case Step::kApplyNetworkSettings:
        CheckHasImage(action, cursor);
        break;
      case Step::kRunCommandLine:
        if (step.run_command_line().root() == RunCommandLine::TARGET_ROOT) {
          CheckHasImage(action, cursor);
        }
        break;
      case Step::kRestartComputer:
        CheckRestart(step.restart_computer(), cursor, conditions);
        break;
      case Step::kRunTaskSequence:
        CheckRun(step.run_task_sequence(), cursor, conditions);
        break;
      case Step::kSetTaskSequenceVariable:
        if (step.set_task_sequence_variable().hidden()) {
          hidden_.insert(absl::AsciiStrToLower(step.set_task_sequence_variable().variable()));
        }
        break;
      default:
        break;
    }
  }

  // ---- Where the sequence runs --------------------------------------------------------------------------------------

  void CheckEnvironment(const FieldDescriptor* action, const Cursor& cursor) {
    const StepRule& rule = RuleOf(action);
    bool fits = rule.environments_size() == 0;
    for (int environment : rule.environments()) {
      fits = fits || (environment == StepRule::BOOT ? may_run_boot_ : may_run_target_);
    }
    if (fits) {
      return;
    }
    if (rule.environments(0) == StepRule::BOOT) {
      Error(cursor, cursor.position,
            absl::StrCat(rule.title(), " runs only in the boot image, and the restart ", Reference(restart_, cursor),
                         "has left it; move the step before it, or restart to BOOT_IMAGE first"));
    } else {
      Error(cursor, cursor.position,
            absl::StrCat(rule.title(),
                         " runs only in the deployed operating system, and the boot image is running; put "
                         "restart_computer { to: TARGET } before it"));
    }
  }

  void CheckPassword(const Cursor& cursor) {
    if (surroundings_.waits_after_restart && has_restart_ && !says_password_) {
      says_password_ = true;
      Error(cursor, cursor.position,
            absl::StrCat("this step runs after the restart ", Reference(restart_, cursor),
                         "where the medium asks for its password again, and an unattended one would wait for ever; set "
                         "keep_unlocked = True on the medium (its key then lies on the disk until the run is over), or "
                         "unattended = False"));
    }
  }

  // Reference returns "in line N " if `position` is in the same text as `cursor`.
  static std::string Reference(SourcePosition position, const Cursor& cursor) {
    return position.line == 0 || !cursor.where.empty() ? "" : absl::StrCat("in line ", position.line, " ");
  }

  void CheckRestart(const RestartComputer& restart, const Cursor& cursor, const ConditionSet& conditions) {
    if (restart.to() == RestartComputer::TARGET && !has_image_ && !may_run_target_) {
      Error(cursor, cursor.position,
            "there is no operating system to restart to: no step before this one applies an image; add "
            "apply_operating_system_image, or restart to BOOT_IMAGE");
    }
    if (restart.to() == RestartComputer::BOOT_IMAGE && formatted_.empty() && !may_run_target_) {
      diagnostics_->AddWarning(
          cursor.position, absl::StrCat(cursor.where,
                                        "no step before this restart formats a disk; if the machine has no formatted "
                                        "partition the sequence cannot be continued after it and fails"));
    }
    bool certain = conditions.empty();
    bool to_target = restart.to() == RestartComputer::TARGET;
    may_run_boot_ = !to_target || (may_run_boot_ && !certain);
    may_run_target_ = to_target || (may_run_target_ && !certain);
    restart_ = cursor.position;
    has_restart_ = true;
  }

  void CheckHasImage(const FieldDescriptor* action, const Cursor& cursor) {
    if (!has_image_ && !may_run_target_) {
      Error(cursor, cursor.position,
            absl::StrCat(ActionTitle(action),
                         action->number() == Step::kRunCommandLineFieldNumber ? " with root: TARGET_ROOT" : "",
                         " needs an applied operating system, and no step before it applies one; put "
                         "apply_operating_system_image before it"));
    }
  }

  // ---- Disks --------------------------------------------------------------------------------------------------------

  // A second format is an error if it runs whenever the first does: then the first was for nothing, or worse.
  void CheckFormat(const FormatAndPartitionDisk& format, const Cursor& cursor, const ConditionSet& conditions) {
    std::string selector = SerializeCanonical(format.disk());
    for (const FormattedDisk& earlier : formatted_) {
      if (earlier.selector == selector &&
          std::includes(earlier.conditions.begin(), earlier.conditions.end(), conditions.begin(), conditions.end())) {
        Error(cursor, cursor.position,
              absl::StrCat("the step formats the disk that an earlier step ", Reference(earlier.position, cursor),
                           "has formatted; select another disk, or give the steps conditions that exclude each other"));
        break;
      }
    }
    formatted_.push_back({selector, conditions, cursor.position});
  }

  void CheckDestination(const Destination& destination, const Cursor& cursor) {
    if (destination.next_available() && formatted_.empty()) {
      Error(cursor, cursor.position,
            "next_available takes a partition that an earlier step formatted, and there is none; put "
            "format_and_partition_disk before it, or choose another destination");
    }
  }

  // ---- Child sequences ----------------------------------------------------------------------------------------------

  void CheckRun(const RunTaskSequence& run, const Cursor& cursor, const ConditionSet& conditions) {
    if (std::find(running_.begin(), running_.end(), run.task_sequence()) != running_.end()) {
      Error(cursor, cursor.position,
            absl::StrCat("task sequences run each other in a circle: ", absl::StrJoin(running_, " -> "), " -> ",
                         run.task_sequence(), "; remove one of the steps"));
      return;
    }
    if (running_.size() >= static_cast<size_t>(kMaxChildDepth)) {
      Error(cursor, cursor.position,
            absl::StrCat("task sequences run each other more than ", kMaxChildDepth,
                         " deep; run some from the outermost one"));
      return;
    }
    for (int i = 0; i < sequence_.children_size(); ++i) {
      if (sequence_.children(i).name() == run.task_sequence()) {
        RunChild(sequence_.children(i), i, cursor, conditions);
        return;
      }
    }
  }

  void RunChild(const TaskSequence& child, int index, const Cursor& caller, const ConditionSet& conditions) {
    Cursor cursor = root_.Nested(FieldOf(sequence_, TaskSequence::kChildrenFieldNumber), index);
    if (cursor.tree == nullptr) {
      // The child's text is not at hand: its findings are reported at the step that runs it.
      cursor.position = caller.position;
      cursor.where = absl::StrCat("in task sequence \"", child.name(), "\": ");
    }
    running_.push_back(child.name());
    CheckSteps(child.steps(), cursor, FieldOf(child, TaskSequence::kStepsFieldNumber), conditions);
    running_.pop_back();
  }

  // ---- Variables ----------------------------------------------------------------------------------------------------

  void Define(std::string_view name) { defined_.insert(absl::AsciiStrToLower(name)); }

  void ReadVariable(std::string_view name, SourcePosition position, const Cursor& cursor) {
    if (surroundings_.media.empty() || IsBuiltInVariable(name) ||
        !defined_.insert(absl::AsciiStrToLower(name)).second) {
      return;
    }
    // It counts as defined from now on: one warning is enough.
    diagnostics_->AddWarning(position, absl::StrCat(cursor.where, "variable ", name,
                                                    " is read here, and nothing before "
                                                    "sets it; set it, or declare it in the medium's variables"));
  }

  void ReadText(const std::string& text, const FieldDescriptor* field, SourcePosition position, const Cursor& cursor) {
    for (const VariableReference& reference : FindReferences(text)) {
      ReadVariable(reference.name, position, cursor);
      if (field->options().GetExtension(never_hidden) && hidden_.contains(absl::AsciiStrToLower(reference.name))) {
        Error(cursor, position,
              absl::StrCat("variable ", reference.name, " is hidden, and ", field->name(),
                           " is shown to people and other processes; name it in hidden_variables and let the command "
                           "read it from there"));
      }
    }
  }

  // VisitFields calls `visit(field, index, value)` for every string of `message` itself, and `nested(field, index,
  // message)` for every message in it.
  template <typename OnString, typename OnMessage>
  static void VisitFields(const Message& message, OnString visit, OnMessage nested) {
    const Reflection* reflection = message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
          nested(field, i,
                 field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                      : reflection->GetMessage(message, field));
        } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
          visit(field, i,
                field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                     : reflection->GetString(message, field));
        }
      }
    }
  }

  // UseVariables follows what an action does with variables: a message reads before it writes.
  void UseVariables(const Message& message, const Cursor& cursor) {
    ReadVariables(message, cursor);
    VisitFields(
        message,
        [&](const FieldDescriptor* field, int, const std::string& value) {
          if (field->options().GetExtension(variable) == VariableUse::WRITE) {
            Define(value);
          }
        },
        [](const FieldDescriptor*, int, const Message&) {});
  }

  void ReadVariables(const Message& message, const Cursor& cursor) {
    bool tests_existence = TestsExistence(message);
    VisitFields(
        message,
        [&](const FieldDescriptor* field, int index, const std::string& value) {
          if (field->options().GetExtension(expands)) {
            ReadText(value, field, cursor.PositionOf(field, index), cursor);
          }
          VariableUse::Use use = field->options().GetExtension(variable);
          if (use == VariableUse::READ || (use == VariableUse::TEST && !tests_existence)) {
            ReadVariable(value, cursor.PositionOf(field, index), cursor);
          }
        },
        [&](const FieldDescriptor* field, int index, const Message& nested) {
          UseVariables(nested, cursor.Nested(field, index));
        });
  }

  static bool TestsExistence(const Message& message) {
    if (message.GetDescriptor() != VariableCondition::descriptor()) {
      return false;
    }
    const auto& condition = static_cast<const VariableCondition&>(message);
    return condition.operator_() == VariableCondition::EXISTS || condition.operator_() == VariableCondition::NOT_EXISTS;
  }

  const TaskSequence& sequence_;
  const Cursor& root_;
  const SequenceSurroundings& surroundings_;
  Diagnostics* diagnostics_;

  size_t num_steps_ = 0;
  // Where the sequence may be running at this point.
  bool may_run_boot_ = true;
  bool may_run_target_ = false;
  // The last restart so far.
  SourcePosition restart_;
  bool has_restart_ = false;
  // Whether it was said already that nobody would type the password.
  bool says_password_ = false;
  // Whether a step so far applies an operating system.
  bool has_image_ = false;
  // Whether a step so far has continue_on_error.
  bool continues_ = false;
  std::vector<FormattedDisk> formatted_;
  // Names of the child sequences that are running, outermost first.
  std::vector<std::string> running_;
  // Lower-case names of variables that have been set, and of those that are hidden.
  std::set<std::string> defined_;
  std::set<std::string> hidden_;
};

}  // namespace

void CheckFlow(const TaskSequence& sequence, const Cursor& cursor, const SequenceSurroundings& surroundings,
               Diagnostics* diagnostics) {
  FlowChecker(sequence, cursor, surroundings, diagnostics).Check();
}

}  // namespace tsmedia
