#include "tools/base/file_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "tools/base/unique_fd.h"

namespace tsmedia {
namespace {

// Of a large write the kernel makes as large pages, and while it looks for room for those it takes twice the time for
// the whole (measured with ext4 on Linux 6.18).
constexpr uint64_t kWriteSize = 256 * kKiB;

}  // namespace

std::string DirectoryOf(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status FlushDirectory(const std::string& directory) {
  const UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok()) {
    return absl::ErrnoToStatus(errno, absl::StrCat(directory, ": cannot open"));
  }
  // Some file systems cannot flush a directory; then there is nothing to wait for.
  if (fsync(fd.get()) != 0 && errno != EINVAL) {
    return absl::ErrnoToStatus(errno, absl::StrCat(directory, ": cannot flush to the disk"));
  }
  return absl::OkStatus();
}

absl::Status WriteFully(int fd, const std::string& path, uint64_t offset, ByteSpan bytes) {
  while (!bytes.empty()) {
    size_t size = std::min<uint64_t>(bytes.size(), kWriteSize - offset % kWriteSize);
    ssize_t count = pwrite(fd, bytes.data(), size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot write at offset ", offset));
    }
    offset += static_cast<uint64_t>(count);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

absl::Status WriteNewFile(const std::string& path, ByteSpan bytes, int mode) {
  UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.ok()) {
    return errno == EEXIST ? absl::AlreadyExistsError(absl::StrCat(path, ": exists already; it is not overwritten"))
                           : absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot create"));
  }
  absl::Status status = WriteFully(fd.get(), path, 0, bytes);
  if (status.ok() && (fchmod(fd.get(), static_cast<mode_t>(mode)) != 0 || fsync(fd.get()) != 0)) {
    status = absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot flush to the disk"));
  }
  fd.Reset();
  if (!status.ok()) {
    unlink(path.c_str());
    return status;
  }
  return FlushDirectory(DirectoryOf(path));
}

}  // namespace tsmedia
