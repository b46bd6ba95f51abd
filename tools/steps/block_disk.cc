#include "tools/steps/block_disk.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// The kernel may still be looking at a disk that was just changed, or udev-like programs at its partitions.
constexpr int kRereadAttempts = 20;
constexpr absl::Duration kRereadPause = absl::Milliseconds(100);

absl::Status DiskError(const std::string& path, std::string_view what) {
  const int error = errno;
  if (error == EBUSY) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is in use by something else"));
  }
  return absl::ErrnoToStatus(error, absl::StrCat(what, " ", path));
}

}  // namespace

absl::StatusOr<std::unique_ptr<BlockDisk>> BlockDisk::Open(const std::string& path) {
  // O_EXCL without O_CREAT: the kernel refuses a block device that it uses itself (open(2)).
  return OpenWith(path, O_EXCL);
}

absl::StatusOr<std::unique_ptr<BlockDisk>> BlockDisk::OpenShared(const std::string& path) { return OpenWith(path, 0); }

absl::StatusOr<std::unique_ptr<BlockDisk>> BlockDisk::OpenWith(const std::string& path, int flags) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC | flags));
  if (!fd.ok()) {
    return DiskError(path, "cannot open");
  }
  struct stat status = {};
  uint64_t size = 0;
  fstat(fd.get(), &status);
  const bool is_device = S_ISBLK(status.st_mode);
  if (is_device && ioctl(fd.get(), BLKGETSIZE64, &size) != 0) {
    return DiskError(path, "cannot examine");
  }
  if (!is_device) {
    size = static_cast<uint64_t>(status.st_size);
  }
  return absl::WrapUnique(new BlockDisk(path, std::move(fd), size, is_device));
}

absl::Status BlockDisk::DoReadAt(uint64_t offset, MutableByteSpan out) const {
  while (!out.empty()) {
    const ssize_t size = pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size <= 0) {
      return absl::DataLossError(absl::StrCat("cannot read ", path_, " at offset ", offset));
    }
    offset += static_cast<uint64_t>(size);
    out.remove_prefix(static_cast<size_t>(size));
  }
  return absl::OkStatus();
}

absl::Status BlockDisk::WriteAt(uint64_t offset, ByteSpan bytes) {
  if (offset > size_ || bytes.size() > size_ - offset) {
    return absl::OutOfRangeError(absl::StrCat(path_, " ends before offset ", offset, " + ", bytes.size()));
  }
  while (!bytes.empty()) {
    const ssize_t size = pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size <= 0) {
      return DiskError(path_, "cannot write to");
    }
    offset += static_cast<uint64_t>(size);
    bytes.remove_prefix(static_cast<size_t>(size));
  }
  return absl::OkStatus();
}

absl::Status BlockDisk::WriteZeros(uint64_t offset, uint64_t length) {
  static const std::string* const zeros = new std::string(kMiB, '\0');
  length = offset < size_ ? std::min(length, size_ - offset) : 0;
  for (uint64_t done = 0; done < length; done += kMiB) {
    const uint64_t part = std::min<uint64_t>(kMiB, length - done);
    TSM_RETURN_IF_ERROR(WriteAt(offset + done, AsBytes(*zeros).first(part)));
  }
  return absl::OkStatus();
}

absl::Status BlockDisk::Flush() {
  return fsync(fd_.get()) == 0 ? absl::OkStatus() : DiskError(path_, "cannot write everything to");
}

absl::Status BlockDisk::RereadPartitions() {
  for (int attempt = 1; is_device_ && ioctl(fd_.get(), BLKRRPART) != 0; ++attempt) {
    if (errno != EBUSY || attempt == kRereadAttempts) {
      return DiskError(path_, "the kernel does not take the new partition table of");
    }
    absl::SleepFor(kRereadPause);
  }
  return absl::OkStatus();
}

absl::Status DiskSink::Append(ByteSpan bytes) {
  TSM_RETURN_IF_ERROR(disk_->WriteAt(offset_, bytes));
  offset_ += bytes.size();
  return absl::OkStatus();
}

}  // namespace tsmedia
