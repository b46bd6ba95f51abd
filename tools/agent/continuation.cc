#include "tools/agent/continuation.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tools/agent/dialog.h"
#include "tools/agent/medium_content.h"
#include "tools/agent/run_journal.h"
#include "tools/agent/save_log.h"
#include "tools/agent/sequence_run.h"
#include "tools/agent/staging.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"
#include "tools/medium/protected_content.h"
#include "tools/medium/volumes.h"
#include "tools/plan/manifest.h"

namespace tsmedia {
namespace {

constexpr std::string_view kLaunchMode = "_SMSTSLaunchMode";

// In the deployed operating system its root is the root of all.
class TargetEffects : public BootEffects {
 public:
  using BootEffects::BootEffects;
  absl::StatusOr<CommandResult> RunCommand(const CommandRequest& request, StepMonitor& monitor) override {
    CommandRequest here = request;
    here.root = RunCommandLine::RUNNING;
    return BootEffects::RunCommand(here, monitor);
  }
};

// Of a variable that a restart does not change.
std::string ValueOf(const EngineState& state, std::string_view name) {
  auto variable = std::find_if(state.variables().begin(), state.variables().end(),
                               [name](const StateVariable& one) { return one.name() == name; });
  return variable == state.variables().end() ? "" : variable->value();
}

class Continuation {
 public:
  explicit Continuation(const ContinuationOptions& options)
      : options_(options),
        system_(*options.system),
        dialog_(
            *options.console, [this] { return system_.Uptime(); },
            [this](absl::Duration duration) { system_.Sleep(duration); }) {}

  absl::Status Run() {
    absl::Status status = GoOn();
    if (!status.ok()) {
      dialog_.Say(absl::StrCat("The task sequence cannot go on: ", status.message(), ". The log is in ",
                               kTargetLogDirectory, "."));
    }
    return status;
  }

 private:
  const Manifest& manifest() const { return accepted_.manifest.manifest; }
  const MediaIdentity* key() const { return identity_.has_value() ? &*identity_ : nullptr; }

  // The staged part of the medium is accepted like the medium itself.
  absl::Status OpenMedium() {
    TSM_ASSIGN_OR_RETURN(const std::string bytes,
                         ReadWholeFile(absl::StrCat(options_.root, kStagedAnchors), kMaxAnchorsSize));
    TSM_ASSIGN_OR_RETURN(const Anchors anchors, ReadAnchors(bytes));
    TSM_ASSIGN_OR_RETURN(MediumViews views, tsmedia::OpenMedium(absl::StrCat(options_.root, kStagedMedium)));
    TSM_ASSIGN_OR_RETURN(OpenedMedium opened, AcceptMedium(std::move(views), anchors, system_.Now()));
    accepted_ = std::move(opened.accepted);
    medium_ = std::move(opened.medium);
    // Segments of all volumes stand beside one another.
    volumes_ = std::make_unique<SingleVolume>(medium_, manifest().volumes_size());
    return absl::OkStatus();
  }

  static bool IsIn(const FoundJournal& journal, JournalHeader::Phase phase) { return journal.header.phase() == phase; }

  absl::Status FindJournal() {
    const std::vector<FoundJournal> journals = FindJournals(system_, accepted_.manifest.digest);
    for (const FoundJournal& journal : journals) {
      if (IsIn(journal, JournalHeader::IN_TARGET) && !journal_found_.has_value()) {
        journal_found_ = journal;
      } else if (IsIn(journal, JournalHeader::IN_TARGET)) {
        return absl::FailedPreconditionError("several disks have a journal of it");
      } else if (IsIn(journal, JournalHeader::IN_BOOT_IMAGE)) {
        return absl::FailedPreconditionError("it goes on in the boot image: start the machine from its medium");
      }
    }
    if (journals.empty()) {
      return absl::NotFoundError("its journal is not there");
    }
    if (!journal_found_.has_value()) {
      finished_ = journals.front();
    }
    return absl::OkStatus();
  }

  absl::Status GoOn() {
    TSM_RETURN_IF_ERROR(OpenMedium());
    TSM_RETURN_IF_ERROR(FindJournal());
    if (finished_.has_value()) {
      // The power failed before all of this was removed.
      TSM_RETURN_IF_ERROR(RemoveRecords(system_, *finished_));
      return RemoveStaged();
    }
    if (IsProtected(manifest())) {
      dialog_.Say("The task sequence goes on in the deployed operating system.");
      identity_ = KeptIdentity(journal_found_->header, manifest());
      if (!identity_.has_value()) {
        TSM_ASSIGN_OR_RETURN(identity_, dialog_.AskForPassword(*medium_, manifest(), /*keyboard=*/nullptr));
      }
    }
    TSM_ASSIGN_OR_RETURN(content_, MediumContent::Read(*volumes_, accepted_, key()));
    TSM_ASSIGN_OR_RETURN(const EngineState state, ReadRun(system_, *journal_found_, key()));
    const std::optional<AppliedSystem> applied = journal_found_->header.system();
    journal_ = std::make_unique<RunJournal>(system_, accepted_.manifest, key(), [applied] { return applied; });
    journal_->Enter(JournalHeader::IN_TARGET);
    return RunSequence(state);
  }

  absl::Status RunSequence(const EngineState& state) {
    TargetEffects effects(
        system_, [this](const std::string& id) { return content_->OpenPackage(id); }, BootFiles(),
        [this](std::string_view line) { options_.log->Say(LogLevel::kDebug, line); });
    TSM_ASSIGN_OR_RETURN(const std::unique_ptr<SequenceRun> run,
                         SequenceRun::Resume({.content = content_.get(),
                                              .effects = &effects,
                                              .run = {.media = content_->manifest().media_kind(),
                                                      .launch_mode = ValueOf(state, kLaunchMode),
                                                      .log_path = std::string(kTargetLogDirectory),
                                                      .data_path = std::string(kStagingDirectory)},
                                              .dialog = &dialog_,
                                              .log = options_.log,
                                              .last_records = options_.last_records,
                                              .console_log = options_.console_log,
                                              .journal = journal_.get(),
                                              .give_up = "end the task sequence",
                                              .save_log = [this] { SaveLog(system_, options_.log_file, false); }},
                                             state));
    // The power failed between the decision to restart and the restart.
    const bool leaves = state.environment() == StepRule::BOOT;
    return Finish(*run, leaves ? RunEnd::kRestart : run->Run());
  }

  absl::Status Finish(SequenceRun& run, RunEnd end) {
    const bool to_boot_image = run.State().environment() == StepRule::BOOT;
    if (end == RunEnd::kRestart && to_boot_image) {
      end = LeaveForBootImage(run);
    }
    switch (end) {
      case RunEnd::kFinished:
        TSM_RETURN_IF_ERROR(EndRun());
        dialog_.Say(kFinishedText);
        return absl::OkStatus();
      case RunEnd::kRestart:
        run.ShowRestartMessage();
        return Restart(to_boot_image);
      case RunEnd::kRestartNow:
        return Restart(/*to_boot_image=*/false);
      case RunEnd::kGivenUp:
        break;
    }
    TSM_RETURN_IF_ERROR(EndRun());
    return absl::InternalError(run.failure());
  }

  // What was staged stays until the end: the sequence may come back.
  RunEnd LeaveForBootImage(SequenceRun& run) {
    return run.Attempt([&] {
      journal_->Enter(JournalHeader::IN_BOOT_IMAGE);
      return journal_->Write(run.State());
    });
  }

  absl::Status Restart(bool to_boot_image) {
    SaveLog(system_, options_.log_file, false);
    return options_.restart(to_boot_image ? "" : journal_found_->disk, content_->manifest().label());
  }

  absl::Status EndRun() {
    SaveLog(system_, options_.log_file, false);
    TSM_RETURN_IF_ERROR(journal_->Finish());
    return RemoveStaged();
  }

  // What is said to be finished stays so.
  absl::Status RemoveStaged() {
    TSM_RETURN_IF_ERROR(Unstage(options_.root));
    system_.Sync();
    return absl::OkStatus();
  }

  const ContinuationOptions& options_;
  BootSystem& system_;
  Dialog dialog_;
  AcceptedMedium accepted_;
  std::shared_ptr<const Medium> medium_;
  std::unique_ptr<SingleVolume> volumes_;
  std::optional<FoundJournal> journal_found_;
  std::optional<FoundJournal> finished_;  // of a run that is at its end
  std::optional<MediaIdentity> identity_;
  std::unique_ptr<MediumContent> content_;
  std::unique_ptr<RunJournal> journal_;
};

}  // namespace

absl::Status Continue(const ContinuationOptions& options) { return Continuation(options).Run(); }

}  // namespace tsmedia
