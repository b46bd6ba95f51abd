// Writes the reference manual of task sequences into the source tree:
//   tools/bazel run //tools/sequence:reference

#include <cstdlib>
#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/sequence/reference.h"

namespace tsmedia {
namespace {

constexpr std::string_view kHelp =
    "usage: tools/bazel run //tools/sequence:reference\n"
    "Writes rules/docs/task_sequence_reference.md from the comments of tools/sequence/sequence.proto.\n";

absl::Status Run(Args& args) {
  TSM_RETURN_IF_ERROR(args.Finish());
  const char* workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  if (workspace == nullptr) {
    return UsageError("not started by `tools/bazel run`");
  }
  std::filesystem::path root(workspace);
  TSM_ASSIGN_OR_RETURN(std::string source, ReadWholeFile(root / "tools/sequence/sequence.proto", kMiB));
  TSM_ASSIGN_OR_RETURN(SchemaComments comments, ReadSchemaComments(source));
  return WriteFileAtomically(root / "rules/docs/task_sequence_reference.md", ReferenceManual(comments));
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunProgram(argc, argv, "reference", tsmedia::kHelp, tsmedia::Run); }
