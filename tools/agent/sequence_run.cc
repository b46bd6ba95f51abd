#include "tools/agent/sequence_run.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "tools/base/bytes.h"
#include "tools/base/progress.h"
#include "tools/base/status_macros.h"
#include "tools/engine/result_code.h"

namespace tsmedia {
namespace {

constexpr absl::Duration kProgressPause = absl::Seconds(5);
constexpr int kErrorSeconds = 900;  // default of SMSTSErrorDialogTimeout
constexpr size_t kErrorRecords = 12;
constexpr size_t kLogPage = 20;

std::string RecordText(const LogRecord& record) {
  return absl::StrCat("  ", record.step, record.step.empty() ? "" : " ", record.message);
}

}  // namespace

SequenceRun::SequenceRun(const RunSurroundings& surroundings)
    : surroundings_(surroundings),
      text_([this](std::string_view line) { Say(absl::StripSuffix(line, "\n")); }),
      event_log_(*surroundings_.log) {}

SequenceRun::~SequenceRun() { surroundings_.log->MaskWith(nullptr); }

Engine::Surroundings SequenceRun::EngineSurroundings() {
  return {.sequence = &surroundings_.content->sequence(),
          .applications = &surroundings_.content->applications(),
          .run = surroundings_.run,
          .effects = surroundings_.effects,
          .listener = this};
}

void SequenceRun::SetUpLog() {
  surroundings_.console_log->ShowFrom(engine_->variables().Get(kConsoleLogVariable));
  surroundings_.log->MaskWith([this](std::string_view text) { return engine_->variables().masker().Mask(text); });
}

std::unique_ptr<SequenceRun> SequenceRun::Start(const RunSurroundings& surroundings, VariableStore variables) {
  auto run = absl::WrapUnique(new SequenceRun(surroundings));
  run->engine_ = Engine::Start(run->EngineSurroundings(), std::move(variables));
  run->SetUpLog();
  return run;
}

absl::StatusOr<std::unique_ptr<SequenceRun>> SequenceRun::Resume(const RunSurroundings& surroundings,
                                                                 const EngineState& state) {
  auto run = absl::WrapUnique(new SequenceRun(surroundings));
  TSM_ASSIGN_OR_RETURN(run->engine_, Engine::Resume(run->EngineSurroundings(), state));
  run->SetUpLog();
  // Also a run that has nothing left to do has a journal to finish.
  TSM_RETURN_IF_ERROR(surroundings.journal->Write(run->State()));
  return run;
}

// ---- What happens ---------------------------------------------------------------------------------------------------

void SequenceRun::OnEvent(const Event& event) {
  text_.OnEvent(event);
  event_log_.OnEvent(event);
  if (event.kind == Event::Kind::kStepStarted) {
    step_began_ = last_shown_ = surroundings_.effects->Uptime();
  }
  if (IsCheckpoint(event.kind)) {
    journal_status_ = surroundings_.journal->Write(engine_->State());
    if (!journal_status_.ok()) {
      surroundings_.log->Say(LogLevel::kError,
                             absl::StrCat("the journal cannot be written: ", journal_status_.message()));
    }
  }
}

void SequenceRun::OnProgress(const StepInfo& step, uint64_t done, uint64_t total) {
  const absl::Duration now = surroundings_.effects->Uptime();
  if (now - last_shown_ < kProgressPause || done == 0 || total < kMiB) {
    return;
  }
  last_shown_ = now;
  const absl::Duration left = (now - step_began_) * (static_cast<double>(total - done) / static_cast<double>(done));
  Say(absl::StrCat(std::string(10, ' '), step.name, ": ", done * 100 / total, "%, ", FormatBytes(done), " of ",
                   FormatBytes(total), ", ", absl::ToInt64Seconds(left), " s left"));
}

// ---- Running --------------------------------------------------------------------------------------------------------

RunEnd SequenceRun::Run() {
  while (true) {
    outcome_ = engine_->Run();
    switch (outcome_.kind) {
      case Outcome::Kind::kFinished:
        return RunEnd::kFinished;
      case Outcome::Kind::kRestart:
        return RunEnd::kRestart;
      case Outcome::Kind::kFailed:
        break;
    }
    if (std::optional<RunEnd> end = AskAfterFailure(); end.has_value()) {
      return *end;
    }
  }
}

RunEnd SequenceRun::Attempt(const std::function<absl::Status()>& work) {
  while (true) {
    absl::Status status = at_end() ? absl::OkStatus() : journal_status_;
    if (status.ok()) {
      status = work();
    }
    if (status.ok()) {
      return RunEnd::kRestart;
    }
    outcome_.result = StepResult::FromStatus(status);
    if (std::optional<RunEnd> end = AskAfterFailure(); end.has_value()) {
      return *end;
    }
    journal_status_ = surroundings_.journal->Write(engine_->State());
  }
}

void SequenceRun::ShowRestartMessage() {
  const RestartRequest& restart = outcome_.restart;
  if (restart.message.empty()) {
    return;
  }
  Say(restart.message);
  Say(absl::StrCat("Press Enter, or wait ", absl::ToInt64Seconds(restart.message_time), " s."));
  surroundings_.dialog->WaitForAnswer({""}, restart.message_time);
}

// ---- The error page -------------------------------------------------------------------------------------------------

void SequenceRun::ShowError() const {
  Dialog& dialog = *surroundings_.dialog;
  dialog.Say("");
  dialog.Say("---- Task sequence error ----");
  dialog.Say(absl::StrCat("Step:    ", outcome_.step.position, " ", outcome_.step.name, " (", outcome_.step.type, ")"));
  dialog.Say(absl::StrCat("Code:    ", ResultCodeText(outcome_.result.code)));
  if (!outcome_.step.packages.empty()) {
    dialog.Say(absl::StrCat("Package: ", absl::StrJoin(outcome_.step.packages, ", ")));
  }
  dialog.Say(absl::StrCat("Reason:  ", outcome_.result.message));
  dialog.Say("Last records of the log:");
  const std::deque<LogRecord>& records = surroundings_.last_records->records();
  const size_t first = records.size() - std::min(records.size(), kErrorRecords);
  for (size_t i = first; i < records.size(); ++i) {
    dialog.Say(RecordText(records[i]));
  }
}

void SequenceRun::ShowLog(size_t skip) const {
  const std::deque<LogRecord>& records = surroundings_.last_records->records();
  const size_t end = records.size() - std::min(records.size(), skip);
  const size_t first = end - std::min(end, kLogPage);
  surroundings_.dialog->Say(
      absl::StrCat("---- Log, records ", first + 1, " to ", end, " of ", records.size(), " ----"));
  for (size_t i = first; i < end; ++i) {
    surroundings_.dialog->Say(ConsoleLine(records[i]));
  }
}

std::optional<RunEnd> SequenceRun::AskAfterFailure() {
  int seconds = kErrorSeconds;
  if (!absl::SimpleAtoi(engine_->variables().Get("SMSTSErrorDialogTimeout"), &seconds)) {
    seconds = kErrorSeconds;
  }
  surroundings_.save_log();
  ShowError();
  std::vector<std::string> keys = {"t", "l", "r", "p"};
  if (surroundings_.shell != nullptr) {
    keys.push_back("s");
  }
  size_t shown = 0;
  while (true) {
    Say(absl::StrCat("  t Enter: try the step again     l Enter: ", shown == 0 ? "view the log" : "older records",
                     "     r Enter: restart     p Enter: ", surroundings_.give_up,
                     surroundings_.shell == nullptr ? "" : "     s Enter: shell"));
    Say(absl::StrCat("Without an answer within ", seconds, " s: ", surroundings_.give_up, "."));
    const std::string answer = surroundings_.dialog->WaitForAnswer(keys, absl::Seconds(seconds)).value_or("p");
    if (answer == "l") {
      ShowLog(shown);
      shown += kLogPage;
      shown = shown < surroundings_.last_records->records().size() ? shown : 0;
    } else if (answer == "s") {
      surroundings_.shell();
    } else {
      return answer == "t"   ? std::nullopt
             : answer == "r" ? std::optional(RunEnd::kRestartNow)
                             : std::optional(RunEnd::kGivenUp);
    }
  }
}

}  // namespace tsmedia
