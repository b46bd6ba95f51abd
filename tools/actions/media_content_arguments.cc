#include "tools/actions/media_content_arguments.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"
#include "tools/plan/definition.h"
#include "tools/plan/resolver.h"
#include "tools/sequence/canonical.h"
#include "tools/sequence/references.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {
namespace {

constexpr uint64_t kMaxSequenceFileSize = 16 * kMiB;

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
  TSM_ASSIGN_OR_RETURN(definition.keep_unlocked, args.Bool("keep_unlocked"));
  TSM_ASSIGN_OR_RETURN(definition.verify_first, args.Bool("verify_first"));
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
    definition.prestart = Prestart{id_and_command.first, id_and_command.second};
  }
  return definition;
}

// The roots in the order in which a run needs them: prestart, the sequence's steps, what its target references besides
// (read by commands that no step names), and the medium's own content.
absl::StatusOr<std::vector<PackageRoot>> FindRoots(Args& args, const MediaDefinition& definition,
                                                   const TaskSequence& sequence) {
  std::vector<PackageRoot> roots;
  if (definition.prestart.has_value()) {
    roots.push_back({"prestart", definition.prestart->package_id});
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

absl::Status ResolvePackages(Args& args, MediaContent* content) {
  ResolverInput input;
  for (const std::string& path : args.Repeated("pack")) {
    TSM_ASSIGN_OR_RETURN(PackInfo info, ReadPackInfo(path));
    input.packages.push_back(std::move(info));
  }
  TSM_ASSIGN_OR_RETURN(TaskSequence sequence, ReadSequence(content->sequence));
  TSM_ASSIGN_OR_RETURN(input.dependencies, ParseDependencies(args));
  TSM_ASSIGN_OR_RETURN(input.roots, FindRoots(args, content->definition, sequence));
  TSM_ASSIGN_OR_RETURN(content->packages, Resolve(input));
  content->dependencies = std::move(input.dependencies);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MediaContent> ParseMediaContent(Args& args) {
  MediaContent content;
  TSM_ASSIGN_OR_RETURN(content.definition, ParseDefinition(args));
  TSM_ASSIGN_OR_RETURN(std::string sequence_path, args.Required("sequence"));
  TSM_ASSIGN_OR_RETURN(content.sequence, ReadWholeFile(sequence_path, kMaxSequenceFileSize));
  TSM_RETURN_IF_ERROR(ResolvePackages(args, &content));
  for (const std::string& pair : args.Repeated("install")) {
    TSM_ASSIGN_OR_RETURN(auto command, SplitPair("install", pair));
    content.install_commands.insert(std::move(command));
  }
  return content;
}

}  // namespace tsmedia
