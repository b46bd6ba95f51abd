#include "tools/agent/deployment.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "tools/agent/dialog.h"
#include "tools/agent/medium_content.h"
#include "tools/agent/restart.h"
#include "tools/agent/run_journal.h"
#include "tools/agent/save_log.h"
#include "tools/agent/sequence_run.h"
#include "tools/agent/settings.h"
#include "tools/base/bytes.h"
#include "tools/base/progress.h"
#include "tools/base/status_macros.h"
#include "tools/engine/command_line.h"
#include "tools/engine/disks.h"
#include "tools/engine/effects.h"
#include "tools/medium/medium.h"
#include "tools/medium/protected_content.h"

namespace tsmedia {
namespace {

constexpr std::string_view kEfiDirectory = "EFI/BOOT/";
constexpr absl::Duration kChoiceTime = absl::Seconds(10);
constexpr absl::Duration kProgressPause = absl::Seconds(5);

// The prestart command takes as long as it takes: it may talk to people.
class NoLimit : public StepMonitor {
 public:
  absl::Status Progress(uint64_t, uint64_t) override { return absl::OkStatus(); }
  absl::Duration TimeLeft() override { return absl::InfiniteDuration(); }
};

// Time that passes while somebody looks for a disc is nobody's fault.
class MediumEffects : public BootEffects {
 public:
  MediumEffects(BootSystem& system, PackageOpener packages, BootFiles boot_files,
                std::function<void(std::string_view)> say, std::function<absl::Duration()> waited)
      : BootEffects(system, std::move(packages), std::move(boot_files), std::move(say)), waited_(std::move(waited)) {}

  absl::Duration Uptime() override {
    return BootEffects::Uptime() - (waited_ == nullptr ? absl::ZeroDuration() : waited_());
  }

 private:
  const std::function<absl::Duration()> waited_;
};

class Deployment {
 public:
  explicit Deployment(const DeploymentOptions& options)
      : options_(options),
        system_(*options.system),
        manifest_(options.accepted->manifest.manifest),
        dialog_(
            *options.console, [this] { return system_.Uptime(); },
            [this](absl::Duration duration) { system_.Sleep(duration); }) {}

  absl::StatusOr<Ending> Run() {
    if (FixedDisks(system_.Facts()).empty()) {
      return CannotBegin(absl::NotFoundError("the machine has no fixed disk that can be written to"));
    }
    if (absl::Status found = FindJournal(); !found.ok()) {
      return CannotBegin(found);
    }
    if (absl::Status made = MakeEffects(); !made.ok()) {
      return CannotBegin(made);
    }
    if (IsDeployed() && !WantsNewDeployment()) {
      return StartOwnSystem();
    }
    if (absl::Status ready = Prepare(); !ready.ok()) {
      return CannotBegin(ready);
    }
    if (found_.has_value() && found_->header.phase() == JournalHeader::IN_BOOT_IMAGE) {
      const absl::StatusOr<EngineState> state = ReadRun(system_, *found_, key());
      if (state.ok()) {
        return AskToGoOn(*state);
      }
      Say(absl::StrCat("The deployment that was begun on this machine cannot go on: ", state.status().message(), "."));
    }
    return BeginAnew();
  }

 private:
  void Say(std::string_view line) { dialog_.Say(line); }

  absl::Status CannotBegin(const absl::Status& status) {
    Say(absl::StrCat("This deployment cannot begin: ", status.message(), "."));
    return status;
  }

  const MediaIdentity* key() const { return identity_.has_value() ? &*identity_ : nullptr; }

  // ---- What is there already ----------------------------------------------------------------------------------------

  absl::Status FindJournal() {
    std::vector<FoundJournal> journals = FindJournals(system_, options_.accepted->manifest.digest);
    if (journals.size() == 1) {
      found_ = std::move(journals[0]);
    }
    if (journals.size() > 1 && manifest_.unattended()) {
      return absl::FailedPreconditionError(
          absl::StrCat("several disks were deployed from this medium (",
                       absl::StrJoin(journals, ", ",
                                     [](std::string* out, const FoundJournal& one) { absl::StrAppend(out, one.disk); }),
                       "), and nobody is there to be asked which to start"));
    }
    return absl::OkStatus();
  }

  bool IsDeployed() const {
    return found_.has_value() && found_->header.phase() != JournalHeader::IN_BOOT_IMAGE && found_->header.has_system();
  }

  // A medium that stays in the drive must not deploy the machine over and over.
  bool WantsNewDeployment() {
    Say(found_->header.phase() == JournalHeader::FINISHED
            ? "This machine was deployed from this medium."
            : "The task sequence goes on in the operating system that it has deployed.");
    Say(absl::StrCat("Its own operating system is started in ", absl::ToInt64Seconds(kChoiceTime), " s."));
    Say("  Enter: start it now     n Enter: deploy the machine anew");
    return dialog_.WaitForAnswer({"", "n"}, kChoiceTime) == "n";
  }

  absl::StatusOr<Ending> StartOwnSystem() {
    if (absl::Status removed = RemoveRecords(system_, *found_); !removed.ok()) {
      options_.log->Say(LogLevel::kError, removed.message());
    }
    absl::Status adopted = AdoptSystem();
    if (!adopted.ok()) {
      Say(absl::StrCat("Its operating system cannot be started: ", adopted.message(), "."));
      return adopted;
    }
    return Leave();
  }

  absl::Status AdoptSystem() {
    const AppliedSystem& applied = found_->header.system();
    TSM_ASSIGN_OR_RETURN(const std::string device, DeviceOf(system_, applied));
    return effects_->AdoptTarget(device, applied.kernel_arguments());
  }

  // ---- Before anything is changed -----------------------------------------------------------------------------------

  absl::Status MakeEffects() {
    TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> medium, options_.volumes->Open(1));
    effects_ = std::make_unique<MediumEffects>(
        system_, [this](const std::string& id) { return content_->OpenPackage(id); }, ReadBootFiles(*medium),
        [this](std::string_view line) { options_.log->Say(LogLevel::kDebug, line); }, options_.waited);
    return absl::OkStatus();
  }

  // Loaders that are damaged or missing are missed by the step that would install them.
  BootFiles ReadBootFiles(const Medium& medium) {
    BootFiles files = {.grub = options_.grub, .efi_files = {}};
    for (const FileEntry& file : manifest_.files()) {
      if (absl::StartsWith(file.path(), kEfiDirectory)) {
        absl::StatusOr<std::string> bytes = ReadListedFile(medium, manifest_, file.path());
        if (!bytes.ok()) {
          options_.log->Say(LogLevel::kError, bytes.status().message());
          return {.grub = options_.grub, .efi_files = {}};
        }
        files.efi_files["/" + file.path()] = *std::move(bytes);
      }
    }
    return files;
  }

  absl::Status Prepare() {
    TSM_RETURN_IF_ERROR(CheckMemory(system_.Facts(), manifest_));
    if (IsProtected(manifest_)) {
      TSM_RETURN_IF_ERROR(Unlock());
    }
    TSM_ASSIGN_OR_RETURN(content_, MediumContent::Read(*options_.volumes, *options_.accepted, key()));
    TSM_ASSIGN_OR_RETURN(variables_, content_->Variables());
    TSM_RETURN_IF_ERROR(content_->CheckPackages());
    journal_ = std::make_unique<RunJournal>(system_, options_.accepted->manifest, key(), [this] {
      return effects_->target_start().has_value() ? AppliedNow() : std::nullopt;
    });
    return absl::OkStatus();
  }

  absl::Status Unlock() {
    if (found_.has_value()) {
      identity_ = KeptIdentity(found_->header, manifest_);
    }
    if (!identity_.has_value()) {
      TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> medium, options_.volumes->Open(1));
      TSM_ASSIGN_OR_RETURN(identity_, dialog_.AskForPassword(*medium, manifest_, options_.keyboard));
    }
    return absl::OkStatus();
  }

  std::optional<AppliedSystem> AppliedNow() {
    const BootEffects::TargetStart& start = *effects_->target_start();
    absl::StatusOr<AppliedSystem> applied = SystemOn(system_, start.device, start.kernel_arguments);
    return applied.ok() ? std::optional(*std::move(applied)) : std::nullopt;
  }

  // Returns what happens instead if nobody wants to begin.
  std::optional<Ending> AskToBegin() {
    Say(absl::StrCat("Task sequence: ", content_->sequence().name()));
    if (manifest_.unattended()) {
      return std::nullopt;
    }
    Say("Press Enter to begin. It may erase disks of this machine.");
    Say("  r Enter: restart without a change     p Enter: power off");
    return EndingFor(dialog_.WaitForAnswer({"", "r", "p"}, absl::InfiniteDuration()));
  }

  static std::optional<Ending> EndingFor(const std::optional<std::string>& answer) {
    return answer == "r"   ? std::optional(Ending::kRestart)
           : answer == "p" ? std::optional(Ending::kPowerOff)
                           : std::nullopt;
  }

  // A prestart command may set variables; if it fails the deployment does not begin.
  absl::Status RunPrestart() {
    const Inventory& inventory = content_->inventory();
    auto package = std::find_if(inventory.packages().begin(), inventory.packages().end(),
                                [](const InventoryPackage& one) { return !one.prestart_command().empty(); });
    if (package == inventory.packages().end()) {
      return absl::OkStatus();
    }
    CommandRequest request = {.package = package->pack().package_id()};
    TSM_ASSIGN_OR_RETURN(request.arguments, ExpandCommandLine(package->prestart_command(), variables_));
    for (const auto& [name, variable] : variables_.variables()) {
      if (!variable.hidden) {
        request.variables.push_back({name, variable.value});
      }
    }
    Say(absl::StrCat("Prestart command: ", ShowCommandLine(request.arguments)));
    NoLimit monitor;
    TSM_ASSIGN_OR_RETURN(const CommandResult result, effects_->RunCommand(request, monitor));
    if (result.exit_code != 0) {
      return absl::InternalError(absl::StrCat("exit code ", result.exit_code, "; its output: ", result.output_tail));
    }
    for (const auto& [name, value] : result.variables) {
      TSM_RETURN_IF_ERROR(variables_.Set(name, value));
    }
    return absl::OkStatus();
  }

  absl::Status VerifyFirst() {
    Say("Verifying the content of the medium ...");
    absl::Duration last_shown = system_.Uptime();
    return content_->VerifyPackages([&](uint64_t done, uint64_t total) {
      if (system_.Uptime() - last_shown >= kProgressPause) {
        last_shown = system_.Uptime();
        Say(absl::StrCat("          ", FormatBytes(done), " of ", FormatBytes(total)));
      }
    });
  }

  // ---- The sequence -------------------------------------------------------------------------------------------------

  RunSurroundings Surroundings() {
    return {.content = content_.get(),
            .effects = effects_.get(),
            .run = {.media = manifest_.media_kind(),
                    .launch_mode = options_.launch_mode,
                    .log_path = "/run/tsmedia",
                    .data_path = "/run/tsmedia"},
            .dialog = &dialog_,
            .log = options_.log,
            .last_records = options_.last_records,
            .console_log = options_.console_log,
            .journal = journal_.get(),
            .shell = options_.shell,
            .save_log = [this] { SaveLogs(); }};
  }

  absl::StatusOr<Ending> BeginAnew() {
    if (std::optional<Ending> ending = AskToBegin(); ending.has_value()) {
      return *ending;
    }
    if (absl::Status prestart = RunPrestart(); !prestart.ok()) {
      Say(absl::StrCat("The prestart command failed: ", prestart.message(), ". Nothing has been changed."));
      return prestart;
    }
    if (absl::Status verified = manifest_.verify_first() ? VerifyFirst() : absl::OkStatus(); !verified.ok()) {
      return CannotBegin(verified);
    }
    const std::unique_ptr<SequenceRun> run = SequenceRun::Start(Surroundings(), std::move(variables_));
    return Finish(*run, run->Run());
  }

  absl::StatusOr<Ending> AskToGoOn(const EngineState& state) {
    Say(absl::StrCat("Task sequence: ", content_->sequence().name()));
    Say(absl::StrCat("It was begun on this machine, and goes on in ", absl::ToInt64Seconds(kChoiceTime), " s."));
    Say("  Enter: go on now     n Enter: begin anew     r Enter: restart     p Enter: power off");
    const std::string answer = dialog_.WaitForAnswer({"", "n", "r", "p"}, kChoiceTime).value_or("");
    if (answer == "n") {
      return BeginAnew();
    }
    if (std::optional<Ending> ending = EndingFor(answer); ending.has_value()) {
      return *ending;
    }
    if (found_->header.has_system()) {
      if (absl::Status adopted = AdoptSystem(); !adopted.ok()) {
        return CannotBegin(adopted);
      }
    }
    absl::StatusOr<std::unique_ptr<SequenceRun>> run = SequenceRun::Resume(Surroundings(), state);
    if (!run.ok()) {
      return CannotBegin(run.status());
    }
    // The power failed between the decision to restart and the restart.
    const bool leaves = state.environment() == StepRule::TARGET;
    return Finish(**run, leaves ? RunEnd::kRestart : (*run)->Run());
  }

  absl::StatusOr<Ending> Finish(SequenceRun& run, RunEnd end) {
    const bool to_target = run.State().environment() == StepRule::TARGET;
    if (end == RunEnd::kRestart) {
      end = to_target ? LeaveForTarget(run) : LeaveForBootImage(run);
    }
    switch (end) {
      case RunEnd::kRestart:
        run.ShowRestartMessage();
        return to_target ? Leave() : LeaveThroughFirmware();
      case RunEnd::kFinished:
        TSM_RETURN_IF_ERROR(EndRun());
        Say(kFinishedText);
        return Leave();
      case RunEnd::kRestartNow:
        return LeaveThroughFirmware();
      case RunEnd::kGivenUp:
        break;
    }
    return absl::InternalError(run.failure());
  }

  // Nothing of the run stays but its log.
  absl::Status EndRun() {
    if (effects_->target_start().has_value()) {
      TSM_RETURN_IF_ERROR(Unstage(system_.Path(kTargetRoot)));
    }
    return journal_->Finish();
  }

  // Leaves the rest of the sequence, and what it needs, in the operating system that was applied.
  RunEnd LeaveForTarget(SequenceRun& run) {
    return run.Attempt([&]() -> absl::Status {
      if (!effects_->target_start().has_value()) {
        return absl::FailedPreconditionError("there is no operating system to restart into: none was applied");
      }
      if (run.at_end()) {
        return EndRun();
      }
      Say("Copying what the rest of the task sequence needs ...");
      {
        TSM_ASSIGN_OR_RETURN(const std::unique_ptr<TargetRoot> root, TargetRoot::Open(system_.Path(kTargetRoot)));
        TSM_RETURN_IF_ERROR(Stage(*content_, options_.programs, *root));
      }
      journal_->Enter(JournalHeader::IN_TARGET);
      return journal_->Write(run.State());
    });
  }

  RunEnd LeaveForBootImage(SequenceRun& run) {
    return run.Attempt([&]() -> absl::Status {
      return journal_->has_disk() ? absl::OkStatus()
                                  : absl::FailedPreconditionError(
                                        "the machine has to restart into the boot image, and there is no disk yet that "
                                        "the task sequence has formatted, on which it could note where to go on");
    });
  }

  // ---- Leaving ------------------------------------------------------------------------------------------------------

  void SaveLogs() { SaveLog(system_, options_.log_file, effects_->target_start().has_value()); }

  absl::StatusOr<Ending> LeaveThroughFirmware() {
    SaveLogs();
    TSM_RETURN_IF_ERROR(effects_->ReleaseTarget());
    return Ending::kRestart;
  }

  // Makes the operating system that was applied start next: UEFI is told so; on a BIOS machine its kernel is started
  // from here, as the BIOS would start the medium.
  absl::StatusOr<Ending> Leave() {
    SaveLogs();
    if (!effects_->target_start().has_value()) {
      return Ending::kPowerOff;
    }
    const BootEffects::TargetStart start = *effects_->target_start();
    if (absl::Status told = StartDiskNext(system_, DiskOf(start.device), manifest_.label()); told.ok()) {
      TSM_RETURN_IF_ERROR(effects_->ReleaseTarget());
      Say("The deployed operating system is started.");
      return Ending::kRestart;
    }
    absl::Status loaded;
    {
      TSM_ASSIGN_OR_RETURN(const std::unique_ptr<TargetRoot> root, TargetRoot::Open(system_.Path(kTargetRoot)));
      loaded = options_.load_kernel(*root, start.kernel, start.command_line);
    }
    TSM_RETURN_IF_ERROR(effects_->ReleaseTarget());
    if (!loaded.ok()) {
      Say(absl::StrCat("Warning: ", loaded.message(), "; remove the medium: the machine restarts."));
      return Ending::kRestart;
    }
    return Ending::kStartTarget;
  }

  const DeploymentOptions& options_;
  BootSystem& system_;
  const Manifest& manifest_;
  Dialog dialog_;
  std::optional<FoundJournal> found_;
  std::optional<MediaIdentity> identity_;
  std::unique_ptr<MediumContent> content_;
  VariableStore variables_;
  std::unique_ptr<MediumEffects> effects_;
  std::unique_ptr<RunJournal> journal_;
};

}  // namespace

absl::StatusOr<Ending> Deploy(const DeploymentOptions& options) { return Deployment(options).Run(); }

}  // namespace tsmedia
