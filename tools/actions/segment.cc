// TsmSegment: makes a segment of an initial RAM disk from kernel modules and files.

#include "tools/boot/segment.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/boot/module_set.h"

namespace tsmedia {
namespace {

constexpr std::string_view kHelp = R"(usage: segment @ARGUMENTS

Makes a segment of an initial RAM disk: kernel modules, with the index that loads them, and other files.

  --target=LABEL          the segment, for messages
  --kernel_package=FILE   Debian package of the kernel (linux-image-*)
  --module=NAME           a module; what it needs comes with it (repeated)
  --file=PATH=FILE        a file, mode 0644 (repeated)
  --executable=PATH=FILE  a file, mode 0755 (repeated)
  --out=FILE              the segment
)";

constexpr uint64_t kMaxFileSize = 256 * kMiB;

absl::Status AddModules(const std::string& package, const std::vector<std::string>& names,
                        std::map<std::string, SegmentFile>& files) {
  TSM_ASSIGN_OR_RETURN(const KernelPackage kernel, ReadKernelPackage(package));
  TSM_ASSIGN_OR_RETURN(auto modules, ChooseModules(kernel, names));
  const std::string directory = absl::StrCat("lib/modules/", kernel.release, "/");
  files[directory + "modules.dep"].bytes = ModulesDep(modules);
  files[directory + "modules.alias"].bytes = ModulesAlias(modules);
  for (auto& [name, module] : modules) {
    files[directory + module.path].bytes = std::move(module.bytes);
  }
  return absl::OkStatus();
}

absl::Status AddFiles(Args& args, std::string_view flag, uint32_t mode, std::map<std::string, SegmentFile>& files) {
  for (const std::string& pair : args.Repeated(flag)) {
    TSM_ASSIGN_OR_RETURN(const auto path_and_file, SplitPair(flag, pair));
    TSM_ASSIGN_OR_RETURN(std::string bytes, ReadWholeFile(path_and_file.second, kMaxFileSize));
    if (!files.emplace(path_and_file.first, SegmentFile{.mode = mode, .bytes = std::move(bytes)}).second) {
      return absl::InvalidArgumentError(absl::StrCat("'", path_and_file.first, "' is there twice"));
    }
  }
  return absl::OkStatus();
}

absl::Status Run(Args& args) {
  TSM_ASSIGN_OR_RETURN(const std::string package, args.OptionalOr("kernel_package", ""));
  const std::vector<std::string> modules = args.Repeated("module");
  TSM_ASSIGN_OR_RETURN(const std::string out, args.Required("out"));
  std::map<std::string, SegmentFile> files;
  TSM_RETURN_IF_ERROR(AddFiles(args, "file", 0644, files));
  TSM_RETURN_IF_ERROR(AddFiles(args, "executable", 0755, files));
  TSM_RETURN_IF_ERROR(args.Finish());
  if (modules.empty() != package.empty()) {
    return UsageError("--kernel_package and --module go together");
  }
  if (!package.empty()) {
    TSM_RETURN_IF_ERROR(AddModules(package, modules, files));
  }
  TSM_ASSIGN_OR_RETURN(const std::string segment, MakeSegment(files));
  return WriteFileAtomically(out, segment);
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunAction(argc, argv, "segment", tsmedia::kHelp, tsmedia::Run); }
