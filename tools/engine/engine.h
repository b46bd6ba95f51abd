// The task sequence engine: runs a task sequence against a machine that it knows only through Effects. It makes no
// system call; the same engine runs on a target, in `mediactl simulate`, and in tests.
//
// The semantics are those of Configuration Manager (rules/docs/task_sequence.md): steps run strictly one after the
// other; a step whose conditions do not hold is skipped, and _SMSTSLastActionSucceeded keeps its value; a step that
// fails fails its group, and so on up to the sequence, unless a step or group on the way continues on error: then the
// entry after that one is next.

#ifndef TSMEDIA_TOOLS_ENGINE_ENGINE_H_
#define TSMEDIA_TOOLS_ENGINE_ENGINE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/repeated_field.h"
#include "tools/engine/actions.h"
#include "tools/engine/applications.h"
#include "tools/engine/effects.h"
#include "tools/engine/events.h"
#include "tools/engine/standard_variables.h"
#include "tools/engine/state.pb.h"
#include "tools/engine/variable_store.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {

// The context of a serialised EngineState.
inline constexpr std::string_view kEngineStateContext = "tsmedia/enginestate/v1";

// Why the engine returned.
struct Outcome {
  enum class Kind {
    kFinished,  // the sequence is at its end
    kFailed,    // `step` failed with `result`, and nothing continues on this error; Run tries the step again
    kRestart,   // the machine has to restart into `restart.to`, and the engine to be resumed there with State()
  };
  Kind kind = Kind::kFinished;
  StepInfo step = {};
  StepResult result = {};
  RestartRequest restart = {};
};

class Engine {
 public:
  // What a run needs; all of it must outlive the engine.
  struct Surroundings {
    const TaskSequence* sequence;  // valid (ValidateSequence)
    const Applications* applications;
    RunFacts run = {};
    Effects* effects;
    EngineListener* listener;
  };

  // Start begins a sequence in the boot image. `variables` holds those of the medium and of the prestart command.
  static std::unique_ptr<Engine> Start(const Surroundings& surroundings, VariableStore variables);

  // Resume goes on from a state. InvalidArgument if it does not belong to this sequence, or is no state at all: it may
  // come from a damaged disk.
  static absl::StatusOr<std::unique_ptr<Engine>> Resume(const Surroundings& surroundings, const EngineState& state);

  // Run runs the sequence to its end, to a failure or to a restart. After a failure it may be called again: the step
  // that failed is run again.
  Outcome Run();

  // State returns where the run is. It is consistent whenever the listener is called, so that a journal may be written
  // there.
  EngineState State() const;

  // AtEnd returns whether nothing is left to run; after a restart the sequence would only end.
  bool AtEnd() const;

  const VariableStore& variables() const { return variables_; }

 private:
  // Frame is a list of steps that is being run: the sequence's, a group's or a child's.
  struct Frame {
    const google::protobuf::RepeatedPtrField<Step>* steps;
    int index = 0;
  };

  explicit Engine(const Surroundings& surroundings) : surroundings_(surroundings) {}

  absl::Status Restore(const EngineState& state);
  absl::Status RestorePosition(const EngineState& state);
  const Step& Current() const { return CurrentOf(frames_.size() - 1); }
  const Step& CurrentOf(size_t frame) const;
  // The steps that `step` holds: a group's, or a child's; null if it is neither.
  const google::protobuf::RepeatedPtrField<Step>* StepsIn(const Step& step) const;
  // Information about the current entry of a frame.
  StepInfo InfoOf(size_t frame) const;
  StepInfo CurrentInfo() const { return InfoOf(frames_.size() - 1); }

  // Leaves lists that are at their end. Returns false at the end of the sequence.
  bool FindNext();
  void Advance();
  // Returns why the current entry is not to be run, "" if it is.
  std::string SkipReason();
  absl::Status CheckDepth() const;
  void Enter(const google::protobuf::RepeatedPtrField<Step>& steps);
  StepResult RunStep(const StepInfo& info);
  StepResult RunAttempts(const StepInfo& info);
  StepResult Interrupted() const;
  void MaskResult(StepResult* result) const;
  void RecordResult(const StepInfo& info, const StepResult& result);
  // Goes behind a step that has succeeded, or stays there if it is to run again after the restart.
  void Leave(const std::optional<RestartRequest>& restart);
  // Goes to where the sequence continues on the error; the sequence has failed if nothing does. Nothing continues on an
  // interruption: somebody has to look. Returns the groups that failed, from within.
  std::vector<StepInfo> Fail(bool interrupted);

  void Emit(Event event) const;

  const Surroundings surroundings_;
  VariableStore variables_;
  RunRecord record_;
  std::vector<Frame> frames_;
  EngineState::Phase phase_ = EngineState::NEXT;
  bool failed_ = false;  // the sequence, at the current entry; another Run means that this is to run again
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_ENGINE_H_
