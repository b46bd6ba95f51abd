#include "tools/agent/staging.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/repeated_field.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/package_source.h"
#include "tools/medium/protected_content.h"
#include "tools/plan/manifest.h"
#include "tools/plan/medium_paths.h"
#include "tools/sequence/references.h"

namespace tsmedia {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxProgramSize = 64 * kMiB;
constexpr uint64_t kMaxSignatureSize = 64 * kKiB;
constexpr std::string_view kUnit = "/etc/systemd/system/tsmedia-continue.service";
constexpr std::string_view kWantedBy = "/etc/systemd/system/multi-user.target.wants/tsmedia-continue.service";

// Before the login prompts: the agent has the consoles for itself. It has no terminal of its own, or systemd would
// reset what the agent sets.
constexpr std::string_view kUnitText =
    R"(# Written by rules_tsmedia; it removes this file when the task sequence is at its end.
[Unit]
Description=Task sequence of the deployment medium
After=local-fs.target network.target systemd-user-sessions.service
Wants=getty-pre.target
Before=getty-pre.target getty.target display-manager.service
ConditionPathExists=/var/lib/tsmedia/agent

[Service]
Type=oneshot
ExecStart=/var/lib/tsmedia/agent --continue
TimeoutStartSec=infinity
KillMode=process
)";

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

std::string InMedium(std::string_view path) { return absl::StrCat(kStagedMedium, "/", path); }

absl::StatusOr<std::string> ReadFile(const Medium& medium, std::string_view path, uint64_t max_size) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> file, medium.OpenFile(path));
  if (file->size() > max_size) {
    return absl::DataLossError(absl::StrCat("file /", path, " is too large"));
  }
  return file->ReadString(0, file->size());
}

// The manifest that was accepted, and its signature; the agent that goes on accepts them once more. They and a
// volume.binpb are on every volume.
absl::Status StageManifest(const MediumContent& content, const TargetRoot& root) {
  const std::vector<uint32_t> at_hand = content.volumes().AtHand();
  TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> medium,
                       content.volumes().Open(at_hand.empty() ? 1 : at_hand.front()));
  TSM_ASSIGN_OR_RETURN(const std::string manifest, ReadFile(*medium, kManifestPath, kMaxManifestSize));
  if (Sha256(manifest) != content.accepted().manifest.digest) {
    return absl::DataLossError("the medium is another one than at the start");
  }
  TSM_ASSIGN_OR_RETURN(const std::string signature, ReadFile(*medium, kSignaturePath, kMaxSignatureSize));
  TSM_ASSIGN_OR_RETURN(const std::string volume, ReadVolumeFile(*medium, content.manifest()));
  TSM_RETURN_IF_ERROR(root.Write(InMedium(kSignaturePath), signature, 0600));
  TSM_RETURN_IF_ERROR(root.Write(InMedium(kVolumePath), volume, 0600));
  return root.Write(InMedium(kManifestPath), manifest, 0600);
}

absl::Status StageListedFiles(const MediumContent& content, const TargetRoot& root) {
  std::vector<std::string> paths;
  const bool is_protected = IsProtected(content.manifest());
  for (std::string_view path : {kInventoryPath, kSequencePath}) {
    paths.push_back(absl::StrCat(path, is_protected ? kSealedEnding : ""));
  }
  if (is_protected) {
    paths.emplace_back(kIdentityPath);
  }
  for (const std::string& path : paths) {
    TSM_ASSIGN_OR_RETURN(const std::string bytes, content.ReadFile(path));
    TSM_RETURN_IF_ERROR(root.Write(InMedium(path), bytes, 0600));
  }
  return absl::OkStatus();
}

// Copies a segment of a package as it is stored; its source verifies each block.
absl::Status StageSegment(const MediumContent& content, const MediumContent::PackageSegment& one,
                          const std::string& directory) {
  const PackageSource source(content.volumes(), *one.package);
  const std::string path = absl::StrCat(directory, "/", one.segment->path());
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);  // if it can't be made, Create says so
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<AtomicFile> file, AtomicFile::Create(path, 0600));
  TSM_RETURN_IF_ERROR(file->AppendFrom(source, one.offset, one.size));
  return file->Commit();
}

absl::Status StageProgram(const std::string& file, std::string_view path, int mode, const TargetRoot& root) {
  TSM_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(file, kMaxProgramSize));
  return root.Write(path, bytes, mode);
}

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

absl::Status Stage(const MediumContent& content, const StagedPrograms& programs, const TargetRoot& root) {
  // Made through the root first, so that no link of the image leads out of it.
  TSM_RETURN_IF_ERROR(StageManifest(content, root));
  const std::string medium = absl::StrCat(root.directory(), kStagedMedium);
  if (!fs::is_directory(fs::symlink_status(medium))) {
    return absl::FailedPreconditionError("the operating system's /var/lib leads elsewhere");
  }
  TSM_RETURN_IF_ERROR(StageListedFiles(content, root));
  const std::set<std::string> packages = PackagesOfTarget(content.sequence(), content.applications());
  const auto is_wanted = [&packages](const PackageEntry& package) { return packages.contains(package.package_id()); };
  for (const MediumContent::PackageSegment& segment : content.SegmentsInOrder(is_wanted)) {
    TSM_RETURN_IF_ERROR(StageSegment(content, segment, medium));
  }
  TSM_RETURN_IF_ERROR(StageProgram(programs.anchors, kStagedAnchors, 0600, root));
  TSM_RETURN_IF_ERROR(StageProgram(programs.agent, absl::StrCat(kStagingDirectory, "/agent"), 0700, root));
  TSM_RETURN_IF_ERROR(root.Write(kUnit, kUnitText));
  return root.Link(kWantedBy, std::string(kUnit));
}

absl::Status Unstage(const std::string& root) {
  std::error_code error;
  for (std::string_view path : {kWantedBy, kUnit, kStagingDirectory}) {
    fs::remove_all(absl::StrCat(root, path), error);
    if (error) {
      return absl::InternalError(absl::StrCat("cannot remove ", path, ": ", error.message()));
    }
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
