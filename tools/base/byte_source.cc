#include "tools/base/byte_source.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// Size in bytes of an open regular file or block device.
absl::StatusOr<uint64_t> SizeOf(int fd, const std::string& path) {
  struct stat info;
  if (fstat(fd, &info) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot get the size"));
  }
  if (S_ISREG(info.st_mode)) {
    return static_cast<uint64_t>(info.st_size);
  }
  if (S_ISBLK(info.st_mode)) {
    uint64_t size = 0;
    if (ioctl(fd, BLKGETSIZE64, &size) != 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot get the size of the device"));
    }
    return size;
  }
  return absl::InvalidArgumentError(absl::StrCat(path, ": neither a regular file nor a block device"));
}

// Of a device, what is read has to come from there: a mounted partition has a cache of its own in the kernel, and what
// is written through it does not reach that of the whole device.
void DropDeviceCache(int fd) {
  struct stat info;
  if (fstat(fd, &info) == 0 && S_ISBLK(info.st_mode)) {
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  }
}

}  // namespace

absl::Status ByteSource::ReadAt(uint64_t offset, MutableByteSpan out) const {
  if (offset > size() || out.size() > size() - offset) {
    return absl::OutOfRangeError(absl::StrCat(name(), ": truncated: wanted ", out.size(), " bytes at offset ", offset,
                                              ", but the size is ", size()));
  }
  return out.empty() ? absl::OkStatus() : DoReadAt(offset, out);
}

absl::StatusOr<std::string> ByteSource::ReadString(uint64_t offset, uint64_t length) const {
  if (offset > size() || length > size() - offset) {
    // Checked before the allocation: `length` may come from a damaged header.
    return absl::OutOfRangeError(absl::StrCat(name(), ": truncated: wanted ", length, " bytes at offset ", offset,
                                              ", but the size is ", size()));
  }
  std::string bytes(length, '\0');
  TSM_RETURN_IF_ERROR(ReadAt(offset, MutableByteSpan(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size())));
  return bytes;
}

absl::StatusOr<std::unique_ptr<FileSource>> FileSource::Open(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot open"));
  }
  TSM_ASSIGN_OR_RETURN(const uint64_t size, SizeOf(fd.get(), path));
  DropDeviceCache(fd.get());
  return absl::WrapUnique(new FileSource(path, std::move(fd), size));
}

absl::Status FileSource::DoReadAt(uint64_t offset, MutableByteSpan out) const {
  while (!out.empty()) {
    ssize_t count = pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return absl::DataLossError(absl::StrCat(path_, ": cannot read at offset ", offset, ": ", std::strerror(errno)));
    }
    if (count == 0) {
      return absl::DataLossError(
          absl::StrCat(path_, ": the file became shorter while it was read, at offset ", offset));
    }
    offset += static_cast<uint64_t>(count);
    out.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

absl::Status MemorySource::DoReadAt(uint64_t offset, MutableByteSpan out) const {
  std::memcpy(out.data(), bytes_.data() + offset, out.size());
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<SliceSource>> SliceSource::Create(const ByteSource* base, uint64_t offset,
                                                                 uint64_t length, std::string name) {
  if (offset > base->size() || length > base->size() - offset) {
    return absl::OutOfRangeError(absl::StrCat(name, ": its bytes ", offset, " to ", offset, " + ", length,
                                              " lie outside of ", base->name(), ", whose size is ", base->size()));
  }
  return absl::WrapUnique(new SliceSource(base, offset, length, std::move(name)));
}

absl::Status SliceSource::DoReadAt(uint64_t offset, MutableByteSpan out) const {
  return base_->ReadAt(offset_ + offset, out);
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path, uint64_t max_size) {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> source, FileSource::Open(path));
  if (source->size() > max_size) {
    return absl::ResourceExhaustedError(
        absl::StrCat(path, ": too large: ", source->size(), " bytes, at most ", max_size, " are allowed"));
  }
  return source->ReadString(0, source->size());
}

}  // namespace tsmedia
