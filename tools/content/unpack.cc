#include "tools/content/unpack.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/base/unique_fd.h"
#include "tools/content/open_directories.h"
#include "tools/content/package_path.h"
#include "tools/content/tar_reader.h"

namespace tsmedia {
namespace {

constexpr size_t kCopySize = 128 * kKiB;
constexpr mode_t kRootMode = 0755;
constexpr mode_t kNewFileMode = 0644;
// While the tree is being written, only its owner may enter.
constexpr mode_t kWorkingMode = 0700;

absl::Status SystemError(std::string_view path, std::string_view problem) {
  return absl::ErrnoToStatus(errno, absl::StrCat(path, ": ", problem));
}

// Copy writes what `read` (a function from a span to the number of bytes put there, 0 at the end) gives.
template <typename Read>
absl::Status Copy(Read read, std::string_view path, int fd) {
  uint8_t buffer[kCopySize];
  while (true) {
    TSM_ASSIGN_OR_RETURN(size_t got, read(absl::MakeSpan(buffer)));
    if (got == 0) {
      return absl::OkStatus();
    }
    if (!WriteAll(fd, ByteSpan(buffer, got))) {
      return SystemError(path, "cannot write");
    }
  }
}

// RemoveTree removes what is below `directory`, without ever following a link. It does what it can: it runs after an
// error that matters more.
void RemoveTree(UniqueFd directory) {
  fchmod(directory.get(), kWorkingMode);
  DIR* entries = fdopendir(directory.get());
  if (entries == nullptr) {
    return;
  }
  int fd = directory.Release();
  while (const dirent* entry = readdir(entries)) {
    std::string_view name = entry->d_name;
    if (name == "." || name == ".." || unlinkat(fd, entry->d_name, 0) == 0) {
      continue;
    }
    RemoveTree(UniqueFd(openat(fd, entry->d_name, kDirectoryFlags)));
    unlinkat(fd, entry->d_name, AT_REMOVEDIR);
  }
  closedir(entries);
}

// Unpacker writes the members of one archive below one directory.
class Unpacker {
 public:
  Unpacker(ByteStream& tar, UniqueFd root) : reader_(&tar), name_(tar.name()), directories_(std::move(root)) {}

  absl::Status Run() {
    while (true) {
      TSM_ASSIGN_OR_RETURN(std::optional<TarEntry> entry, reader_.Next());
      if (!entry.has_value()) {
        return FinishDirectories();
      }
      TSM_RETURN_IF_ERROR(Write(*std::move(entry)));
    }
  }

 private:
  // A directory that is written; its mode and time come last, as writing into it needs the one and changes the other.
  struct Directory {
    std::string path;
    mode_t mode;
    uint64_t time;
  };

  absl::Status EntryError(const TarEntry& entry, std::string_view problem) const {
    return absl::DataLossError(absl::StrCat(name_, ": ", QuoteName(entry.path), " ", problem));
  }

  absl::Status Write(TarEntry entry) {
    std::string_view path = entry.path;
    if (entry.type == TarEntry::Type::kDirectory) {
      absl::ConsumeSuffix(&path, "/");
    }
    if (absl::Status status = ValidatePackagePath(path); !status.ok()) {
      return absl::DataLossError(absl::StrCat(name_, ": ", status.message()));
    }
    std::vector<std::string_view> components = absl::StrSplit(path, '/');
    std::string last(components.back());
    components.pop_back();
    TSM_ASSIGN_OR_RETURN(int parent, EnterDirectory(entry, components));
    switch (entry.type) {
      case TarEntry::Type::kFile:
        return WriteFile(entry, parent, last);
      case TarEntry::Type::kSymlink:
        return WriteSymlink(entry, parent, last);
      case TarEntry::Type::kDirectory:
        if (mkdirat(parent, last.c_str(), kWorkingMode) != 0) {
          return SystemError(QuoteName(entry.path), "cannot make the directory");
        }
        unfinished_.push_back({std::string(path), static_cast<mode_t>(entry.mode), entry.time});
        return absl::OkStatus();
      default:
        return EntryError(entry, "is a hard link, device or FIFO, which no package has");
    }
  }

  // Every directory of a pack has an entry before its content, so there is nothing to be made here.
  absl::StatusOr<int> EnterDirectory(const TarEntry& entry, const std::vector<std::string_view>& components) {
    return directories_.Enter(components, [&](int parent, const std::string& name) -> absl::StatusOr<UniqueFd> {
      UniqueFd fd(openat(parent, name.c_str(), kDirectoryFlags));
      if (!fd.ok()) {
        return SystemError(QuoteName(entry.path),
                           "the directory that it is in is not in the archive before it, or is none");
      }
      return fd;
    });
  }

  absl::Status WriteFile(const TarEntry& entry, int parent, const std::string& last) {
    UniqueFd file(openat(parent, last.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.ok()) {
      return SystemError(QuoteName(entry.path), "cannot create the file");
    }
    TSM_RETURN_IF_ERROR(
        Copy([this](MutableByteSpan out) { return reader_.Read(out); }, QuoteName(entry.path), file.get()));
    return SetModeAndTime(QuoteName(entry.path), file.get(), static_cast<mode_t>(entry.mode), entry.time);
  }

  absl::Status WriteSymlink(const TarEntry& entry, int parent, const std::string& last) {
    timespec times[2] = {Time(entry.time), Time(entry.time)};
    if (symlinkat(entry.link_target.c_str(), parent, last.c_str()) != 0 ||
        utimensat(parent, last.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
      return SystemError(QuoteName(entry.path), "cannot make the symbolic link");
    }
    return absl::OkStatus();
  }

  static timespec Time(uint64_t time) { return {.tv_sec = static_cast<time_t>(time), .tv_nsec = 0}; }

  static absl::Status SetModeAndTime(const std::string& path, int fd, mode_t mode, uint64_t time) {
    timespec times[2] = {Time(time), Time(time)};
    if (fchmod(fd, mode) != 0 || futimens(fd, times) != 0) {
      return SystemError(path, "cannot set mode and time");
    }
    return absl::OkStatus();
  }

  // Deepest first, as a directory may end up closed even to its owner.
  absl::Status FinishDirectories() {
    std::sort(unfinished_.begin(), unfinished_.end(),
              [](const Directory& a, const Directory& b) { return a.path > b.path; });
    for (const Directory& directory : unfinished_) {
      TarEntry entry;
      entry.path = directory.path;
      std::vector<std::string_view> components = absl::StrSplit(directory.path, '/');
      TSM_ASSIGN_OR_RETURN(int fd, EnterDirectory(entry, components));
      TSM_RETURN_IF_ERROR(SetModeAndTime(QuoteName(directory.path), fd, directory.mode, directory.time));
    }
    return absl::OkStatus();
  }

  TarReader reader_;
  std::string name_;
  OpenDirectories directories_;
  std::vector<Directory> unfinished_;
};

// Rename never replaces: what has been there is the user's.
absl::Status Publish(const std::string& temporary, const std::string& destination) {
  if (renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, destination.c_str(), RENAME_NOREPLACE) == 0) {
    return absl::OkStatus();
  }
  if (errno == EEXIST) {
    return absl::AlreadyExistsError(absl::StrCat(destination, ": it exists already; remove it or name another place"));
  }
  return SystemError(destination, "cannot rename the finished output");
}

absl::Status CheckAbsent(const std::string& destination) {
  struct stat status;
  if (lstat(destination.c_str(), &status) == 0) {
    return absl::AlreadyExistsError(absl::StrCat(destination, ": it exists already; remove it or name another place"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status UnpackTar(ByteStream& tar, const std::string& destination_text) {
  std::string destination(absl::StripSuffix(destination_text, "/"));
  TSM_RETURN_IF_ERROR(CheckAbsent(destination));
  std::string temporary = absl::StrCat(destination, ".tmp.XXXXXX");
  if (mkdtemp(temporary.data()) == nullptr) {
    return SystemError(destination, "cannot make a directory beside it");
  }
  absl::Cleanup remove = [&temporary] {
    RemoveTree(UniqueFd(open(temporary.c_str(), kDirectoryFlags)));
    rmdir(temporary.c_str());
  };
  UniqueFd root(open(temporary.c_str(), kDirectoryFlags));
  UniqueFd root_for_mode(root.ok() ? dup(root.get()) : -1);
  if (!root_for_mode.ok()) {
    return SystemError(destination, "cannot open the directory beside it");
  }
  TSM_RETURN_IF_ERROR(Unpacker(tar, std::move(root)).Run());
  if (fchmod(root_for_mode.get(), kRootMode) != 0) {
    return SystemError(destination, "cannot set the mode");
  }
  TSM_RETURN_IF_ERROR(Publish(temporary, destination));
  std::move(remove).Cancel();
  return absl::OkStatus();
}

absl::Status UnpackFile(ByteStream& content, const std::string& destination) {
  TSM_RETURN_IF_ERROR(CheckAbsent(destination));
  std::string temporary = absl::StrCat(destination, ".tmp.XXXXXX");
  UniqueFd file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.ok()) {
    return SystemError(destination, "cannot create a file beside it");
  }
  absl::Cleanup remove = [&temporary] { unlink(temporary.c_str()); };
  TSM_RETURN_IF_ERROR(Copy([&](MutableByteSpan out) { return content.Read(out); }, destination, file.get()));
  if (fchmod(file.get(), kNewFileMode) != 0) {
    return SystemError(destination, "cannot set the mode");
  }
  TSM_RETURN_IF_ERROR(Publish(temporary, destination));
  std::move(remove).Cancel();
  return absl::OkStatus();
}

}  // namespace tsmedia
