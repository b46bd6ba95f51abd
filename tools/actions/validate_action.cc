#include "tools/actions/validate_action.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/plan/media.pb.h"
#include "tools/sequence/canonical.h"
#include "tools/sequence/diagnostics.h"
#include "tools/sequence/limits.h"
#include "tools/sequence/parse.h"
#include "tools/sequence/validate.h"

namespace tsmedia {

const std::string_view kValidateHelp = R"(usage: validate @ARGUMENTS

Checks a task sequence and writes its binary form.

  --sequence=FILE               the task sequence, a textproto
  --source_path=PATH            what messages call it; by default as --sequence
  --media_kind=KIND             standalone, bootable, prestaged or capture; repeated for a sequence of several media.
                                Without it only what holds for all kinds is checked
  --reference=KIND=ID=VERSION   a package that the sequence may name; KIND as in PackInfo. Repeated
  --application=ID=NAME         the name of an application, for messages. Repeated
  --variable=NAME               a variable that is set before the sequence starts. Repeated
  --waits_after_restart=BOOL    whether a restart asks for a password, and nobody is there
  --child=FILE                  binary form of a task sequence that this one may run, with its own children. Repeated
  --out=FILE                    written when complete
)";

namespace {

absl::StatusOr<MediaKind> ParseMediaKind(const std::string& word) {
  MediaKind kind = MEDIA_KIND_UNSPECIFIED;
  if (!MediaKind_Parse(absl::AsciiStrToUpper(word), &kind) || kind == MEDIA_KIND_UNSPECIFIED) {
    return UsageError(
        absl::StrCat("--media_kind=", word, " is no kind; use standalone, bootable, prestaged or capture"));
  }
  return kind;
}

absl::StatusOr<SequenceSurroundings> ReadSurroundings(Args& args) {
  SequenceSurroundings surroundings;
  for (const std::string& word : args.Repeated("media_kind")) {
    TSM_ASSIGN_OR_RETURN(MediaKind kind, ParseMediaKind(word));
    surroundings.media.push_back(kind);
  }
  for (const std::string& reference : args.Repeated("reference")) {
    std::vector<std::string> parts = absl::StrSplit(reference, '=');
    if (parts.size() != 3) {
      return UsageError(absl::StrCat("--reference=", reference, " is not KIND=ID=VERSION"));
    }
    surroundings.packages[parts[1]] = parts[0];
  }
  for (const std::string& application : args.Repeated("application")) {
    TSM_ASSIGN_OR_RETURN(auto pair, SplitPair("application", application));
    surroundings.applications[pair.second] = pair.first;
  }
  surroundings.variables = args.Repeated("variable");
  TSM_ASSIGN_OR_RETURN(surroundings.waits_after_restart, args.Bool("waits_after_restart"));
  return surroundings;
}

// AddChild moves `child` and its children to `sequence`; one that is there already is not added twice.
absl::Status AddChild(TaskSequence child, TaskSequence* sequence) {
  TaskSequence grandchildren;
  grandchildren.mutable_children()->Swap(child.mutable_children());
  child.clear_context();
  bool known = false;
  for (const TaskSequence& other : sequence->children()) {
    if (other.name() != child.name()) {
      continue;
    }
    if (other.SerializeAsString() != child.SerializeAsString()) {
      return absl::InvalidArgumentError(
          absl::StrCat("references bring in two different task sequences \"", child.name(), "\"; rename one"));
    }
    known = true;
  }
  if (!known) {
    *sequence->add_children() = std::move(child);
  }
  for (TaskSequence& grandchild : *grandchildren.mutable_children()) {
    TSM_RETURN_IF_ERROR(AddChild(std::move(grandchild), sequence));
  }
  return absl::OkStatus();
}

absl::Status AddChildren(const std::vector<std::string>& paths, TaskSequence* sequence) {
  for (const std::string& path : paths) {
    TSM_ASSIGN_OR_RETURN(std::string bytes, ReadWholeFile(path, kMaxSequenceSize));
    absl::StatusOr<TaskSequence> child = ReadSequence(bytes);
    if (!child.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": ", child.status().message()));
    }
    TSM_RETURN_IF_ERROR(AddChild(*std::move(child), sequence));
  }
  return absl::OkStatus();
}

absl::Status Failed(const Diagnostics& diagnostics, const std::string& source_path) {
  size_t errors = diagnostics.error_count();
  return absl::InvalidArgumentError(absl::StrCat("src: ", errors, errors == 1 ? " error" : " errors", " in ",
                                                 source_path, "; correct what is listed above"));
}

}  // namespace

absl::Status RunValidate(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::string path, args.Required("sequence"));
  TSM_ASSIGN_OR_RETURN(std::string source_path, args.OptionalOr("source_path", path));
  TSM_ASSIGN_OR_RETURN(std::string out, args.Required("out"));
  TSM_ASSIGN_OR_RETURN(SequenceSurroundings surroundings, ReadSurroundings(args));
  std::vector<std::string> children = args.Repeated("child");
  TSM_RETURN_IF_ERROR(args.Finish());
  // One byte more than allowed is enough to say that the file is too large, with its name in the source tree.
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> file, FileSource::Open(path));
  TSM_ASSIGN_OR_RETURN(std::string text, file->ReadString(0, std::min(file->size(), kMaxSequenceSize + 1)));
  Diagnostics diagnostics;
  std::unique_ptr<ParsedSequence> parsed = ParseSequenceText(text, &diagnostics);
  if (parsed == nullptr) {
    std::cerr << diagnostics.ToText(source_path);
    return Failed(diagnostics, source_path);
  }
  TSM_RETURN_IF_ERROR(AddChildren(children, &parsed->sequence));
  ValidateSequence(parsed->sequence, &parsed->locations, surroundings, &diagnostics);
  std::cerr << diagnostics.ToText(source_path);
  if (!diagnostics.ok()) {
    return Failed(diagnostics, source_path);
  }
  TSM_ASSIGN_OR_RETURN(std::string bytes, WriteSequence(std::move(parsed->sequence)));
  return WriteFileAtomically(out, bytes);
}

}  // namespace tsmedia
