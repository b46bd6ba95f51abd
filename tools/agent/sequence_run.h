// Running a task sequence where somebody may be watching: what happens is shown and logged, written to the journal, and
// a step that fails is shown with what can be done about it. The same in the boot image and in the deployed operating
// system.

#ifndef TSMEDIA_TOOLS_AGENT_SEQUENCE_RUN_H_
#define TSMEDIA_TOOLS_AGENT_SEQUENCE_RUN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/agent/console_log.h"
#include "tools/agent/dialog.h"
#include "tools/agent/medium_content.h"
#include "tools/agent/run_journal.h"
#include "tools/engine/engine.h"
#include "tools/engine/events.h"
#include "tools/engine/log.h"
#include "tools/engine/trace.h"
#include "tools/engine/variable_store.h"

namespace tsmedia {

// What a run needs; all of it must outlive the run.
struct RunSurroundings {
  const MediumContent* content;
  Effects* effects;
  RunFacts run;
  Dialog* dialog;
  Log* log;
  const LastRecords* last_records;
  ConsoleLog* console_log;
  RunJournal* journal;
  std::string give_up = "power off";  // what happens after kGivenUp, for people
  // Starts a shell on the machine's console; null if there is none.
  std::function<void()> shell = nullptr;
  // Called before an error is shown and when the run is at its end: time to save the log.
  std::function<void()> save_log;
};

// What people are told once a finished run is on the disk with all that it did.
inline constexpr std::string_view kFinishedText = "The task sequence is finished.";

// How a run ended, or what interrupts it.
enum class RunEnd {
  kFinished,   // the sequence is at its end
  kRestart,    // the sequence wants a restart, after which it goes on
  kGivenUp,    // a step failed, and nobody wants another try
  kRestartNow  // a step failed, and somebody wants the machine to be restarted
};

class SequenceRun : public EngineListener {
 public:
  // Start begins; Resume goes on from a state (Engine::Resume), once that is in a journal of its own.
  static std::unique_ptr<SequenceRun> Start(const RunSurroundings& surroundings, VariableStore variables);
  static absl::StatusOr<std::unique_ptr<SequenceRun>> Resume(const RunSurroundings& surroundings,
                                                             const EngineState& state);
  ~SequenceRun() override;

  // Run runs until one of the ends.
  RunEnd Run();

  // Of kGivenUp: why.
  const std::string& failure() const { return outcome_.result.message; }
  // Whether nothing is left to run.
  bool at_end() const { return engine_->AtEnd(); }
  // Where the run is; `environment` is the one that is next.
  EngineState State() const { return engine_->State(); }

  // Attempt does what the step that ended with kRestart needs besides; a failure is shown like one of the step, and
  // `work` may be tried again. Returns kRestart once it has succeeded.
  RunEnd Attempt(const std::function<absl::Status()>& work);

  // ShowRestartMessage shows the message of kRestart for as long as the sequence wants.
  void ShowRestartMessage();

  void OnEvent(const Event& event) override;
  void OnProgress(const StepInfo& step, uint64_t done, uint64_t total) override;

 private:
  explicit SequenceRun(const RunSurroundings& surroundings);
  Engine::Surroundings EngineSurroundings();
  // Connects the log with the variables of the run.
  void SetUpLog();
  void Say(std::string_view line) { surroundings_.dialog->Say(line); }
  void ShowError() const;
  // The error page. Returns nothing if the step is to be run again.
  std::optional<RunEnd> AskAfterFailure();
  // Shows a page of the log that ends `skip` records before its end.
  void ShowLog(size_t skip) const;

  const RunSurroundings surroundings_;
  TextTrace text_;
  EventLog event_log_;
  std::unique_ptr<Engine> engine_;
  Outcome outcome_;
  absl::Status journal_status_;
  absl::Duration step_began_;
  absl::Duration last_shown_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_SEQUENCE_RUN_H_
