#include "tools/agent/deployment.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "openssl/mem.h"
#include "tools/agent/continuation.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/progress.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age_scrypt.h"
#include "tools/crypto/age_x25519.h"
#include "tools/engine/command_line.h"
#include "tools/engine/disks.h"
#include "tools/engine/engine.h"
#include "tools/engine/result_code.h"
#include "tools/engine/run_inputs.h"
#include "tools/engine/trace.h"
#include "tools/medium/protected_content.h"
#include "tools/plan/medium_paths.h"
#include "tools/sequence/canonical.h"
#include "tools/sequence/limits.h"

namespace tsmedia {
namespace {

constexpr std::string_view kEfiDirectory = "EFI/BOOT/";
constexpr uint64_t kMaxLogSize = 64 * kMiB;
constexpr absl::Duration kPollTime = absl::Milliseconds(100);
// After the first wrong password, and at most.
constexpr absl::Duration kFirstDelay = absl::Seconds(1);
constexpr absl::Duration kLongestDelay = absl::Seconds(30);
constexpr absl::Duration kProgressPause = absl::Seconds(5);
constexpr int kErrorSeconds = 900;  // default of SMSTSErrorDialogTimeout
constexpr char kTargetLog[] = "/var/log/tsmedia/log.jsonl";

// Shows a run on the console, and writes it to the log.
class RunListener : public EngineListener {
 public:
  RunListener(Console& console, Log& log, BootSystem& system)
      : system_(system),
        console_(console),
        text_([&console](std::string_view line) { console.Say(absl::StripSuffix(line, "\n")); }),
        log_(log) {}

  void OnEvent(const Event& event) override {
    text_.OnEvent(event);
    log_.OnEvent(event);
    if (event.kind == Event::Kind::kStepStarted) {
      step_began_ = last_shown_ = system_.Uptime();
    }
  }

  void OnProgress(const StepInfo& step, uint64_t done, uint64_t total) override {
    const absl::Duration now = system_.Uptime();
    if (now - last_shown_ < kProgressPause || done == 0 || total < kMiB) {
      return;
    }
    last_shown_ = now;
    const absl::Duration left = (now - step_began_) * (static_cast<double>(total - done) / static_cast<double>(done));
    console_.Say(absl::StrCat(std::string(10, ' '), step.name, ": ", done * 100 / total, "%, ", FormatBytes(done),
                              " of ", FormatBytes(total), ", ", absl::ToInt64Seconds(left), " s left"));
  }

 private:
  BootSystem& system_;
  Console& console_;
  TextTrace text_;
  EventLog log_;
  absl::Duration step_began_;
  absl::Duration last_shown_;
};

class Deployment {
 public:
  explicit Deployment(const DeploymentOptions& options)
      : options_(options), manifest_(options.accepted->manifest.manifest) {}

  absl::StatusOr<Ending> Run() {
    if (absl::Status ready = Prepare(); !ready.ok()) {
      Say(absl::StrCat("This deployment cannot begin: ", ready.message(), "."));
      return ready;
    }
    if (std::optional<Ending> ending = AskToBegin(); ending.has_value()) {
      return *ending;
    }
    if (absl::Status prestart = RunPrestart(); !prestart.ok()) {
      Say(absl::StrCat("The prestart command failed: ", prestart.message(), ". Nothing has been changed."));
      return prestart;
    }
    return RunSequence();
  }

 private:
  void Say(std::string_view line) { options_.console->Say(line); }

  // ---- Before anything is changed -----------------------------------------------------------------------------------

  absl::Status Prepare() {
    if (FixedDisks(options_.system->Facts()).empty()) {
      return absl::NotFoundError("the machine has no fixed disk that can be written to");
    }
    TSM_RETURN_IF_ERROR(AskForPassword());
    TSM_ASSIGN_OR_RETURN(const std::string sequence, ReadObject(*options_.medium, manifest_, key(), kSequencePath));
    TSM_ASSIGN_OR_RETURN(sequence_, ReadSequence(sequence));
    TSM_ASSIGN_OR_RETURN(const MediaVariables variables, ReadVariables(*options_.medium, manifest_, key()));
    TSM_ASSIGN_OR_RETURN(variables_, VariablesOf(variables));
    TSM_ASSIGN_OR_RETURN(inventory_, ReadInventory(*options_.medium, manifest_, key()));
    applications_ = ApplicationsOf(inventory_);
    if (ReturnsToBootImage(sequence_)) {
      return absl::UnimplementedError("its task sequence restarts into the boot image, which this agent cannot do");
    }
    if (IsProtected(manifest_) && ContinuesAfterRestart(sequence_)) {
      return absl::UnimplementedError(
          "its task sequence goes on after a restart, which this agent cannot do with a protected medium");
    }
    TSM_ASSIGN_OR_RETURN(BootFiles boot_files, ReadBootFiles());
    effects_ = std::make_unique<BootEffects>(
        *options_.system, [this](const std::string& id) { return OpenPackage(id); }, std::move(boot_files),
        [this](std::string_view line) { options_.log->Say(LogLevel::kDebug, line); });
    return absl::OkStatus();
  }

  const MediaIdentity* key() const { return identity_.has_value() ? &*identity_ : nullptr; }

  // Asks until the password is right, after each wrong one a little later. An unattended medium asks as well: without
  // the password nothing on it can be read.
  absl::Status AskForPassword() {
    absl::Duration delay = kFirstDelay;
    while (IsProtected(manifest_) && !identity_.has_value()) {
      Say("Password of the medium:");
      options_.console->ShowTyping(false);
      std::string password = *WaitForLine(absl::InfiniteDuration());
      options_.console->ShowTyping(true);
      Say("Checking the password ...");
      absl::StatusOr<MediaIdentity> identity = UnlockMedium(*options_.medium, manifest_, password, kMaxWorkFactor);
      OPENSSL_cleanse(password.data(), password.size());
      if (identity.ok()) {
        identity_ = *std::move(identity);
      } else if (absl::IsPermissionDenied(identity.status())) {
        Say(absl::StrCat("Not accepted: ", identity.status().message(), "."));
        options_.system->Sleep(delay);
        delay = std::min(delay * 2, kLongestDelay);
      } else {
        return identity.status();
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<BootFiles> ReadBootFiles() {
    BootFiles files = {.grub = options_.grub, .efi_files = {}};
    for (const FileEntry& file : manifest_.files()) {
      if (absl::StartsWith(file.path(), kEfiDirectory)) {
        TSM_ASSIGN_OR_RETURN(files.efi_files["/" + file.path()],
                             ReadListedFile(*options_.medium, manifest_, file.path()));
      }
    }
    return files;
  }

  absl::StatusOr<StoredPackage> OpenPackage(const std::string& id) {
    auto info = std::find_if(inventory_.packages().begin(), inventory_.packages().end(),
                             [&id](const InventoryPackage& package) { return package.pack().package_id() == id; });
    auto entry = std::find_if(manifest_.packages().begin(), manifest_.packages().end(),
                              [&id](const PackageEntry& package) { return package.package_id() == id; });
    if (info == inventory_.packages().end() || entry == manifest_.packages().end()) {
      return absl::NotFoundError(absl::StrCat("the medium has no package ", id));
    }
    StoredPackage package = {.info = info->pack(), .pack = nullptr};
    TSM_ASSIGN_OR_RETURN(
        package.pack, PackSource::Open(*options_.medium, manifest_, *entry, options_.accepted->volume.number(), key()));
    return package;
  }

  // Waits for a line; nothing after `time`.
  std::optional<std::string> WaitForLine(absl::Duration time) {
    const absl::Duration end = options_.system->Uptime() + time;
    while (options_.system->Uptime() < end) {
      if (std::optional<std::string> line = options_.console->TakeLine(); line.has_value()) {
        return line;
      }
      options_.system->Sleep(kPollTime);
    }
    return std::nullopt;
  }

  // Waits for one of `keys`, the first letters of answers; "" is Enter alone. Returns nothing after `time`.
  std::optional<std::string> WaitForAnswer(const std::vector<std::string>& keys, absl::Duration time) {
    const absl::Duration end = options_.system->Uptime() + time;
    while (const std::optional<std::string> line = WaitForLine(end - options_.system->Uptime())) {
      const std::string key = absl::AsciiStrToLower(absl::StripAsciiWhitespace(*line).substr(0, 1));
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
        return key;
      }
    }
    return std::nullopt;
  }

  std::optional<Ending> AskToBegin() {
    Say(absl::StrCat("Task sequence: ", sequence_.name()));
    if (manifest_.unattended()) {
      return std::nullopt;
    }
    Say("Press Enter to begin. It may erase disks of this machine.");
    Say("  r Enter: restart without a change     p Enter: power off");
    const std::optional<std::string> answer = WaitForAnswer({"", "r", "p"}, absl::InfiniteDuration());
    return answer == "r"   ? std::optional(Ending::kRestart)
           : answer == "p" ? std::optional(Ending::kPowerOff)
                           : std::nullopt;
  }

  // A prestart command may set variables; if it fails the deployment does not begin.
  absl::Status RunPrestart() {
    auto package = std::find_if(inventory_.packages().begin(), inventory_.packages().end(),
                                [](const InventoryPackage& one) { return !one.prestart_command().empty(); });
    if (package == inventory_.packages().end()) {
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

  // The prestart command takes as long as it takes: it may talk to people.
  class NoLimit : public StepMonitor {
   public:
    absl::Status Progress(uint64_t, uint64_t) override { return absl::OkStatus(); }
    absl::Duration TimeLeft() override { return absl::InfiniteDuration(); }
  };

  // ---- The sequence -------------------------------------------------------------------------------------------------

  absl::StatusOr<Ending> RunSequence() {
    RunListener listener(*options_.console, *options_.log, *options_.system);
    const std::unique_ptr<Engine> engine = Engine::Start({.sequence = &sequence_,
                                                          .applications = &applications_,
                                                          .run = {.media = manifest_.media_kind(),
                                                                  .launch_mode = options_.launch_mode,
                                                                  .log_path = "/run/tsmedia",
                                                                  .data_path = "/run/tsmedia"},
                                                          .effects = effects_.get(),
                                                          .listener = &listener},
                                                         std::move(variables_));
    options_.log->MaskWith([&engine](std::string_view text) { return engine->variables().masker().Mask(text); });
    const absl::StatusOr<Ending> ending = RunToEnd(*engine);
    options_.log->MaskWith(nullptr);
    return ending;
  }

  absl::StatusOr<Ending> RunToEnd(Engine& engine) {
    while (true) {
      const Outcome outcome = engine.Run();
      switch (outcome.kind) {
        case Outcome::Kind::kFinished:
          Say("The task sequence is finished.");
          return Leave();
        case Outcome::Kind::kRestart:
          if (outcome.restart.to != StepRule::TARGET || !effects_->target_start().has_value()) {
            Say("The task sequence wants to go on in the boot image after a restart, which this agent cannot do.");
            return absl::UnimplementedError("the task sequence goes on after a restart");
          }
          if (!engine.AtEnd()) {
            TSM_RETURN_IF_ERROR(LeaveRun(engine));
          }
          ShowRestartMessage(outcome.restart);
          return Leave();
        case Outcome::Kind::kFailed:
          if (!AskAfterFailure(engine, outcome)) {
            return absl::InternalError(outcome.result.message);
          }
          break;
      }
    }
  }

  // Leaves the rest of the sequence, and what it needs, in the operating system that was applied.
  absl::Status LeaveRun(const Engine& engine) {
    ContinuedRun run;
    *run.mutable_sequence() = sequence_;
    *run.mutable_state() = engine.State();
    run.set_media_kind(manifest_.media_kind());
    run.set_launch_mode(options_.launch_mode);
    for (const auto& [id, application] : applications_) {
      ContinuedApplication* saved = run.add_applications();
      saved->set_package_id(id);
      saved->set_name(application.name);
      saved->set_install_command(application.install_command);
      saved->mutable_dependencies()->Assign(application.dependencies.begin(), application.dependencies.end());
    }
    Say("Copying what the rest of the task sequence needs ...");
    TSM_ASSIGN_OR_RETURN(const std::unique_ptr<TargetRoot> root, TargetRoot::Open(options_.system->Path(kTargetRoot)));
    const absl::Status left = PrepareContinuation(
        std::move(run), PackagesOfTarget(sequence_, applications_),
        [this](const std::string& id) { return OpenPackage(id); }, options_.agent, *root);
    if (!left.ok()) {
      Say(absl::StrCat("The task sequence cannot go on after the restart: ", left.message(), "."));
    }
    return left;
  }

  void ShowRestartMessage(const RestartRequest& restart) {
    if (restart.message.empty()) {
      return;
    }
    Say(restart.message);
    Say(absl::StrCat("Press Enter, or wait ", absl::ToInt64Seconds(restart.message_time), " s."));
    WaitForAnswer({""}, restart.message_time);
  }

  // The error page. Returns whether the step is to be run again.
  bool AskAfterFailure(const Engine& engine, const Outcome& outcome) {
    int seconds = kErrorSeconds;
    if (!absl::SimpleAtoi(engine.variables().Get("SMSTSErrorDialogTimeout"), &seconds)) {
      seconds = kErrorSeconds;
    }
    Say("");
    Say("---- Task sequence error ----");
    Say(absl::StrCat("Step:    ", outcome.step.position, " ", outcome.step.name, " (", outcome.step.type, ")"));
    Say(absl::StrCat("Code:    ", ResultCodeText(outcome.result.code)));
    if (!outcome.step.packages.empty()) {
      Say(absl::StrCat("Package: ", absl::StrJoin(outcome.step.packages, ", ")));
    }
    Say(absl::StrCat("Reason:  ", outcome.result.message));
    Say("Last records of the log:");
    for (const LogRecord& record : options_.last_records->records()) {
      Say(absl::StrCat("  ", record.step, record.step.empty() ? "" : " ", record.message));
    }
    Say("  t Enter: try the step again     p Enter: power off");
    Say(absl::StrCat("The machine is powered off in ", seconds, " s."));
    return WaitForAnswer({"t", "p"}, absl::Seconds(seconds)) == "t";
  }

  // Leaves the log on the target disk, and makes its operating system start next.
  absl::StatusOr<Ending> Leave() {
    if (!effects_->target_start().has_value()) {
      return Ending::kPowerOff;
    }
    const BootEffects::TargetStart start = *effects_->target_start();
    absl::Status loaded;
    {
      TSM_ASSIGN_OR_RETURN(const std::unique_ptr<TargetRoot> root,
                           TargetRoot::Open(options_.system->Path(kTargetRoot)));
      const absl::StatusOr<std::string> log = ReadWholeFile(options_.log_file, kMaxLogSize);
      if (log.ok()) {
        TSM_RETURN_IF_ERROR(root->Write(kTargetLog, *log, 0600));
      }
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
  const Manifest& manifest_;
  std::optional<MediaIdentity> identity_;
  TaskSequence sequence_;
  VariableStore variables_;
  Inventory inventory_;
  Applications applications_;
  std::unique_ptr<BootEffects> effects_;
};

// Walks through enabled steps in the order in which they run.
class RestartFinder {
 public:
  explicit RestartFinder(const TaskSequence& sequence) : sequence_(sequence) {}

  void Find(const google::protobuf::RepeatedPtrField<Step>& steps, int depth) {
    for (const Step& step : steps) {
      if (step.disabled()) {
        continue;
      }
      if (step.has_group()) {
        Find(step.group().steps(), depth);
        continue;
      }
      if (step.has_run_task_sequence() && depth < kMaxChildDepth) {
        for (const TaskSequence& child : sequence_.children()) {
          if (child.name() == step.run_task_sequence().task_sequence()) {
            Find(child.steps(), depth + 1);
          }
        }
        continue;
      }
      continues_ = continues_ || restarted_;
      restarted_ = restarted_ || step.has_restart_computer();
      returns_ = returns_ || step.restart_computer().to() == RestartComputer::BOOT_IMAGE;
    }
  }

  bool continues() const { return continues_; }
  bool returns() const { return returns_; }

 private:
  const TaskSequence& sequence_;
  bool restarted_ = false;
  bool continues_ = false;
  bool returns_ = false;
};

RestartFinder FindRestarts(const TaskSequence& sequence) {
  RestartFinder finder(sequence);
  finder.Find(sequence.steps(), 0);
  return finder;
}

}  // namespace

bool ContinuesAfterRestart(const TaskSequence& sequence) { return FindRestarts(sequence).continues(); }

bool ReturnsToBootImage(const TaskSequence& sequence) { return FindRestarts(sequence).returns(); }

absl::StatusOr<Ending> Deploy(const DeploymentOptions& options) { return Deployment(options).Run(); }

}  // namespace tsmedia
