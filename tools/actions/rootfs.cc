// TsmRootfs: lays Debian packages out as the tar of a root file system.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
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
#include "tools/boot/rootfs_writer.h"
#include "tools/content/glob.h"
#include "tools/content/tar_reader.h"
#include "tools/content/tar_writer.h"

namespace tsmedia {
namespace {

constexpr std::string_view kHelp = R"(usage: rootfs @ARGUMENTS

Lays Debian packages out as the tar of a root file system. The packages' scripts are not run: what they would do is the
caller's to add as files, links and directories, which take the place of equal paths in the packages.

  --target=LABEL            the root file system, for messages
  --package=FILE            Debian package, in the order in which they are laid out (repeated)
  --exclude=GLOB            paths of packages to leave out (repeated)
  --keep=GLOB               paths to take although an --exclude matches (repeated)
  --kernel_package=FILE     Debian package of the kernel (linux-image-*): /boot/vmlinuz and modules
  --module=NAME             a module of it; what it needs comes with it (repeated)
  --file=PATH=MODE=FILE     a file with an octal mode (repeated)
  --symlink=PATH=TARGET     (repeated)
  --directory=PATH=MODE     (repeated)
  --out=FILE                the tar
)";

constexpr uint64_t kMaxFileSize = 256 * kMiB;
constexpr char kKernelPath[] = "boot/vmlinuz";

absl::StatusOr<uint32_t> ParseMode(std::string_view text) {
  uint32_t mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc() || end != text.data() + text.size() || mode > 07777) {
    return UsageError(absl::StrCat("'", text, "' is no octal mode"));
  }
  return mode;
}

// Filter decides which paths of the packages are taken.
class Filter {
 public:
  static absl::StatusOr<Filter> Create(const std::vector<std::string>& exclude, const std::vector<std::string>& keep) {
    Filter filter;
    TSM_RETURN_IF_ERROR(ParseAll(exclude, filter.exclude_));
    TSM_RETURN_IF_ERROR(ParseAll(keep, filter.keep_));
    return filter;
  }

  // Replaces says that `path` comes from the caller.
  void Replace(std::string path) { replaced_.push_back(std::move(path)); }

  bool Takes(std::string_view path) const {
    const auto matches = [path](const Glob& glob) { return glob.Matches(path); };
    return std::find(replaced_.begin(), replaced_.end(), path) == replaced_.end() &&
           (std::none_of(exclude_.begin(), exclude_.end(), matches) ||
            std::any_of(keep_.begin(), keep_.end(), matches));
  }

 private:
  static absl::Status ParseAll(const std::vector<std::string>& patterns, std::vector<Glob>& globs) {
    for (const std::string& pattern : patterns) {
      TSM_ASSIGN_OR_RETURN(Glob glob, Glob::Parse(pattern));
      globs.push_back(std::move(glob));
    }
    return absl::OkStatus();
  }

  std::vector<Glob> exclude_;
  std::vector<Glob> keep_;
  std::vector<std::string> replaced_;
};

// What the caller adds to the packages, by path.
struct Additions {
  std::map<std::string, std::pair<uint32_t, std::string>> files;  // mode and file
  std::map<std::string, std::string> symlinks;
  std::map<std::string, uint32_t> directories;
};

absl::StatusOr<Additions> ParseAdditions(Args& args) {
  Additions additions;
  for (const std::string& text : args.Repeated("file")) {
    TSM_ASSIGN_OR_RETURN(auto path_and_rest, SplitPair("file", text));
    TSM_ASSIGN_OR_RETURN(auto mode_and_file, SplitPair("file", path_and_rest.second));
    TSM_ASSIGN_OR_RETURN(const uint32_t mode, ParseMode(mode_and_file.first));
    additions.files[path_and_rest.first] = {mode, mode_and_file.second};
  }
  for (const std::string& text : args.Repeated("symlink")) {
    TSM_ASSIGN_OR_RETURN(auto path_and_target, SplitPair("symlink", text));
    additions.symlinks[path_and_target.first] = path_and_target.second;
  }
  for (const std::string& text : args.Repeated("directory")) {
    TSM_ASSIGN_OR_RETURN(auto path_and_mode, SplitPair("directory", text));
    TSM_ASSIGN_OR_RETURN(additions.directories[path_and_mode.first], ParseMode(path_and_mode.second));
  }
  return additions;
}

absl::Status WriteAdditions(const Additions& additions, RootfsWriter& writer) {
  for (const auto& [path, mode] : additions.directories) {
    TSM_RETURN_IF_ERROR(writer.AddDirectory(path, mode));
  }
  for (const auto& [path, mode_and_file] : additions.files) {
    TSM_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(mode_and_file.second, kMaxFileSize));
    TSM_RETURN_IF_ERROR(writer.AddFile(path, mode_and_file.first, bytes));
  }
  for (const auto& [path, target] : additions.symlinks) {
    TSM_RETURN_IF_ERROR(writer.AddSymlink(path, target));
  }
  return absl::OkStatus();
}

absl::StatusOr<EntryType> TypeOf(const DebEntry& entry) {
  switch (entry.type) {
    case DebEntry::Type::kFile:
      return EntryType::kFile;
    case DebEntry::Type::kDirectory:
      return EntryType::kDirectory;
    case DebEntry::Type::kSymlink:
      return EntryType::kSymlink;
    default:
      return absl::UnimplementedError(absl::StrCat("'", entry.path, "' is a device or a hard link"));
  }
}

absl::Status WriteEntry(const DebEntry& entry, TarReader& reader, RootfsWriter& writer) {
  TSM_ASSIGN_OR_RETURN(const EntryType type, TypeOf(entry));
  return writer.Add({.path = entry.path,
                     .type = type,
                     .mode = entry.mode,
                     .uid = static_cast<uint32_t>(entry.uid),
                     .gid = static_cast<uint32_t>(entry.gid),
                     .size = entry.size,
                     .link_target = entry.link_target},
                    [&reader](MutableByteSpan out) { return reader.Read(out); });
}

absl::Status WritePackage(const std::string& package, const Filter& filter, RootfsWriter& writer) {
  return WalkDeb(package, [&](const DebEntry& entry, TarReader& reader) -> absl::Status {
    if (!filter.Takes(entry.path)) {
      return absl::OkStatus();
    }
    const absl::Status status = WriteEntry(entry, reader, writer);
    return status.ok() ? status : absl::Status(status.code(), absl::StrCat(package, ": ", status.message()));
  });
}

absl::Status WriteKernel(const std::string& package, const std::vector<std::string>& names, RootfsWriter& writer) {
  TSM_ASSIGN_OR_RETURN(const KernelPackage kernel, ReadKernelPackage(package));
  TSM_ASSIGN_OR_RETURN(const auto modules, ChooseModules(kernel, names));
  const std::string directory = absl::StrCat("usr/lib/modules/", kernel.release, "/");
  for (const auto& [name, module] : modules) {
    TSM_RETURN_IF_ERROR(writer.AddFile(directory + module.path, 0644, module.bytes));
  }
  TSM_RETURN_IF_ERROR(writer.AddFile(directory + "modules.dep", 0644, ModulesDep(modules)));
  TSM_RETURN_IF_ERROR(writer.AddFile(directory + "modules.alias", 0644, ModulesAlias(modules)));
  return WalkDeb(package, [&](const DebEntry& entry, TarReader& reader) -> absl::Status {
    if (absl::StartsWith(entry.path, "boot/vmlinuz-")) {
      TSM_ASSIGN_OR_RETURN(const std::string bytes, ReadEntry(entry, reader, kMaxFileSize));
      return writer.AddFile(kKernelPath, 0644, bytes);
    }
    // depmod wants to know what is built in.
    std::string_view name = entry.path;
    if (absl::ConsumePrefix(&name, directory) && absl::StartsWith(name, "modules.")) {
      TSM_ASSIGN_OR_RETURN(const std::string bytes, ReadEntry(entry, reader, kMaxFileSize));
      return writer.AddFile(entry.path, 0644, bytes);
    }
    return absl::OkStatus();
  });
}

absl::Status Run(Args& args) {
  TSM_ASSIGN_OR_RETURN(Filter filter, Filter::Create(args.Repeated("exclude"), args.Repeated("keep")));
  TSM_ASSIGN_OR_RETURN(const Additions additions, ParseAdditions(args));
  const std::vector<std::string> packages = args.Repeated("package");
  TSM_ASSIGN_OR_RETURN(const std::string kernel, args.OptionalOr("kernel_package", ""));
  const std::vector<std::string> modules = args.Repeated("module");
  TSM_ASSIGN_OR_RETURN(const std::string out, args.Required("out"));
  TSM_RETURN_IF_ERROR(args.Finish());
  for (const auto& [path, file] : additions.files) {
    filter.Replace(path);
  }
  for (const auto& [path, target] : additions.symlinks) {
    filter.Replace(path);
  }

  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<AtomicFile> file, AtomicFile::Create(out));
  RootfsWriter writer(file.get());
  for (const std::string& package : packages) {
    TSM_RETURN_IF_ERROR(WritePackage(package, filter, writer));
  }
  if (!kernel.empty()) {
    TSM_RETURN_IF_ERROR(WriteKernel(kernel, modules, writer));
  }
  TSM_RETURN_IF_ERROR(WriteAdditions(additions, writer));
  TSM_RETURN_IF_ERROR(writer.Finish());
  return file->Commit();
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunAction(argc, argv, "rootfs", tsmedia::kHelp, tsmedia::Run); }
