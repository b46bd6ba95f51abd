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
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

constexpr size_t kMaxRead = size_t{1} << 20;
constexpr char kTemporary[] = ".tsmedia-new";

absl::Status FileError(std::string_view path, std::string_view what) {
  return absl::ErrnoToStatus(errno, absl::StrCat(what, " ", path, " in the deployed operating system"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TargetRoot>> TargetRoot::Open(const std::string& directory) {
  UniqueFd fd(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", directory));
  }
  return absl::WrapUnique(new TargetRoot(directory, std::move(fd)));
}

UniqueFd TargetRoot::OpenInside(const std::string& path, int flags) const {
  open_how how = {};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  return UniqueFd(static_cast<int>(syscall(SYS_openat2, fd_.get(), path.c_str(), &how, sizeof(how))));
}

absl::StatusOr<UniqueFd> TargetRoot::OpenParent(std::string_view path, std::string* last) const {
  std::vector<std::string> components = absl::StrSplit(path, '/', absl::SkipEmpty());
  if (components.empty()) {
    return absl::InvalidArgumentError("the root directory is no file");
  }
  *last = components.back();
  components.pop_back();
  std::string above = "/";
  for (const std::string& component : components) {
    const UniqueFd parent = OpenInside(above, O_PATH | O_DIRECTORY);
    absl::StrAppend(&above, component, "/");
    mkdirat(parent.get(), component.c_str(), 0755);  // usually there; if it can't be made, the next opening says so
  }
  UniqueFd parent = OpenInside(above, O_RDONLY | O_DIRECTORY);
  if (!parent.ok()) {
    return FileError(path, "cannot open the directory of");
  }
  return parent;
}

absl::Status TargetRoot::Write(std::string_view path, std::string_view content, int mode) const {
  std::string last;
  TSM_ASSIGN_OR_RETURN(const UniqueFd parent, OpenParent(path, &last));
  const std::string temporary = absl::StrCat(last, kTemporary);
  unlinkat(parent.get(), temporary.c_str(), 0);
  UniqueFd fd(openat(parent.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.ok()) {
    return FileError(path, "cannot create");
  }
  if (!WriteAll(fd.get(), AsBytes(content)) || fchmod(fd.get(), static_cast<mode_t>(mode)) != 0 ||
      fsync(fd.get()) != 0) {
    return FileError(path, "cannot write");
  }
  fd.Reset();
  return renameat(parent.get(), temporary.c_str(), parent.get(), last.c_str()) == 0 ? absl::OkStatus()
                                                                                    : FileError(path, "cannot replace");
}

absl::StatusOr<UniqueFd> TargetRoot::OpenFile(const std::string& path) const {
  UniqueFd fd = OpenInside(path, O_RDONLY);
  if (!fd.ok()) {
    return FileError(path, "cannot open");
  }
  return fd;
}

absl::StatusOr<std::string> TargetRoot::Read(const std::string& path) const {
  TSM_ASSIGN_OR_RETURN(const UniqueFd fd, OpenFile(path));
  std::string content;
  char buffer[4096];
  while (content.size() <= kMaxRead) {
    const ssize_t size = read(fd.get(), buffer, sizeof(buffer));
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

bool TargetRoot::Exists(const std::string& path) const { return OpenInside(path, O_PATH).ok(); }

absl::Status TargetRoot::Link(std::string_view path, const std::string& target) const {
  std::string last;
  TSM_ASSIGN_OR_RETURN(const UniqueFd parent, OpenParent(path, &last));
  unlinkat(parent.get(), last.c_str(), 0);
  return symlinkat(target.c_str(), parent.get(), last.c_str()) == 0 ? absl::OkStatus() : FileError(path, "cannot link");
}

std::string TargetRoot::ReadLink(const std::string& path) const {
  const UniqueFd fd = OpenInside(path, O_PATH | O_NOFOLLOW);
  char target[PATH_MAX];
  const ssize_t size = fd.ok() ? readlinkat(fd.get(), "", target, sizeof(target)) : -1;
  return size < 0 ? "" : std::string(target, static_cast<size_t>(size));
}

std::vector<std::string> TargetRoot::List(const std::string& path) const {
  std::vector<std::string> names;
  UniqueFd fd = OpenInside(path, O_RDONLY | O_DIRECTORY);
  DIR* entries = fdopendir(fd.get());
  if (entries == nullptr) {
    return names;
  }
  fd.Release();  // belongs to `entries` now
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
