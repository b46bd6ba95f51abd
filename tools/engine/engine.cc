#include "tools/engine/engine.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "tools/base/status_macros.h"
#include "tools/engine/conditions.h"
#include "tools/engine/result_code.h"
#include "tools/sequence/limits.h"
#include "tools/sequence/references.h"
#include "tools/sequence/schema.h"
#include "tools/sequence/variables.h"

namespace tsmedia {
namespace {

// Where steps find the operating system that was applied, from wherever they run.
constexpr std::string_view kTargetSystemRoot = "OSDTargetSystemRoot";

using Steps = google::protobuf::RepeatedPtrField<Step>;

// Watches over one attempt at a step.
class AttemptMonitor : public StepMonitor {
 public:
  AttemptMonitor(Effects& effects, EngineListener& listener, const StepInfo& info, absl::Duration limit)
      : effects_(effects), listener_(listener), info_(info), end_(effects.Uptime() + limit) {}

  absl::Status Progress(uint64_t done, uint64_t total) override {
    listener_.OnProgress(info_, done, total);
    return TimeLeft() > absl::ZeroDuration() ? absl::OkStatus() : absl::DeadlineExceededError("the step took too long");
  }

  absl::Duration TimeLeft() override { return end_ - effects_.Uptime(); }

 private:
  Effects& effects_;
  EngineListener& listener_;
  const StepInfo& info_;
  const absl::Duration end_;
};

std::string RestartText(const RestartRequest& restart) {
  return absl::StrCat("the machine restarts into the ",
                      restart.to == StepRule::BOOT ? "boot image" : "deployed operating system",
                      restart.message.empty() ? "" : ": ", restart.message);
}

}  // namespace

// ---- Beginning ------------------------------------------------------------------------------------------------------

std::unique_ptr<Engine> Engine::Start(const Surroundings& surroundings, VariableStore variables) {
  std::unique_ptr<Engine> engine = absl::WrapUnique(new Engine(surroundings));
  engine->variables_ = std::move(variables);
  engine->frames_.push_back({&surroundings.sequence->steps()});
  return engine;
}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Resume(const Surroundings& surroundings, const EngineState& state) {
  std::unique_ptr<Engine> engine = absl::WrapUnique(new Engine(surroundings));
  TSM_RETURN_IF_ERROR(engine->Restore(state));
  return engine;
}

absl::Status Engine::Restore(const EngineState& state) {
  if (state.context() != kEngineStateContext) {
    return absl::InvalidArgumentError("not the state of a task sequence");
  }
  if (state.environment() != StepRule::BOOT && state.environment() != StepRule::TARGET) {
    return absl::InvalidArgumentError("the state does not say where the sequence runs");
  }
  TSM_RETURN_IF_ERROR(RestorePosition(state));
  for (const StateVariable& variable : state.variables()) {
    if (IsReadOnlyVariable(variable.name())) {
      variables_.SetReadOnly(variable.name(), variable.value());
    } else {
      TSM_RETURN_IF_ERROR(variables_.Set(variable.name(), variable.value(), variable.hidden()));
    }
  }
  for (const std::string& value : state.masked()) {
    variables_.Mask(value);
  }
  record_.environment = state.environment();
  record_.partitions.assign(state.partitions().begin(), state.partitions().end());
  record_.installed_applications.assign(state.installed_applications().begin(), state.installed_applications().end());
  phase_ = state.phase();
  return absl::OkStatus();
}

absl::Status Engine::RestorePosition(const EngineState& state) {
  const Steps* steps = &surroundings_.sequence->steps();
  for (uint32_t index : state.position()) {
    const bool at_end = index == static_cast<uint32_t>(steps->size());
    const bool is_last = frames_.size() + 1 == static_cast<size_t>(state.position_size());
    if (index > static_cast<uint32_t>(steps->size()) || (at_end && (!is_last || state.phase() != EngineState::NEXT))) {
      return absl::InvalidArgumentError("the state is not one of this task sequence");
    }
    frames_.push_back({steps, static_cast<int>(index)});
    if (is_last) {
      break;
    }
    steps = StepsIn((*steps)[static_cast<int>(index)]);
    if (steps == nullptr) {
      return absl::InvalidArgumentError("the state is not one of this task sequence");
    }
  }
  return frames_.empty() ? absl::OkStatus() : CheckDepth();
}

EngineState Engine::State() const {
  EngineState state;
  state.set_context(std::string(kEngineStateContext));
  for (const Frame& frame : frames_) {
    state.add_position(static_cast<uint32_t>(frame.index));
  }
  state.set_phase(phase_);
  state.set_environment(record_.environment);
  for (const auto& [name, variable] : variables_.variables()) {
    StateVariable* saved = state.add_variables();
    saved->set_name(name);
    saved->set_value(variable.value);
    saved->set_hidden(variable.hidden);
  }
  for (const std::string& value : variables_.masker().values()) {
    state.add_masked(value);
  }
  state.mutable_partitions()->Assign(record_.partitions.begin(), record_.partitions.end());
  state.mutable_installed_applications()->Assign(record_.installed_applications.begin(),
                                                 record_.installed_applications.end());
  return state;
}

bool Engine::AtEnd() const {
  // Of every list but the innermost, the entry that is running is the current one.
  for (size_t i = 0; i < frames_.size(); ++i) {
    const int next = frames_[i].index + (i + 1 == frames_.size() ? 0 : 1);
    if (next < frames_[i].steps->size()) {
      return false;
    }
  }
  return true;
}

// ---- Where the run is -----------------------------------------------------------------------------------------------

const Step& Engine::CurrentOf(size_t frame) const { return (*frames_[frame].steps)[frames_[frame].index]; }

const Steps* Engine::StepsIn(const Step& step) const {
  if (step.has_group()) {
    return &step.group().steps();
  }
  if (!step.has_run_task_sequence()) {
    return nullptr;
  }
  const auto& children = surroundings_.sequence->children();
  auto child = std::find_if(children.begin(), children.end(), [&step](const TaskSequence& candidate) {
    return candidate.name() == step.run_task_sequence().task_sequence();
  });
  return child == children.end() ? nullptr : &child->steps();
}

StepInfo Engine::InfoOf(size_t frame) const {
  const Step& step = CurrentOf(frame);
  const google::protobuf::FieldDescriptor* action = ActionField(step);
  StepInfo info = {
      .name = step.name(), .type = action == nullptr ? "" : ActionTitle(action), .depth = static_cast<int>(frame) + 1};
  info.position = absl::StrJoin(frames_.begin(), frames_.begin() + frame + 1, ".",
                                [](std::string* out, const Frame& f) { absl::StrAppend(out, f.index + 1); });
  if (!step.has_group()) {
    info.packages = MessagePackageReferences(step);
  }
  return info;
}

bool Engine::FindNext() {
  while (!frames_.empty() && frames_.back().index >= frames_.back().steps->size()) {
    frames_.pop_back();
    if (!frames_.empty()) {
      Emit({.kind = Event::Kind::kGroupFinished, .step = CurrentInfo()});
      Advance();
    }
  }
  return !frames_.empty();
}

void Engine::Advance() {
  ++frames_.back().index;
  phase_ = EngineState::NEXT;
}

absl::Status Engine::CheckDepth() const {
  int groups = 0;
  int children = 0;
  for (size_t i = 0; i < frames_.size() && frames_[i].index < frames_[i].steps->size(); ++i) {
    groups += CurrentOf(i).has_group() ? 1 : 0;
    children += CurrentOf(i).has_run_task_sequence() ? 1 : 0;
    if (CurrentOf(i).has_run_task_sequence()) {
      groups = 0;  // a child's groups are counted from its own beginning
    }
  }
  if (children > kMaxChildDepth || groups > kMaxGroupDepth) {
    return absl::InvalidArgumentError("task sequences or groups are nested too deeply");
  }
  return absl::OkStatus();
}

// ---- Running --------------------------------------------------------------------------------------------------------

Outcome Engine::Run() {
  SetStandardVariables(surroundings_.run, surroundings_.effects->Facts(), surroundings_.sequence->name(),
                       record_.environment, &variables_);
  if (variables_.Find(kTargetSystemRoot) != nullptr) {
    variables_.SetReadOnly(kTargetSystemRoot, record_.environment == StepRule::BOOT ? kTargetRoot : "/");
  }
  Emit({.kind = Event::Kind::kSequenceStarted, .text = surroundings_.sequence->name()});
  while (FindNext()) {
    const StepInfo info = CurrentInfo();
    if (std::string reason = SkipReason(); !reason.empty()) {
      Emit({.kind = Event::Kind::kSkipped, .step = info, .text = std::move(reason)});
      Advance();
      continue;
    }
    if (const Steps* steps = StepsIn(Current()); steps != nullptr && CheckDepth().ok()) {
      Enter(*steps);
      continue;
    }
    StepResult result = RunStep(info);
    MaskResult(&result);
    RecordResult(info, result);
    if (failed_) {
      Emit({.kind = Event::Kind::kSequenceFinished, .succeeded = false, .code = result.code, .text = result.message});
      return {.kind = Outcome::Kind::kFailed, .step = info, .result = result};
    }
    if (result.restart.has_value()) {
      Emit({.kind = Event::Kind::kRestart, .step = info, .text = RestartText(*result.restart)});
      return {.kind = Outcome::Kind::kRestart, .step = info, .result = result, .restart = *result.restart};
    }
  }
  Emit({.kind = Event::Kind::kSequenceFinished});
  return {.kind = Outcome::Kind::kFinished};
}

std::string Engine::SkipReason() {
  if (phase_ != EngineState::NEXT) {
    return "";
  }
  if (Current().disabled()) {
    return "disabled";
  }
  return WhyNot(Current().conditions(), variables_, *surroundings_.effects);
}

void Engine::Enter(const Steps& steps) {
  phase_ = EngineState::NEXT;
  Emit({.kind = Event::Kind::kGroupStarted, .step = CurrentInfo()});
  frames_.push_back({&steps});
}

StepResult Engine::Interrupted() const {
  StepResult result = StepResult::FromStatus(
      absl::AbortedError("this step was begun before the machine stopped, and it is not known how far it came; look at "
                         "the machine, then run the step again or give up"));
  result.interrupted = true;
  return result;
}

StepResult Engine::RunStep(const StepInfo& info) {
  // Run was called again after a failure: somebody has looked.
  const bool is_wanted = std::exchange(failed_, false);
  const bool interrupted = phase_ == EngineState::BEGUN && !is_wanted && !IsSafeToRepeat(Current());
  phase_ = EngineState::BEGUN;
  variables_.SetReadOnly("_SMSTSCurrentActionName", info.name);
  Emit({.kind = Event::Kind::kStepStarted, .step = info});
  if (interrupted) {
    return Interrupted();
  }
  if (Current().has_run_task_sequence() || Current().has_group()) {
    absl::Status depth = CheckDepth();
    return StepResult::FromStatus(depth.ok() ? absl::NotFoundError("there is no such task sequence") : depth);
  }
  return RunAttempts(info);
}

StepResult Engine::RunAttempts(const StepInfo& info) {
  const Step& step = Current();
  ActionRunner runner(
      *surroundings_.applications, variables_, record_, *surroundings_.effects,
      {.detail = [&](const std::string& text) { Emit({.kind = Event::Kind::kDetail, .step = info, .text = text}); },
       .variable =
           [&](const std::string& text) { Emit({.kind = Event::Kind::kVariable, .step = info, .text = text}); }});
  const absl::Duration limit =
      step.timeout_seconds() == 0 ? absl::InfiniteDuration() : absl::Seconds(step.timeout_seconds());
  for (uint32_t retries = 0;; ++retries) {
    AttemptMonitor monitor(*surroundings_.effects, *surroundings_.listener, info, limit);
    StepResult result = runner.Run(step, monitor);
    if (result.succeeded || retries >= step.retry().count()) {
      return result;
    }
    Emit({.kind = Event::Kind::kAttemptFailed,
          .step = info,
          .succeeded = false,
          .code = result.code,
          .text = absl::StrCat(result.message, "; retry ", retries + 1, " of ", step.retry().count(), " in ",
                               step.retry().delay_seconds(), " s")});
    surroundings_.effects->Sleep(absl::Seconds(step.retry().delay_seconds()));
  }
}

// What people get to see of a result must not tell a hidden value.
void Engine::MaskResult(StepResult* result) const {
  result->message = variables_.masker().Mask(result->message);
  if (result->restart.has_value()) {
    result->restart->message = variables_.masker().Mask(result->restart->message);
  }
}

void Engine::RecordResult(const StepInfo& info, const StepResult& result) {
  variables_.SetReadOnly("_SMSTSLastActionName", info.name);
  variables_.SetReadOnly("_SMSTSLastActionRetCode", absl::StrCat(result.code));
  variables_.SetReadOnly("_SMSTSLastActionSucceeded", result.succeeded ? "true" : "false");
  variables_.SetReadOnly("_SMSTSMachineName", variables_.Get("OSDComputerName"));
  // The listener writes the state down: it has to be the one behind the step, or the step would run twice if the power
  // failed now.
  std::vector<StepInfo> failed_groups;
  if (result.succeeded) {
    Leave(result.restart);
  } else {
    failed_groups = Fail(result.interrupted);
  }
  Emit({.kind = Event::Kind::kStepFinished,
        .step = info,
        .succeeded = result.succeeded,
        .code = result.code,
        .text = result.message});
  for (const StepInfo& group : failed_groups) {
    Emit({.kind = Event::Kind::kGroupFinished, .step = group, .succeeded = false, .code = result.code});
  }
}

void Engine::Leave(const std::optional<RestartRequest>& restart) {
  if (restart.has_value() && restart->repeat_step) {
    phase_ = EngineState::AGAIN;
  } else {
    Advance();
  }
  if (restart.has_value()) {
    record_.environment = restart->to;
  }
}

std::vector<StepInfo> Engine::Fail(bool interrupted) {
  size_t catcher = interrupted ? 0 : frames_.size();
  while (catcher > 0 && !CurrentOf(catcher - 1).continue_on_error()) {
    --catcher;
  }
  std::vector<StepInfo> groups;
  if (catcher == 0) {
    failed_ = true;
    phase_ = IsSafeToRepeat(Current()) ? EngineState::AGAIN : EngineState::BEGUN;
    return groups;
  }
  while (frames_.size() > catcher) {
    frames_.pop_back();
    groups.push_back(CurrentInfo());
  }
  Advance();
  return groups;
}

void Engine::Emit(Event event) const {
  event.text = variables_.masker().Mask(event.text);
  surroundings_.listener->OnEvent(event);
}

}  // namespace tsmedia
