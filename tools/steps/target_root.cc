#include "tools/steps/target_root.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "absl/cleanup/cleanup.h"
#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

constexpr size_t kMaxRead = size_t{1} << 20;
constexpr char kTemporary[] = ".tsmedia-new";

absl::Status FileError(std::string_view path, std::string_view what) {
  return absl::ErrnoToStatus(errno, absl::StrCat(what, " ", path, " in the deployed operating system"));
}

bool WriteAll(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t size = write(fd, content.data(), content.size());
    if (size < 0 && errno != EINTR) {
      return false;
    }
    content.remove_prefix(size < 0 ? 0 : static_cast<size_t>(size));
  }
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TargetRoot>> TargetRoot::Open(const std::string& directory) {
  const int fd = open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", directory));
  }
  return absl::WrapUnique(new TargetRoot(directory, fd));
}

TargetRoot::~TargetRoot() { close(fd_); }

int TargetRoot::OpenInside(const std::string& path, int flags) const {
  open_how how = {};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, fd_, path.c_str(), &how, sizeof(how)));
}

absl::StatusOr<int> TargetRoot::OpenParent(std::string_view path, std::string* last) const {
  std::vector<std::string> components = absl::StrSplit(path, '/', absl::SkipEmpty());
  if (components.empty()) {
    return absl::InvalidArgumentError("the root directory is no file");
  }
  *last = components.back();
  components.pop_back();
  std::string above = "/";
  for (const std::string& component : components) {
    const int parent = OpenInside(above, O_PATH | O_DIRECTORY);
    absl::StrAppend(&above, component, "/");
    if (parent >= 0) {
      mkdirat(parent, component.c_str(), 0755);  // usually there; if it can't be made, the next opening says so
      close(parent);
    }
  }
  const int parent = OpenInside(above, O_RDONLY | O_DIRECTORY);
  return parent >= 0 ? absl::StatusOr<int>(parent) : FileError(path, "cannot open the directory of");
}

absl::Status TargetRoot::Write(std::string_view path, std::string_view content, int mode) const {
  std::string last;
  TSM_ASSIGN_OR_RETURN(const int parent, OpenParent(path, &last));
  const absl::Cleanup close_parent = [parent] { close(parent); };
  const std::string temporary = absl::StrCat(last, kTemporary);
  unlinkat(parent, temporary.c_str(), 0);
  const int fd = openat(parent, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) {
    return FileError(path, "cannot create");
  }
  const bool written = WriteAll(fd, content) && fchmod(fd, static_cast<mode_t>(mode)) == 0 && fsync(fd) == 0;
  const absl::Status failure = written ? absl::OkStatus() : FileError(path, "cannot write");
  close(fd);
  TSM_RETURN_IF_ERROR(failure);
  return renameat(parent, temporary.c_str(), parent, last.c_str()) == 0 ? absl::OkStatus()
                                                                        : FileError(path, "cannot replace");
}

absl::StatusOr<int> TargetRoot::OpenFile(const std::string& path) const {
  const int fd = OpenInside(path, O_RDONLY);
  return fd >= 0 ? absl::StatusOr<int>(fd) : FileError(path, "cannot open");
}

absl::StatusOr<std::string> TargetRoot::Read(const std::string& path) const {
  TSM_ASSIGN_OR_RETURN(const int fd, OpenFile(path));
  const absl::Cleanup close_file = [fd] { close(fd); };
  std::string content;
  char buffer[4096];
  while (content.size() <= kMaxRead) {
    const ssize_t size = read(fd, buffer, sizeof(buffer));
    if (size == 0) {
      return content;
    }
    if (size < 0 && errno != EINTR) {
      return FileError(path, "cannot read");
    }
    content.append(buffer, size < 0 ? 0 : static_cast<size_t>(size));
  }
  return absl::ResourceExhaustedError(absl::StrCat(path, " is larger than expected"));
}

bool TargetRoot::Exists(const std::string& path) const {
  const int fd = OpenInside(path, O_PATH);
  if (fd >= 0) {
    close(fd);
  }
  return fd >= 0;
}

absl::Status TargetRoot::Link(std::string_view path, const std::string& target) const {
  std::string last;
  TSM_ASSIGN_OR_RETURN(const int parent, OpenParent(path, &last));
  const absl::Cleanup close_parent = [parent] { close(parent); };
  unlinkat(parent, last.c_str(), 0);
  return symlinkat(target.c_str(), parent, last.c_str()) == 0 ? absl::OkStatus() : FileError(path, "cannot link");
}

std::string TargetRoot::ReadLink(const std::string& path) const {
  const int fd = OpenInside(path, O_PATH | O_NOFOLLOW);
  char target[PATH_MAX];
  const ssize_t size = fd < 0 ? -1 : readlinkat(fd, "", target, sizeof(target));
  if (fd >= 0) {
    close(fd);
  }
  return size < 0 ? "" : std::string(target, static_cast<size_t>(size));
}

std::vector<std::string> TargetRoot::List(const std::string& path) const {
  std::vector<std::string> names;
  const int fd = OpenInside(path, O_RDONLY | O_DIRECTORY);
  DIR* entries = fd < 0 ? nullptr : fdopendir(fd);
  if (entries == nullptr) {
    if (fd >= 0) {
      close(fd);
    }
    return names;
  }
  while (const dirent* entry = readdir(entries)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") {
      names.push_back(name);
    }
  }
  closedir(entries);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tsmedia
