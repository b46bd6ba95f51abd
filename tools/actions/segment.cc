// TsmSegment: makes a segment of an initial RAM disk from kernel modules and files.

#include "tools/boot/segment.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/boot/deb_walk.h"
#include "tools/boot/module_set.h"
#include "tools/content/tar_reader.h"

namespace tsmedia {
namespace {

constexpr std::string_view kHelp = R"(usage: segment @ARGUMENTS

Makes a segment of an initial RAM disk: kernel modules, with the index that loads them, Debian packages, and other files.

  --target=LABEL          the segment, for messages
  --kernel_package=FILE   Debian package of the kernel (linux-image-*)
  --module=NAME           a module; what it needs comes with it (repeated)
  --package=FILE          a Debian package, whose files are taken but for documentation (repeated)
  --file=PATH=FILE        a file, mode 0644 (repeated); it may take the place of a package's
  --executable=PATH=FILE  a file, mode 0755 (repeated)
  --out=FILE              the segment
)";

constexpr uint64_t kMaxFileSize = 256 * kMiB;

// Beside what a package's programs need: nobody reads it there. The licence stays.
constexpr std::string_view kDocumentation[] = {"usr/share/doc/", "usr/share/info/", "usr/share/lintian/",
                                               "usr/share/locale/", "usr/share/man/"};

bool IsDocumentation(std::string_view path) {
  return !absl::EndsWith(path, "/copyright") && std::ranges::any_of(kDocumentation, [path](std::string_view prefix) {
    return absl::StartsWith(path, prefix);
  });
}

using Files = std::map<std::string, SegmentFile>;

absl::StatusOr<SegmentFile> ReadPackageFile(const DebEntry& entry, TarReader& reader, const Files& files) {
  SegmentFile file = {.mode = static_cast<uint32_t>(entry.mode)};
  switch (entry.type) {
    case DebEntry::Type::kFile: {
      TSM_ASSIGN_OR_RETURN(file.bytes, ReadEntry(entry, reader, kMaxFileSize));
      return file;
    }
    case DebEntry::Type::kSymlink:
      file.link_target = entry.link_target;
      return file;
    case DebEntry::Type::kHardLink:
      if (auto target = files.find(std::string(absl::StripPrefix(entry.link_target, "./"))); target != files.end()) {
        return target->second;
      }
      return absl::DataLossError(absl::StrCat("'", entry.path, "' is a link to what was not there before it"));
    default:
      return absl::UnimplementedError(absl::StrCat("'", entry.path, "' is a device"));
  }
}

absl::Status AddPackage(const std::string& package, Files& files) {
  return WalkDeb(package, [&](const DebEntry& entry, TarReader& reader) -> absl::Status {
    if (entry.type == DebEntry::Type::kDirectory || IsDocumentation(entry.path)) {
      return absl::OkStatus();
    }
    absl::StatusOr<SegmentFile> file = ReadPackageFile(entry, reader, files);
    if (!file.ok()) {
      return absl::Status(file.status().code(), absl::StrCat(package, ": ", file.status().message()));
    }
    const auto [there, is_new] = files.emplace(entry.path, *file);
    return is_new || there->second == *file
               ? absl::OkStatus()
               : absl::AlreadyExistsError(absl::StrCat(package, ": '", entry.path, "' is in another package as well"));
  });
}

absl::Status AddModules(const std::string& package, const std::vector<std::string>& names, Files& files) {
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

absl::Status AddFiles(Args& args, std::string_view flag, uint32_t mode, std::set<std::string>& given, Files& files) {
  for (const std::string& pair : args.Repeated(flag)) {
    TSM_ASSIGN_OR_RETURN(const auto path_and_file, SplitPair(flag, pair));
    TSM_ASSIGN_OR_RETURN(std::string bytes, ReadWholeFile(path_and_file.second, kMaxFileSize));
    if (!given.insert(path_and_file.first).second) {
      return absl::InvalidArgumentError(absl::StrCat("'", path_and_file.first, "' is there twice"));
    }
    files[path_and_file.first] = {.mode = mode, .bytes = std::move(bytes)};
  }
  return absl::OkStatus();
}

absl::Status Run(Args& args) {
  TSM_ASSIGN_OR_RETURN(const std::string package, args.OptionalOr("kernel_package", ""));
  const std::vector<std::string> modules = args.Repeated("module");
  TSM_ASSIGN_OR_RETURN(const std::string out, args.Required("out"));
  Files files;
  for (const std::string& debian_package : args.Repeated("package")) {
    TSM_RETURN_IF_ERROR(AddPackage(debian_package, files));
  }
  std::set<std::string> given;
  TSM_RETURN_IF_ERROR(AddFiles(args, "file", 0644, given, files));
  TSM_RETURN_IF_ERROR(AddFiles(args, "executable", 0755, given, files));
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
