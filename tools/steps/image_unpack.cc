#include "tools/steps/image_unpack.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

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

absl::Status SystemError(std::string_view path, std::string_view problem) {
  return absl::ErrnoToStatus(errno, absl::StrCat(QuoteName(path), ": ", problem));
}

timespec Time(uint64_t time) { return {.tv_sec = static_cast<time_t>(time), .tv_nsec = 0}; }

// The path of a member without what means nothing: "./usr/bin/" becomes "usr/bin", "./" and "/" become "".
std::string_view Normalise(std::string_view path) {
  while (absl::ConsumePrefix(&path, "/") || absl::ConsumePrefix(&path, "./")) {
  }
  while (absl::ConsumeSuffix(&path, "/")) {
  }
  return path == "." ? "" : path;
}

class Unpacker {
 public:
  Unpacker(ByteStream& tar, UniqueFd root, const std::map<std::string, std::string>& moved)
      : reader_(&tar), name_(tar.name()), open_directories_(std::move(root)), moved_(moved) {}

  absl::Status Run() {
    while (true) {
      TSM_ASSIGN_OR_RETURN(const std::optional<TarEntry> entry, reader_.Next());
      if (!entry.has_value()) {
        return FinishDirectories();
      }
      TSM_RETURN_IF_ERROR(Write(*entry));
    }
  }

 private:
  // What a directory gets at the end: writing into it changes its time, and may need another mode.
  struct Directory {
    mode_t mode;
    uint64_t time;
  };
  // A path: the directory that it is in, open, and its last component.
  struct Place {
    int parent;
    std::string last;
  };

  absl::Status Damaged(const TarEntry& entry, std::string_view problem) const {
    return absl::DataLossError(absl::StrCat(name_, ": ", QuoteName(entry.path), " ", problem));
  }

  absl::Status CheckPath(std::string_view path) const {
    absl::Status status = ValidatePackagePath(path);
    return status.ok() ? status : absl::DataLossError(absl::StrCat(name_, ": ", status.message()));
  }

  // Where a member or the target of a hard link is written to.
  std::string PathOf(std::string_view name) const {
    const std::string_view path = Normalise(name);
    const std::string_view top = path.substr(0, path.find('/'));
    auto moved = moved_.find(std::string(top));
    return moved == moved_.end() ? std::string(path) : absl::StrCat(moved->second, path.substr(top.size()));
  }

  absl::Status Write(const TarEntry& entry) {
    const std::string path = PathOf(entry.path);
    if (path.empty()) {
      return entry.type == TarEntry::Type::kDirectory ? TakeDirectory(entry, "", open_directories_.root())
                                                      : Damaged(entry, "would replace the root directory");
    }
    TSM_RETURN_IF_ERROR(CheckPath(path));
    TSM_ASSIGN_OR_RETURN(const Place place, Enter(path));
    if (entry.type == TarEntry::Type::kDirectory) {
      TSM_RETURN_IF_ERROR(MakeDirectory(place.parent, place.last, path));
      UniqueFd directory(openat(place.parent, place.last.c_str(), kDirectoryFlags));
      return directory.ok() ? TakeDirectory(entry, path, directory.get()) : SystemError(path, "cannot open");
    }
    TSM_RETURN_IF_ERROR(Remove(place, path));
    switch (entry.type) {
      case TarEntry::Type::kFile:
        return WriteFile(entry, place, path);
      case TarEntry::Type::kHardLink:
        return WriteHardLink(entry, place, path);
      case TarEntry::Type::kSymlink:
        if (symlinkat(entry.link_target.c_str(), place.parent, place.last.c_str()) != 0) {
          return SystemError(path, "cannot make the symbolic link");
        }
        return Finish(entry, place, path);
      default:
        return WriteNode(entry, place, path);
    }
  }

  // Opens the directories on the way to `path`, and makes those that are missing.
  absl::StatusOr<Place> Enter(std::string_view path) {
    std::vector<std::string_view> components = absl::StrSplit(path, '/');
    const std::string last(components.back());
    components.pop_back();
    auto open = [path](int parent, const std::string& name) -> absl::StatusOr<UniqueFd> {
      TSM_RETURN_IF_ERROR(MakeDirectory(parent, name, path));
      UniqueFd fd(openat(parent, name.c_str(), kDirectoryFlags));
      if (!fd.ok()) {
        return SystemError(path, absl::StrCat("cannot open the directory ", QuoteName(name), " that it is in"));
      }
      return fd;
    };
    TSM_ASSIGN_OR_RETURN(const int parent, open_directories_.Enter(components, open));
    return Place{parent, last};
  }

  static absl::Status MakeDirectory(int parent, const std::string& last, std::string_view path) {
    if (mkdirat(parent, last.c_str(), 0755) != 0 && errno != EEXIST) {
      return SystemError(path, "cannot make the directory");
    }
    return absl::OkStatus();
  }

  absl::Status TakeDirectory(const TarEntry& entry, std::string_view path, int fd) {
    if (fchown(fd, static_cast<uid_t>(entry.uid), static_cast<gid_t>(entry.gid)) != 0) {
      return SystemError(path, "cannot set the owner");
    }
    TSM_RETURN_IF_ERROR(SetAttributes(entry, fd, path));
    directories_[std::string(path)] = {static_cast<mode_t>(entry.mode), entry.time};
    return absl::OkStatus();
  }

  // Removes what is in a member's place; a directory with something in it stays, and is an error.
  static absl::Status Remove(const Place& place, std::string_view path) {
    if (unlinkat(place.parent, place.last.c_str(), 0) != 0 && errno != ENOENT &&
        unlinkat(place.parent, place.last.c_str(), AT_REMOVEDIR) != 0) {
      return SystemError(path, "cannot replace what is in its place");
    }
    return absl::OkStatus();
  }

  absl::Status WriteFile(const TarEntry& entry, const Place& place, std::string_view path) {
    UniqueFd file(openat(place.parent, place.last.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.ok()) {
      return SystemError(path, "cannot create the file");
    }
    TSM_RETURN_IF_ERROR(CopyData(file.get(), path));
    TSM_RETURN_IF_ERROR(Finish(entry, place, path));
    return SetAttributes(entry, file.get(), path);  // a new owner would take a capability away
  }

  absl::Status CopyData(int fd, std::string_view path) {
    uint8_t buffer[kCopySize];
    while (true) {
      TSM_ASSIGN_OR_RETURN(const size_t got, reader_.Read(absl::MakeSpan(buffer)));
      if (got == 0) {
        return absl::OkStatus();
      }
      if (!WriteAll(fd, ByteSpan(buffer, got))) {
        return SystemError(path, "cannot write");
      }
    }
  }

  // The target is a member that was written before.
  absl::Status WriteHardLink(const TarEntry& entry, const Place& place, std::string_view path) {
    const std::string target = PathOf(entry.link_target);
    TSM_RETURN_IF_ERROR(CheckPath(target));
    const UniqueFd parent(dup(place.parent));  // Enter closes it
    TSM_ASSIGN_OR_RETURN(const Place old, Enter(target));
    if (linkat(old.parent, old.last.c_str(), parent.get(), place.last.c_str(), 0) != 0) {
      return SystemError(path, absl::StrCat("cannot make a link to ", QuoteName(entry.link_target)));
    }
    return absl::OkStatus();
  }

  absl::Status WriteNode(const TarEntry& entry, const Place& place, std::string_view path) {
    const mode_t type = entry.type == TarEntry::Type::kCharDevice    ? S_IFCHR
                        : entry.type == TarEntry::Type::kBlockDevice ? S_IFBLK
                                                                     : S_IFIFO;
    const dev_t device = makedev(static_cast<unsigned>(entry.device_major), static_cast<unsigned>(entry.device_minor));
    if (mknodat(place.parent, place.last.c_str(), type | 0600, device) != 0) {
      return SystemError(path, "cannot make the device or FIFO");
    }
    return Finish(entry, place, path);
  }

  // Owner, mode and time of everything but directories and hard links. The mode comes after the owner, which takes
  // set-user-ID bits away.
  static absl::Status Finish(const TarEntry& entry, const Place& place, std::string_view path) {
    const timespec times[2] = {Time(entry.time), Time(entry.time)};
    const char* last = place.last.c_str();
    if (fchownat(place.parent, last, static_cast<uid_t>(entry.uid), static_cast<gid_t>(entry.gid),
                 AT_SYMLINK_NOFOLLOW) != 0) {
      return SystemError(path, "cannot set the owner");
    }
    if (entry.type != TarEntry::Type::kSymlink && fchmodat(place.parent, last, entry.mode, 0) != 0) {
      return SystemError(path, "cannot set the mode");
    }
    return utimensat(place.parent, last, times, AT_SYMLINK_NOFOLLOW) == 0 ? absl::OkStatus()
                                                                          : SystemError(path, "cannot set the time");
  }

  static absl::Status SetAttributes(const TarEntry& entry, int fd, std::string_view path) {
    for (const auto& [name, value] : entry.attributes) {
      if (fsetxattr(fd, name.c_str(), value.data(), value.size(), 0) != 0) {
        return SystemError(path, absl::StrCat("cannot set the attribute ", QuoteName(name)));
      }
    }
    return absl::OkStatus();
  }

  // Deepest first, as a directory may end up closed even to its owner.
  absl::Status FinishDirectories() {
    for (auto directory = directories_.rbegin(); directory != directories_.rend(); ++directory) {
      const auto& [path, wanted] = *directory;
      UniqueFd fd(-1);
      if (path.empty()) {
        fd = UniqueFd(dup(open_directories_.root()));
      } else {
        TSM_ASSIGN_OR_RETURN(const Place place, Enter(path));
        fd = UniqueFd(openat(place.parent, place.last.c_str(), kDirectoryFlags));
      }
      const timespec times[2] = {Time(wanted.time), Time(wanted.time)};
      if (!fd.ok() || fchmod(fd.get(), wanted.mode) != 0 || futimens(fd.get(), times) != 0) {
        return SystemError(path, "cannot set mode and time of the directory");
      }
    }
    return absl::OkStatus();
  }

  TarReader reader_;
  const std::string name_;
  OpenDirectories open_directories_;
  const std::map<std::string, std::string>& moved_;
  std::map<std::string, Directory> directories_;  // by path; "" is the root
};

}  // namespace

absl::Status UnpackImage(ByteStream& tar, const std::string& root, const std::map<std::string, std::string>& moved) {
  UniqueFd fd(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok()) {
    return SystemError(root, "cannot open the directory");
  }
  return Unpacker(tar, std::move(fd), moved).Run();
}

}  // namespace tsmedia
