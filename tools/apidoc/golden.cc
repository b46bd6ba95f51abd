// golden: keeps a checked-in file equal to a generated one. As a test it compares, with `bazel run` it copies.

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

constexpr char kHelp[] = R"(Keeps a checked-in file equal to a generated one.

  golden --generated=FILE --checked_in=FILE --command=TEXT   compare; TEXT is what to run if they differ
  golden --generated=FILE --update=PATH                      copy to PATH below the workspace (under bazel run)
)";

constexpr uint64_t kMaxFile = uint64_t{64} << 20;  // bytes

absl::StatusOr<std::string> Read(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> source, FileSource::Open(path));
  if (source->size() > kMaxFile) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": too large"));
  }
  return source->ReadString(0, source->size());
}

absl::Status Compare(const std::string& generated, const std::string& checked_in, const std::string& command) {
  TSM_ASSIGN_OR_RETURN(const std::string wanted, Read(generated));
  TSM_ASSIGN_OR_RETURN(const std::string actual, Read(checked_in));
  if (wanted == actual) {
    return absl::OkStatus();
  }
  const std::vector<std::string_view> wanted_lines = absl::StrSplit(wanted, '\n');
  const std::vector<std::string_view> actual_lines = absl::StrSplit(actual, '\n');
  size_t line = 0;
  while (line < wanted_lines.size() && line < actual_lines.size() && wanted_lines[line] == actual_lines[line]) {
    ++line;
  }
  std::cout << "line " << line + 1 << " should be: " << (line < wanted_lines.size() ? wanted_lines[line] : "") << "\n";
  return absl::FailedPreconditionError(absl::StrCat(checked_in, " is stale: run ", command));
}

absl::Status Update(const std::string& generated, const std::string& path) {
  const char* workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  if (workspace == nullptr) {
    return UsageError("start it with bazel run");
  }
  TSM_ASSIGN_OR_RETURN(const std::string text, Read(generated));
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<AtomicFile> file, AtomicFile::Create(absl::StrCat(workspace, "/", path)));
  TSM_RETURN_IF_ERROR(file->Append(text));
  return file->Commit();
}

absl::Status Run(Args& args) {
  TSM_ASSIGN_OR_RETURN(const std::string generated, args.Required("generated"));
  TSM_ASSIGN_OR_RETURN(const std::string update, args.OptionalOr("update", ""));
  if (!update.empty()) {
    TSM_RETURN_IF_ERROR(args.Finish());
    return Update(generated, update);
  }
  TSM_ASSIGN_OR_RETURN(const std::string checked_in, args.Required("checked_in"));
  TSM_ASSIGN_OR_RETURN(const std::string command, args.Required("command"));
  TSM_RETURN_IF_ERROR(args.Finish());
  return Compare(generated, checked_in, command);
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunProgram(argc, argv, "golden", tsmedia::kHelp, tsmedia::Run); }
