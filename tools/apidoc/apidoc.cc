// apidoc: renders what starlark_doc_extract wrote about .bzl files.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/apidoc/module_info.pb.h"
#include "tools/apidoc/render.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"

namespace tsmedia::apidoc {
namespace {

constexpr char kHelp[] = R"(Renders the API reference as Markdown.

  apidoc --out=FILE MODULE.binaryproto...

The modules appear in the order given.
)";

constexpr uint64_t kMaxModule = uint64_t{16} << 20;  // bytes

absl::StatusOr<ModuleInfo> ReadModule(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> source, FileSource::Open(path));
  if (source->size() > kMaxModule) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": larger than any documentation"));
  }
  TSM_ASSIGN_OR_RETURN(const std::string bytes, source->ReadString(0, source->size()));
  ModuleInfo module;
  if (!module.ParseFromString(bytes)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": no output of starlark_doc_extract"));
  }
  return module;
}

absl::Status Run(Args& args) {
  TSM_ASSIGN_OR_RETURN(const std::string out, args.Required("out"));
  TSM_RETURN_IF_ERROR(args.Finish());
  std::vector<ModuleInfo> modules;
  for (const std::string& path : args.positional()) {
    TSM_ASSIGN_OR_RETURN(ModuleInfo module, ReadModule(path));
    modules.push_back(std::move(module));
  }
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<AtomicFile> file, AtomicFile::Create(out));
  TSM_RETURN_IF_ERROR(file->Append(RenderModules(modules)));
  return file->Commit();
}

}  // namespace
}  // namespace tsmedia::apidoc

int main(int argc, char** argv) {
  return tsmedia::RunProgram(argc, argv, "apidoc", tsmedia::apidoc::kHelp, tsmedia::apidoc::Run);
}
