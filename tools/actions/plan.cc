// TsmPlan: from a medium's definition and what is known of its inputs to the media plan.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"
#include "tools/crypto/key_file.h"
#include "tools/crypto/signify.h"
#include "tools/crypto/test_keys.h"
#include "tools/plan/boot.pb.h"
#include "tools/plan/definition.h"
#include "tools/plan/input_names.h"
#include "tools/plan/manifest.h"
#include "tools/plan/media.pb.h"
#include "tools/plan/named_inputs.h"
#include "tools/plan/plan.pb.h"
#include "tools/plan/planner.h"
#include "tools/plan/resolver.h"
#include "tools/sequence/canonical.h"
#include "tools/sequence/references.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {
namespace {

constexpr std::string_view kHelp = R"(usage: plan @ARGUMENTS

Writes the media plan: what every byte of every volume is.

  --target=LABEL           the medium, for messages
  --kind=KIND              standalone
  --format=FORMAT          iso
  --volume_size=SIZE       unlimited
  --label=TEXT             name of the medium
  --arch=ARCH              x86_64
  --not_before=TIME        2026-01-01T00:00:00Z; empty: no beginning
  --not_after=TIME         likewise; empty: no end
  --file_time=SECONDS      time of all files, since 1970 (default 315532800)
  --unattended=BOOL        no questions but the password
  --variable=NAME=VALUE    media variable (repeated)
  --sequence=FILE          binary task sequence
  --boot=FILE              boot information of the boot image
  --pack=FILE              pack information of a package (repeated)
  --input=NAME=FILE        file of a plan's input; only boot images are read (repeated)
  --dependency=FROM=TO     package FROM needs package TO (repeated)
  --reference=ID           package that the task sequence's target references (repeated)
  --content=ID             package that the medium lists itself (repeated)
  --install=ID=COMMAND     how an application is installed (repeated)
  --prestart=ID=COMMAND    runs before the task sequence
  --public_key=FILE        signify key that the medium will be signed with
  --build_root=TEXT        identity of the build root
  --out_plan=FILE          written when complete
)";

// Boot images are small: their size is a 16-bit number of 512-byte sectors.
constexpr uint64_t kMaxBootImageSize = 32 * kMiB;
constexpr uint64_t kMaxBootInfoSize = 16 * kMiB;
constexpr uint64_t kMaxSequenceFileSize = 16 * kMiB;

// Only the values that this version can make; the rules refuse the others before.
absl::Status CheckSupported(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::string format, args.Required("format"));
  TSM_ASSIGN_OR_RETURN(std::string volume_size, args.OptionalOr("volume_size", "unlimited"));
  if (format != "iso") {
    return absl::InvalidArgumentError(absl::StrCat("format: \"", format, "\" cannot be made; use \"iso\""));
  }
  if (volume_size != "unlimited") {
    return absl::InvalidArgumentError(
        absl::StrCat("volume_size: \"", volume_size, "\" cannot be made; use \"unlimited\""));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ParseFileTime(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::string text, args.OptionalOr("file_time", absl::StrCat(kDefaultFileTime)));
  int64_t seconds;
  if (!absl::SimpleAtoi(text, &seconds)) {
    return UsageError(absl::StrCat("--file_time=", text, " is no number of seconds"));
  }
  return seconds;
}

absl::StatusOr<MediaDefinition> ParseDefinition(Args& args) {
  MediaDefinition definition;
  TSM_ASSIGN_OR_RETURN(definition.target, args.Required("target"));
  TSM_ASSIGN_OR_RETURN(std::string kind, args.Required("kind"));
  TSM_ASSIGN_OR_RETURN(definition.kind, ParseMediaKind(kind));
  TSM_ASSIGN_OR_RETURN(definition.label, args.Required("label"));
  TSM_ASSIGN_OR_RETURN(definition.arch, args.Required("arch"));
  TSM_ASSIGN_OR_RETURN(std::string not_before, args.OptionalOr("not_before", ""));
  TSM_ASSIGN_OR_RETURN(definition.not_before, ParseTime("not_before", not_before));
  TSM_ASSIGN_OR_RETURN(std::string not_after, args.OptionalOr("not_after", ""));
  TSM_ASSIGN_OR_RETURN(definition.not_after, ParseTime("not_after", not_after));
  TSM_ASSIGN_OR_RETURN(definition.file_time, ParseFileTime(args));
  TSM_ASSIGN_OR_RETURN(definition.unattended, args.Bool("unattended"));
  TSM_ASSIGN_OR_RETURN(definition.build_root, args.OptionalOr("build_root", ""));
  for (const std::string& pair : args.Repeated("variable")) {
    TSM_ASSIGN_OR_RETURN(auto variable, SplitPair("variable", pair));
    if (auto [found, inserted] = definition.variables.insert(variable); !inserted) {
      return absl::InvalidArgumentError(
          absl::StrCat("variables: ", variable.first, " and ", found->first, " are one variable; names ignore case"));
    }
  }
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> prestart, args.Optional("prestart"));
  if (prestart.has_value()) {
    TSM_ASSIGN_OR_RETURN(auto id_and_command, SplitPair("prestart", *prestart));
    definition.prestart.emplace();
    definition.prestart->set_package_id(id_and_command.first);
    definition.prestart->set_command_line(id_and_command.second);
  }
  return definition;
}

// The roots in the order in which a run needs them: prestart, the sequence's steps, what its target references besides
// (read by commands that no step names), and the medium's own content.
absl::StatusOr<std::vector<PackageRoot>> FindRoots(Args& args, const MediaDefinition& definition,
                                                   const TaskSequence& sequence) {
  std::vector<PackageRoot> roots;
  if (definition.prestart.has_value()) {
    roots.push_back({"prestart", definition.prestart->package_id()});
  }
  for (std::string& id : PackageReferences(sequence)) {
    roots.push_back({"the task sequence", std::move(id)});
  }
  std::vector<std::string> references = args.Repeated("reference");
  std::vector<std::string> content = args.Repeated("content");
  std::ranges::sort(references);
  std::ranges::sort(content);
  for (std::string& id : references) {
    roots.push_back({"references of the task sequence", std::move(id)});
  }
  for (std::string& id : content) {
    roots.push_back({"content", std::move(id)});
  }
  return roots;
}

absl::StatusOr<std::map<std::string, std::set<std::string>>> ParseDependencies(Args& args) {
  std::map<std::string, std::set<std::string>> dependencies;
  for (const std::string& pair : args.Repeated("dependency")) {
    TSM_ASSIGN_OR_RETURN(auto edge, SplitPair("dependency", pair));
    dependencies[edge.first].insert(edge.second);
  }
  return dependencies;
}

absl::Status ResolvePackages(Args& args, const TaskSequence& sequence, PlanRequest* request) {
  ResolverInput input;
  for (const std::string& path : args.Repeated("pack")) {
    TSM_ASSIGN_OR_RETURN(PackInfo info, ReadPackInfo(path));
    input.packages.push_back(std::move(info));
  }
  TSM_ASSIGN_OR_RETURN(input.dependencies, ParseDependencies(args));
  TSM_ASSIGN_OR_RETURN(input.roots, FindRoots(args, request->definition, sequence));
  TSM_ASSIGN_OR_RETURN(request->packages, Resolve(input));
  request->dependencies = std::move(input.dependencies);
  for (const std::string& pair : args.Repeated("install")) {
    TSM_ASSIGN_OR_RETURN(auto command, SplitPair("install", pair));
    request->install_commands.insert(std::move(command));
  }
  return absl::OkStatus();
}

absl::Status ReadBootImage(Args& args, PlanRequest* request) {
  TSM_ASSIGN_OR_RETURN(std::string path, args.Required("boot"));
  TSM_ASSIGN_OR_RETURN(std::string bytes, ReadWholeFile(path, kMaxBootInfoSize));
  if (absl::Status status = ParseCanonical(bytes, kBootContext, &request->boot); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not the information of a boot image: ", status.message()));
  }
  TSM_ASSIGN_OR_RETURN(NamedInputs inputs, NamedInputs::Parse(args.Repeated("input")));
  for (const BootFile& file : request->boot.files()) {
    if (file.role() == BIOS_BOOT_IMAGE) {
      TSM_ASSIGN_OR_RETURN(std::shared_ptr<const ByteSource> image, inputs.Open(BootInputName(file.path())));
      TSM_ASSIGN_OR_RETURN(request->bios_boot_image, image->ReadString(0, std::min(image->size(), kMaxBootImageSize)));
    }
  }
  return absl::OkStatus();
}

absl::Status Plan(Args& args) {
  PlanRequest request;
  TSM_RETURN_IF_ERROR(CheckSupported(args));
  TSM_ASSIGN_OR_RETURN(request.definition, ParseDefinition(args));
  TSM_ASSIGN_OR_RETURN(std::string sequence_path, args.Required("sequence"));
  TSM_ASSIGN_OR_RETURN(request.sequence, ReadWholeFile(sequence_path, kMaxSequenceFileSize));
  TSM_ASSIGN_OR_RETURN(TaskSequence sequence, ReadSequence(request.sequence));
  TSM_RETURN_IF_ERROR(ResolvePackages(args, sequence, &request));
  TSM_RETURN_IF_ERROR(ReadBootImage(args, &request));
  TSM_ASSIGN_OR_RETURN(std::string key_path, args.Required("public_key"));
  TSM_ASSIGN_OR_RETURN(SignifyPublicKey key, ReadPublicKey(key_path));
  request.test_only = IsTestKey(key);
  TSM_ASSIGN_OR_RETURN(std::string out, args.Required("out_plan"));
  TSM_RETURN_IF_ERROR(args.Finish());
  TSM_ASSIGN_OR_RETURN(MediaPlan plan, PlanMedia(request));
  return WriteFileAtomically(out, SerializeCanonical(plan));
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunAction(argc, argv, "plan", tsmedia::kHelp, tsmedia::Plan); }
