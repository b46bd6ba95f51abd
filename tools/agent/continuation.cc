#include "tools/agent/continuation.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"
#include "tools/engine/engine.h"
#include "tools/engine/result_code.h"
#include "tools/engine/trace.h"
#include "tools/sequence/references.h"

namespace tsmedia {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxRunSize = 64 * kMiB;
constexpr std::string_view kUnit = "/etc/systemd/system/tsmedia-continue.service";
constexpr std::string_view kWantedBy = "/etc/systemd/system/multi-user.target.wants/tsmedia-continue.service";

constexpr std::string_view kUnitText =
    R"(# Written by rules_tsmedia; it removes this file when the task sequence is at its end.
[Unit]
Description=Task sequence of the deployment medium
After=local-fs.target network.target systemd-user-sessions.service
ConditionPathExists=/var/lib/tsmedia/run.binpb

[Service]
Type=oneshot
ExecStart=/var/lib/tsmedia/agent --continue
StandardOutput=journal+console
TimeoutStartSec=infinity
KillMode=process
)";

std::string RunPath(std::string_view root) { return absl::StrCat(root, kContinuationDirectory, "/run.binpb"); }

std::string PackPath(std::string_view root, std::string_view id) {
  return absl::StrCat(root, kContinuationDirectory, "/packs/", id);
}

void AddReferences(const google::protobuf::RepeatedPtrField<Step>& steps, std::set<std::string>* packages) {
  for (const Step& step : steps) {
    AddReferences(step.group().steps(), packages);
    if (step.has_run_command_line() || step.has_install_package() || step.has_install_application()) {
      for (std::string& id : MessagePackageReferences(step)) {
        packages->insert(std::move(id));
      }
    }
  }
}

// Copies a pack, whose source verifies it.
absl::Status CopyPack(const ByteSource& pack, const std::string& path) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<AtomicFile> file, AtomicFile::Create(path, 0600));
  TSM_RETURN_IF_ERROR(file->AppendFrom(pack, 0, pack.size()));
  return file->Commit();
}

// A pack on the disk. Each block is compared with its digest in the run before a byte of it is used.
class StagedPack : public ByteSource {
 public:
  StagedPack(std::unique_ptr<FileSource> file, const PackInfo& info) : file_(std::move(file)), info_(info) {}
  uint64_t size() const override { return file_->size(); }
  const std::string& name() const override { return file_->name(); }

 private:
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override {
    while (!out.empty()) {
      const uint64_t block = offset / kBlockSize;
      const uint64_t begin = block * kBlockSize;
      TSM_ASSIGN_OR_RETURN(const std::string bytes,
                           file_->ReadString(begin, std::min(kBlockSize, file_->size() - begin)));
      if (block >= info_.block_sha256().size() / sizeof(Sha256Digest) ||
          Sha256(bytes) != BlockDigest(info_, static_cast<size_t>(block))) {
        return absl::DataLossError(absl::StrCat(file_->name(), ": block ", block, " is damaged"));
      }
      const size_t size = std::min<size_t>(out.size(), bytes.size() - (offset - begin));
      std::copy_n(AsBytes(bytes).begin() + static_cast<ptrdiff_t>(offset - begin), size, out.begin());
      out.remove_prefix(size);
      offset += size;
    }
    return absl::OkStatus();
  }

  const std::unique_ptr<FileSource> file_;
  const PackInfo info_;
};

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

class Continuation : public EngineListener {
 public:
  explicit Continuation(const ContinuationOptions& options)
      : options_(options),
        text_([&options](std::string_view line) { options.say(absl::StripSuffix(line, "\n")); }),
        log_(*options.log) {}

  absl::Status Run() {
    TSM_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(RunPath(options_.root), kMaxRunSize));
    TSM_RETURN_IF_ERROR(ParseCanonical(bytes, kContinuedRunContext, &run_));
    for (const ContinuedApplication& application : run_.applications()) {
      applications_[application.package_id()] = {
          .name = application.name(),
          .install_command = application.install_command(),
          .dependencies = {application.dependencies().begin(), application.dependencies().end()}};
    }
    TargetEffects effects(
        *options_.system, [this](const std::string& id) { return OpenPack(id); }, BootFiles(),
        [this](std::string_view line) { options_.log->Say(LogLevel::kDebug, line); });
    TSM_ASSIGN_OR_RETURN(engine_, Engine::Resume({.sequence = &run_.sequence(),
                                                  .applications = &applications_,
                                                  .run = {.media = run_.media_kind(),
                                                          .launch_mode = run_.launch_mode(),
                                                          .log_path = "/var/log/tsmedia",
                                                          .data_path = std::string(kContinuationDirectory)},
                                                  .effects = &effects,
                                                  .listener = this},
                                                 run_.state()));
    const Outcome outcome = engine_->Run();
    TSM_RETURN_IF_ERROR(journal_);
    switch (outcome.kind) {
      case Outcome::Kind::kFinished:
        options_.say("The task sequence is finished.");
        return Remove();
      case Outcome::Kind::kRestart:
        if (outcome.restart.to == StepRule::TARGET) {
          TSM_RETURN_IF_ERROR(WriteRun());
          return options_.restart();
        }
        return GiveUp("the sequence wants to go back to the boot image, which this agent cannot do");
      case Outcome::Kind::kFailed:
        return GiveUp(absl::StrCat("step ", outcome.step.position, " ", outcome.step.name, " failed with ",
                                   ResultCodeText(outcome.result.code), ": ", outcome.result.message));
    }
    return absl::OkStatus();
  }

  // The run is on the disk before a step begins and after it has ended: a machine that loses its power goes on there.
  void OnEvent(const Event& event) override {
    text_.OnEvent(event);
    log_.OnEvent(event);
    if (event.kind == Event::Kind::kStepStarted || event.kind == Event::Kind::kStepFinished) {
      journal_.Update(WriteRun());
    }
  }
  void OnProgress(const StepInfo&, uint64_t, uint64_t) override {}

 private:
  absl::Status WriteRun() {
    *run_.mutable_state() = engine_->State();
    return WriteFileAtomically(RunPath(options_.root), SerializeCanonical(run_), 0600);
  }

  absl::StatusOr<StoredPackage> OpenPack(const std::string& id) {
    for (const PackInfo& info : run_.packages()) {
      if (info.package_id() == id) {
        TSM_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> file, FileSource::Open(PackPath(options_.root, id)));
        return StoredPackage{.info = info, .pack = std::make_unique<StagedPack>(std::move(file), info)};
      }
    }
    return absl::NotFoundError(absl::StrCat("package ", id, " was not copied from the medium"));
  }

  absl::Status GiveUp(const std::string& reason) {
    options_.say(absl::StrCat("The task sequence failed: ", reason, ". The log is in /var/log/tsmedia."));
    TSM_RETURN_IF_ERROR(Remove());
    return absl::InternalError(reason);
  }

  absl::Status Remove() {
    std::error_code error;
    for (std::string_view path : {kWantedBy, kUnit, kContinuationDirectory}) {
      fs::remove_all(absl::StrCat(options_.root, path), error);
      if (error) {
        return absl::InternalError(absl::StrCat("cannot remove ", path, ": ", error.message()));
      }
    }
    return absl::OkStatus();
  }

  const ContinuationOptions& options_;
  TextTrace text_;
  EventLog log_;
  ContinuedRun run_;
  Applications applications_;
  std::unique_ptr<Engine> engine_;
  absl::Status journal_;
};

}  // namespace

std::set<std::string> PackagesOfTarget(const TaskSequence& sequence, const Applications& applications) {
  std::set<std::string> packages;
  AddReferences(sequence.steps(), &packages);
  for (const TaskSequence& child : sequence.children()) {
    AddReferences(child.steps(), &packages);
  }
  std::vector<std::string> open(packages.begin(), packages.end());
  while (!open.empty()) {
    auto application = applications.find(open.back());
    open.pop_back();
    if (application == applications.end()) {
      continue;
    }
    for (const std::string& dependency : application->second.dependencies) {
      if (applications.contains(dependency) && packages.insert(dependency).second) {
        open.push_back(dependency);
      }
    }
  }
  return packages;
}

absl::Status PrepareContinuation(ContinuedRun run, const std::set<std::string>& packages, const PackageOpener& open,
                                 const std::string& agent, const TargetRoot& root) {
  // Made through the root first, so that no link of the image leads out of it.
  const std::string marker = absl::StrCat(kContinuationDirectory, "/packs/README");
  TSM_RETURN_IF_ERROR(root.Write(marker, "Packages for the rest of the task sequence.\n", 0600));
  if (!fs::is_directory(fs::symlink_status(absl::StrCat(root.directory(), kContinuationDirectory, "/packs")))) {
    return absl::FailedPreconditionError("the operating system's /var/lib leads elsewhere");
  }
  for (const std::string& id : packages) {
    TSM_ASSIGN_OR_RETURN(const StoredPackage package, open(id));
    TSM_RETURN_IF_ERROR(CopyPack(*package.pack, PackPath(root.directory(), id)));
    *run.add_packages() = package.info;
  }
  run.set_context(std::string(kContinuedRunContext));
  TSM_ASSIGN_OR_RETURN(const std::string program, ReadWholeFile(agent, kMaxRunSize));
  TSM_RETURN_IF_ERROR(root.Write(absl::StrCat(kContinuationDirectory, "/agent"), program, 0700));
  TSM_RETURN_IF_ERROR(root.Write(RunPath(""), SerializeCanonical(run), 0600));
  TSM_RETURN_IF_ERROR(root.Write(kUnit, kUnitText));
  return root.Link(kWantedBy, std::string(kUnit));
}

absl::Status Continue(const ContinuationOptions& options) { return Continuation(options).Run(); }

}  // namespace tsmedia
