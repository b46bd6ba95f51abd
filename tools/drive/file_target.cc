#include "tools/drive/file_target.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tools/base/file_output.h"
#include "tools/base/status_macros.h"
#include "tools/drive/aligned_buffer.h"

namespace tsmedia {
namespace {

// The kernel may still be looking at a drive that was just written, or udev at its partitions.
constexpr int kRereadAttempts = 20;
constexpr absl::Duration kRereadPause = absl::Milliseconds(100);

absl::Status OpenError(const std::string& path) {
  switch (errno) {
    case EBUSY:
      return absl::FailedPreconditionError(absl::StrCat(
          path,
          ": something else uses it (a mounted file system, swap space, a volume group, a RAID): end that first"));
    case EROFS:
      return absl::FailedPreconditionError(absl::StrCat(path, ": it is write-protected"));
    default:
      return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot open for writing"));
  }
}

absl::Status IoError(const std::string& path, std::string_view what, uint64_t offset) {
  return absl::DataLossError(absl::StrCat(path, ": cannot ", what, " at offset ", offset, ": ", std::strerror(errno)));
}

// Opens what `fd` is, which has the name `path`, a second time and past the kernel's cache; none if that cannot be
// done.
UniqueFd OpenDirect(const std::string& path, int fd) {
  UniqueFd direct(open(path.c_str(), O_RDWR | O_DIRECT | O_CLOEXEC));
  struct stat expected = {};
  struct stat found = {};
  if (!direct.ok() || fstat(fd, &expected) != 0 || fstat(direct.get(), &found) != 0 ||
      expected.st_dev != found.st_dev || expected.st_ino != found.st_ino) {
    return UniqueFd();
  }
  return direct;
}

}  // namespace

absl::StatusOr<std::unique_ptr<FileTarget>> FileTarget::Open(const std::string& path) {
  // O_EXCL without O_CREAT: the kernel refuses a block device that it uses itself (open(2)). Of a file it means
  // nothing.
  UniqueFd fd(open(path.c_str(), O_RDWR | O_EXCL | O_CLOEXEC));
  if (!fd.ok()) {
    return OpenError(path);
  }
  return Make(path, std::move(fd));
}

absl::StatusOr<std::unique_ptr<FileTarget>> FileTarget::Create(const std::string& path, uint64_t size) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd.ok()) {
    return OpenError(path);
  }
  if (const int error = posix_fallocate(fd.get(), 0, static_cast<off_t>(size)); error != 0) {
    unlink(path.c_str());
    return absl::ErrnoToStatus(error, absl::StrCat(path, ": there is no room for ", size, " bytes"));
  }
  return Make(path, std::move(fd));
}

absl::StatusOr<std::unique_ptr<FileTarget>> FileTarget::Make(const std::string& path, UniqueFd fd) {
  UniqueFd direct = OpenDirect(path, fd.get());
  auto target = absl::WrapUnique(new FileTarget(path, std::move(fd), std::move(direct)));
  TSM_RETURN_IF_ERROR(target->Examine());
  return target;
}

absl::Status FileTarget::Examine() {
  struct stat status = {};
  if (fstat(buffered_.get(), &status) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path_, ": cannot examine"));
  }
  if (S_ISREG(status.st_mode)) {
    size_ = static_cast<uint64_t>(status.st_size);
    return absl::OkStatus();
  }
  if (!S_ISBLK(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path_, ": neither a block device nor a regular file"));
  }
  int sector_size = 0;
  if (ioctl(buffered_.get(), BLKGETSIZE64, &size_) != 0 || ioctl(buffered_.get(), BLKSSZGET, &sector_size) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path_, ": cannot get the size of the device"));
  }
  is_device_ = true;
  device_number_ = status.st_rdev;
  sector_size_ = static_cast<uint32_t>(sector_size);
  return absl::OkStatus();
}

bool FileTarget::CanGoDirect(uint64_t offset, const uint8_t* memory) const {
  return direct_.ok() && offset % kTargetAlignment == 0 && reinterpret_cast<uintptr_t>(memory) % kTargetAlignment == 0;
}

absl::Status FileTarget::DoWriteAt(uint64_t offset, ByteSpan bytes) {
  while (CanGoDirect(offset, bytes.data()) && bytes.size() >= kTargetAlignment) {
    const size_t size = bytes.size() / kTargetAlignment * kTargetAlignment;
    const ssize_t count = pwrite(direct_.get(), bytes.data(), size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0 && errno != EINVAL) {
      return IoError(path_, "write", offset);
    }
    if (count <= 0) {
      break;  // the file system wants larger units: its cache has them
    }
    offset += static_cast<uint64_t>(count);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  absl::Status status = WriteFully(buffered_.get(), path_, offset, bytes);
  return status.ok() ? status : absl::DataLossError(status.message());
}

absl::Status FileTarget::Flush() {
  // Of a device the kernel also tells it to empty its own cache.
  if (fdatasync(buffered_.get()) != 0) {
    return absl::DataLossError(
        absl::StrCat(path_, ": not everything that was written has arrived (offset unknown): ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

absl::Status FileTarget::DoReadAt(uint64_t offset, MutableByteSpan out) const {
  if (!direct_.ok()) {
    return ReadBuffered(offset, out);
  }
  if (CanGoDirect(offset, out.data()) && out.size() % kTargetAlignment == 0) {
    return ReadDirect(offset, out);
  }
  const uint64_t begin = offset / kTargetAlignment * kTargetAlignment;
  const uint64_t end = std::min(RoundUp(offset + out.size(), kTargetAlignment), size_);
  AlignedBuffer buffer(RoundUp(end - begin, kTargetAlignment));
  TSM_RETURN_IF_ERROR(ReadDirect(begin, buffer.bytes().first(end - begin)));
  std::memcpy(out.data(), buffer.bytes().data() + (offset - begin), out.size());
  return absl::OkStatus();
}

// `out` is aligned, and has room up to the next multiple of the alignment.
absl::Status FileTarget::ReadDirect(uint64_t offset, MutableByteSpan out) const {
  while (!out.empty()) {
    const size_t size = RoundUp(out.size(), kTargetAlignment);
    const ssize_t count =
        CanGoDirect(offset, out.data()) ? pread(direct_.get(), out.data(), size, static_cast<off_t>(offset)) : 0;
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0 && errno != EINVAL) {
      return IoError(path_, "read", offset);
    }
    if (count <= 0) {
      return ReadBuffered(offset, out);
    }
    const size_t read = std::min(static_cast<size_t>(count), out.size());
    offset += read;
    out.remove_prefix(read);
  }
  return absl::OkStatus();
}

absl::Status FileTarget::ReadBuffered(uint64_t offset, MutableByteSpan out) const {
  // What is written in the meantime stays in the cache; the callers have flushed.
  posix_fadvise(buffered_.get(), static_cast<off_t>(offset), static_cast<off_t>(out.size()), POSIX_FADV_DONTNEED);
  while (!out.empty()) {
    const ssize_t count = pread(buffered_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      errno = count == 0 ? EIO : errno;
      return IoError(path_, "read", offset);
    }
    offset += static_cast<uint64_t>(count);
    out.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

absl::Status FileTarget::RereadPartitions() {
  for (int attempt = 1; is_device_ && ioctl(buffered_.get(), BLKRRPART) != 0; ++attempt) {
    if (errno == EINVAL || errno == ENOTTY) {
      break;  // a device that has no partitions
    }
    if (errno != EBUSY || attempt == kRereadAttempts) {
      return absl::ErrnoToStatus(errno, absl::StrCat(path_, ": the kernel does not read its new partition table"));
    }
    absl::SleepFor(kRereadPause);
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
