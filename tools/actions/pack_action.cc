#include "tools/actions/pack_action.h"

#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_sink.h"
#include "tools/base/package_id.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack.h"
#include "tools/content/pack_info.h"
#include "tools/content/package_path.h"
#include "tools/content/tar_format.h"
#include "tools/content/tree.h"

namespace tsmedia {

const std::string_view kPackHelp = R"(Makes a pack: one content package as it travels on media.

usage: pack @ARGUMENT_FILE (one argument a line), or the arguments themselves

  --target=LABEL             the Bazel target, for messages
  --package_id=ID            eight characters of A-Z and 0-9
  --version=VERSION
  --kind=KIND                package, application, driver, os_image, boot or prestart
  --display_name=TEXT
  --format=tree|file         a tree of files, or the one --file as it is
  --compression=zstd|none
  --file_time=SECONDS        of every file, since 1970 (default 315532800: 1980-01-01)
  --windows=true|false       names that Windows cannot have are errors, not warnings
  --threads=N                that compress (default: one a processor); the pack is the same with any number
  --out_pack=PATH
  --out_info=PATH            tsmedia.PackInfo

What goes into a tree; LEN is the number of bytes of the destination that follows:
  --file=LEN:DEST=PATH              a file with mode 0644
  --executable=LEN:DEST=PATH        a file with mode 0755
  --mode_file=LEN:DEST=MODE=PATH    a file with another mode (octal)
  --tree=LEN:DIR=PATH               the files below a directory
  --archive=LEN:DIR=PATH            the content of a tar (also .gz, .xz, .zst), deb or zip
  --symlink=LEN:DEST=TARGET         a symbolic link
  --empty_dir=LEN:DIR               a directory with mode 0755
  --dir=LEN:DIR=MODE                a directory with another mode (octal)
  --executable_pattern=PATTERN      files that match get 0755 (* within a component, ** for any components)
)";

namespace {

// 1980-01-01T00:00:00Z, the earliest that FAT can say (design section 4).
constexpr std::string_view kDefaultFileTime = "315532800";

// Job is a parsed command line but for the tree.
struct Job {
  std::string target;
  PackInfo names;  // package_id, version, kind, display_name
  PackInfo::Format format = PackInfo::TREE_TAR;
  bool windows = false;
  PackOptions options;
  std::string out_pack;
  std::string out_info;
};

// Destination is "LEN:DEST" or "LEN:DEST=REST".
struct Destination {
  std::string path;
  std::string rest;
};

absl::StatusOr<Destination> ParseDestination(std::string_view flag, std::string_view value, bool has_rest) {
  absl::Status error = UsageError(absl::StrCat("--", flag, "=", value, ": write LEN:DEST", has_rest ? "=..." : ""));
  size_t colon = value.find(':');
  uint64_t length = 0;
  if (colon == std::string_view::npos || !absl::SimpleAtoi(value.substr(0, colon), &length)) {
    return error;
  }
  value.remove_prefix(colon + 1);
  if (length > value.size() || (has_rest ? length == value.size() || value[length] != '=' : length != value.size())) {
    return error;
  }
  return Destination{std::string(value.substr(0, length)), has_rest ? std::string(value.substr(length + 1)) : ""};
}

absl::StatusOr<uint32_t> ParseMode(std::string_view flag, std::string_view text) {
  uint32_t mode = 0;
  for (char c : text) {
    if (c < '0' || c > '7' || mode > 07777) {
      return UsageError(absl::StrCat("--", flag, ": \"", text, "\" is no octal mode"));
    }
    mode = mode * 8 + static_cast<uint32_t>(c - '0');
  }
  if (text.empty() || mode > 07777) {
    return UsageError(absl::StrCat("--", flag, ": \"", text, "\" is no octal mode up to 07777"));
  }
  return mode;
}

absl::StatusOr<std::string> OneOf(Args& args, std::string_view flag, std::string_view first, std::string_view second) {
  TSM_ASSIGN_OR_RETURN(std::string value, args.Required(flag));
  if (value != first && value != second) {
    return UsageError(absl::StrCat("--", flag, "=", value, ": write ", first, " or ", second));
  }
  return value;
}

absl::Status ParseNames(Args& args, PackInfo& names) {
  TSM_ASSIGN_OR_RETURN(*names.mutable_package_id(), args.Required("package_id"));
  TSM_ASSIGN_OR_RETURN(*names.mutable_version(), args.Required("version"));
  TSM_ASSIGN_OR_RETURN(*names.mutable_kind(), args.Required("kind"));
  TSM_ASSIGN_OR_RETURN(*names.mutable_display_name(), args.OptionalOr("display_name", ""));
  TSM_RETURN_IF_ERROR(ValidatePackageId(names.package_id()));
  return ValidatePackageVersion(names.version());
}

absl::Status ParseOptions(Args& args, PackOptions& options) {
  TSM_ASSIGN_OR_RETURN(std::string compression, OneOf(args, "compression", "zstd", "none"));
  options.compression = compression == "zstd" ? PackInfo::ZSTD : PackInfo::NONE;
  TSM_ASSIGN_OR_RETURN(std::string time, args.OptionalOr("file_time", kDefaultFileTime));
  if (!absl::SimpleAtoi(time, &options.file_time) || options.file_time > kTarMaxOctal) {
    return UsageError(absl::StrCat("--file_time=", time, ": write seconds since 1970, at most ", kTarMaxOctal));
  }
  TSM_ASSIGN_OR_RETURN(std::string threads, args.OptionalOr("threads", absl::StrCat(DefaultPackThreads())));
  if (!absl::SimpleAtoi(threads, &options.threads) || options.threads < 1 || options.threads > 256) {
    return UsageError(absl::StrCat("--threads=", threads, ": write a number from 1 to 256"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Job> ParseJob(Args& args) {
  Job job;
  TSM_ASSIGN_OR_RETURN(job.target, args.Required("target"));
  TSM_RETURN_IF_ERROR(ParseNames(args, job.names));
  TSM_ASSIGN_OR_RETURN(std::string format, OneOf(args, "format", "tree", "file"));
  job.format = format == "tree" ? PackInfo::TREE_TAR : PackInfo::SINGLE_FILE;
  TSM_ASSIGN_OR_RETURN(job.windows, args.Bool("windows"));
  TSM_RETURN_IF_ERROR(ParseOptions(args, job.options));
  TSM_ASSIGN_OR_RETURN(job.out_pack, args.Required("out_pack"));
  TSM_ASSIGN_OR_RETURN(job.out_info, args.Required("out_info"));
  return job;
}

absl::Status AddFiles(Args& args, TreeBuilder& builder) {
  for (std::string_view flag : {"file", "executable"}) {
    for (const std::string& value : args.Repeated(flag)) {
      TSM_ASSIGN_OR_RETURN(Destination to, ParseDestination(flag, value, true));
      builder.AddFile(std::move(to.path), std::move(to.rest),
                      flag == "file" ? std::nullopt : std::make_optional(kExecutableMode));
    }
  }
  for (const std::string& value : args.Repeated("mode_file")) {
    TSM_ASSIGN_OR_RETURN(Destination to, ParseDestination("mode_file", value, true));
    TSM_ASSIGN_OR_RETURN(auto mode_and_path, SplitPair("mode_file", to.rest));
    TSM_ASSIGN_OR_RETURN(uint32_t mode, ParseMode("mode_file", mode_and_path.first));
    builder.AddFile(std::move(to.path), std::move(mode_and_path.second), mode);
  }
  return absl::OkStatus();
}

absl::Status AddLinksAndDirectories(Args& args, TreeBuilder& builder) {
  for (const std::string& value : args.Repeated("symlink")) {
    TSM_ASSIGN_OR_RETURN(Destination to, ParseDestination("symlink", value, true));
    builder.AddSymlink(std::move(to.path), std::move(to.rest));
  }
  for (const std::string& value : args.Repeated("empty_dir")) {
    TSM_ASSIGN_OR_RETURN(Destination to, ParseDestination("empty_dir", value, false));
    builder.AddDirectory(std::move(to.path), kDirectoryMode);
  }
  for (const std::string& value : args.Repeated("dir")) {
    TSM_ASSIGN_OR_RETURN(Destination to, ParseDestination("dir", value, true));
    TSM_ASSIGN_OR_RETURN(uint32_t mode, ParseMode("dir", to.rest));
    builder.AddDirectory(std::move(to.path), mode);
  }
  return absl::OkStatus();
}

absl::Status AddTreesAndArchives(Args& args, TreeBuilder& builder) {
  for (const std::string& value : args.Repeated("tree")) {
    TSM_ASSIGN_OR_RETURN(Destination to, ParseDestination("tree", value, true));
    TSM_RETURN_IF_ERROR(builder.AddTree(to.path, to.rest));
  }
  for (const std::string& value : args.Repeated("archive")) {
    TSM_ASSIGN_OR_RETURN(Destination to, ParseDestination("archive", value, true));
    TSM_RETURN_IF_ERROR(builder.AddArchive(to.path, to.rest));
  }
  for (const std::string& value : args.Repeated("executable_pattern")) {
    TSM_RETURN_IF_ERROR(builder.AddExecutablePattern(value));
  }
  return absl::OkStatus();
}

std::string DirectoryOf(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

absl::StatusOr<PackInfo> PackTree(Args& args, const Job& job, ByteSink* sink) {
  // Beside the output there is room for as much again; /tmp may be memory.
  TreeBuilder builder(DirectoryOf(job.out_pack));
  TSM_RETURN_IF_ERROR(AddFiles(args, builder));
  TSM_RETURN_IF_ERROR(AddLinksAndDirectories(args, builder));
  TSM_RETURN_IF_ERROR(AddTreesAndArchives(args, builder));
  TSM_RETURN_IF_ERROR(args.Finish());
  args = Args();
  TSM_ASSIGN_OR_RETURN(Tree tree, builder.Finish(job.windows));
  for (const std::string& warning : tree.warnings) {
    std::cerr << "pack: warning: " << job.target << ": " << warning << "\n";
  }
  return WriteTreePack(tree, job.options, sink);
}

absl::StatusOr<PackInfo> PackFile(Args& args, const Job& job, ByteSink* sink) {
  TSM_ASSIGN_OR_RETURN(std::string value, args.Required("file"));
  TSM_RETURN_IF_ERROR(args.Finish());
  TSM_ASSIGN_OR_RETURN(Destination to, ParseDestination("file", value, true));
  TSM_RETURN_IF_ERROR(ValidatePackagePath(to.path));
  return WriteFilePack(to.path, to.rest, job.options, sink);
}

absl::Status WritePack(Args& args, const Job& job) {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<AtomicFile> file, AtomicFile::Create(job.out_pack));
  TSM_ASSIGN_OR_RETURN(PackInfo info, job.format == PackInfo::TREE_TAR ? PackTree(args, job, file.get())
                                                                       : PackFile(args, job, file.get()));
  info.set_package_id(job.names.package_id());
  info.set_version(job.names.version());
  info.set_kind(job.names.kind());
  info.set_display_name(job.names.display_name());
  TSM_RETURN_IF_ERROR(WritePackInfo(info, job.out_info));
  return file->Commit();
}

}  // namespace

absl::Status RunPack(Args& args) {
  TSM_ASSIGN_OR_RETURN(Job job, ParseJob(args));
  absl::Status status = WritePack(args, job);
  if (status.ok() || IsUsageError(status)) {
    return status;
  }
  return absl::Status(status.code(), absl::StrCat(job.target, ": ", status.message()));
}

}  // namespace tsmedia
