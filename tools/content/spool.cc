#include "tools/content/spool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

constexpr size_t kPendingSize = 256 * kKiB;

// File systems without O_TMPFILE get a name that is taken back at once.
UniqueFd OpenUnnamed(const std::string& directory) {
  UniqueFd fd(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd.ok() || (errno != EOPNOTSUPP && errno != EISDIR)) {
    return fd;
  }
  std::string path = absl::StrCat(directory, "/.tsmedia-spool.XXXXXX");
  fd = UniqueFd(mkostemp(path.data(), O_CLOEXEC));
  if (fd.ok()) {
    unlink(path.c_str());
  }
  return fd;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Spool>> Spool::Create(const std::string& directory) {
  UniqueFd fd = OpenUnnamed(directory);
  if (!fd.ok()) {
    return absl::ErrnoToStatus(errno, absl::StrCat(directory, ": cannot create a temporary file"));
  }
  return absl::WrapUnique(new Spool(absl::StrCat("temporary file in ", directory), std::move(fd)));
}

absl::Status Spool::Append(ByteSpan bytes) {
  size_ += bytes.size();
  if (pending_.size() + bytes.size() <= kPendingSize) {
    pending_.append(AsText(bytes));
    return absl::OkStatus();
  }
  TSM_RETURN_IF_ERROR(Flush());
  return Write(bytes);
}

absl::Status Spool::Flush() {
  TSM_RETURN_IF_ERROR(Write(AsBytes(pending_)));
  pending_.clear();
  return absl::OkStatus();
}

absl::Status Spool::Write(ByteSpan bytes) {
  return WriteAll(fd_.get(), bytes) ? absl::OkStatus()
                                    : absl::ErrnoToStatus(errno, absl::StrCat(name_, ": cannot write"));
}

absl::Status Spool::DoReadAt(uint64_t offset, MutableByteSpan out) const {
  while (!out.empty()) {
    ssize_t count = pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return absl::ErrnoToStatus(count < 0 ? errno : EIO, absl::StrCat(name_, ": cannot read"));
    }
    offset += static_cast<uint64_t>(count);
    out.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
