#include "tools/mediactl/ts_command.h"

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/sequence/canonical.h"
#include "tools/sequence/diagnostics.h"
#include "tools/sequence/format.h"
#include "tools/sequence/graph.h"
#include "tools/sequence/limits.h"
#include "tools/sequence/parse.h"
#include "tools/sequence/schema.h"

namespace tsmedia {

const std::string_view kTsHelp = R"(usage: mediactl ts fmt [--check] FILE...
       mediactl ts graph [--format=text|dot|json] FILE

fmt     writes task sequences (.textproto) in canonical layout; comments stay. With --check it changes nothing and
        fails if a file is laid out differently.
graph   prints a task sequence as a tree, with conditions, packages and restarts. FILE is the text, or the binary form
        from a medium (/tsmedia/sequence.binpb).
)";

namespace {

absl::StatusOr<std::string> ReadSequenceFile(const std::string& path) { return ReadWholeFile(path, kMaxSequenceSize); }

absl::Status NotASequence(const std::string& path, const Diagnostics& diagnostics) {
  std::cerr << diagnostics.ToText(path);
  return absl::InvalidArgumentError(absl::StrCat(path, ": not a task sequence; correct what is listed above"));
}

// FormatFile returns whether the file was in canonical layout.
absl::StatusOr<bool> FormatFile(const std::string& path, bool check) {
  TSM_ASSIGN_OR_RETURN(std::string text, ReadSequenceFile(path));
  Diagnostics diagnostics;
  std::optional<std::string> formatted = FormatSequenceText(text, &diagnostics);
  if (!formatted.has_value()) {
    return NotASequence(path, diagnostics);
  }
  bool same = *formatted == text;
  if (!same && !check) {
    TSM_RETURN_IF_ERROR(WriteFileAtomically(path, *formatted));
  }
  return same;
}

absl::Status RunFormat(Args& args, absl::Span<const std::string> files) {
  TSM_ASSIGN_OR_RETURN(bool check, args.Bool("check"));
  TSM_RETURN_IF_ERROR(args.Finish());
  if (files.empty()) {
    return UsageError("ts fmt: name at least one file");
  }
  std::vector<std::string> different;
  absl::Status failure;
  for (const std::string& path : files) {
    absl::StatusOr<bool> same = FormatFile(path, check);
    failure.Update(same.status());
    if (same.ok() && !*same) {
      different.push_back(path);
    }
  }
  TSM_RETURN_IF_ERROR(failure);
  if (!check || different.empty()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      different[0], different.size() == 1 ? " is" : absl::StrCat(" and ", different.size() - 1, " more are"),
      " not in canonical layout; run mediactl ts fmt"));
}

absl::StatusOr<TaskSequence> LoadSequence(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::string bytes, ReadSequenceFile(path));
  // The binary form begins with its context: tag of field 1, length, text.
  if (absl::StartsWith(
          bytes, absl::StrCat("\n", std::string(1, static_cast<char>(kSequenceContext.size())), kSequenceContext))) {
    return ReadSequence(bytes);
  }
  Diagnostics diagnostics;
  std::unique_ptr<ParsedSequence> parsed = ParseSequenceText(bytes, &diagnostics);
  if (parsed == nullptr || !diagnostics.ok()) {
    return NotASequence(path, diagnostics);
  }
  return parsed->sequence;
}

absl::Status RunGraph(Args& args, absl::Span<const std::string> files) {
  TSM_ASSIGN_OR_RETURN(std::string format, args.OptionalOr("format", "text"));
  TSM_RETURN_IF_ERROR(args.Finish());
  if (files.size() != 1) {
    return UsageError("ts graph: name one file");
  }
  if (format != "text" && format != "dot" && format != "json") {
    return UsageError(absl::StrCat("--format=", format, " is none of text, dot and json"));
  }
  TSM_ASSIGN_OR_RETURN(TaskSequence sequence, LoadSequence(files[0]));
  SequenceNode root = BuildGraph(sequence);
  if (format == "json") {
    TSM_ASSIGN_OR_RETURN(std::string json, GraphToJson(root));
    std::cout << json;
  } else {
    std::cout << (format == "dot" ? GraphToDot(root) : GraphToText(root));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunTs(Args& args) {
  if (args.positional().empty()) {
    return UsageError("ts: name a subcommand: fmt or graph");
  }
  absl::Span<const std::string> files = absl::MakeConstSpan(args.positional()).subspan(1);
  if (args.positional()[0] == "fmt") {
    return RunFormat(args, files);
  }
  if (args.positional()[0] == "graph") {
    return RunGraph(args, files);
  }
  return UsageError(absl::StrCat("ts: unknown subcommand \"", args.positional()[0], "\"; use fmt or graph"));
}

}  // namespace tsmedia
