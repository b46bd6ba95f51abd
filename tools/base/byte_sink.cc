#include "tools/base/byte_sink.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "tools/base/file_output.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// The disk begins to write after this much, while the rest is still being made: Commit then has little to wait for.
constexpr uint64_t kWritebackSize = 32 * kMiB;
// Bytes that AppendFrom holds in memory.
constexpr uint64_t kCopySize = kMiB;

}  // namespace

absl::Status ByteSink::AppendFrom(const ByteSource& source, uint64_t offset, uint64_t length) {
  auto buffer = std::make_unique_for_overwrite<uint8_t[]>(std::min(length, kCopySize));
  while (length > 0) {
    MutableByteSpan part(buffer.get(), std::min(length, kCopySize));
    TSM_RETURN_IF_ERROR(source.ReadAt(offset, part));
    TSM_RETURN_IF_ERROR(Append(part));
    offset += part.size();
    length -= part.size();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<AtomicFile>> AtomicFile::Create(const std::string& path, int mode) {
  std::string temporary_path = absl::StrCat(path, ".tmp.XXXXXX");
  int fd = mkostemp(temporary_path.data(), O_CLOEXEC);
  if (fd < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot create a file beside it"));
  }
  auto file = absl::WrapUnique(new AtomicFile(path, std::move(temporary_path), fd));
  if (fchmod(fd, static_cast<mode_t>(mode)) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot set the mode"));
  }
  return file;
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) {
    close(fd_);
  }
  if (!temporary_path_.empty()) {
    unlink(temporary_path_.c_str());
  }
}

absl::Status AtomicFile::Append(ByteSpan bytes) {
  TSM_RETURN_IF_ERROR(WriteAt(position_, bytes));
  AdvanceBy(bytes.size());
  return absl::OkStatus();
}

absl::Status AtomicFile::AppendFrom(const ByteSource& source, uint64_t offset, uint64_t length) {
  const auto* file = dynamic_cast<const FileSource*>(&source);
  while (file != nullptr && length > 0) {
    off_t from = static_cast<off_t>(offset);
    off_t to = static_cast<off_t>(position_);
    ssize_t count = copy_file_range(file->fd(), &from, fd_, &to, std::min<uint64_t>(length, kWritebackSize), 0);
    if (count <= 0) {
      // Devices, two file systems, a file that became shorter: reading and writing copies, or says what is wrong.
      break;
    }
    AdvanceBy(static_cast<uint64_t>(count));
    offset += static_cast<uint64_t>(count);
    length -= static_cast<uint64_t>(count);
  }
  return ByteSink::AppendFrom(source, offset, length);
}

void AtomicFile::AdvanceBy(uint64_t length) {
  position_ += length;
  if (position_ - writeback_position_ >= kWritebackSize) {
    // Only a hint: whether the bytes reach the disk is for Commit's flush to find out.
    sync_file_range(fd_, static_cast<off_t>(writeback_position_), static_cast<off_t>(position_ - writeback_position_),
                    SYNC_FILE_RANGE_WRITE);
    writeback_position_ = position_;
  }
}

absl::Status AtomicFile::WriteAt(uint64_t offset, ByteSpan bytes) { return WriteFully(fd_, path_, offset, bytes); }

absl::Status AtomicFile::Commit() {
  if (fsync(fd_) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path_, ": cannot flush to the disk"));
  }
  int result = close(fd_);
  fd_ = -1;
  if (result != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path_, ": cannot close"));
  }
  if (rename(temporary_path_.c_str(), path_.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path_, ": cannot replace by the finished file"));
  }
  temporary_path_.clear();
  return FlushDirectory(DirectoryOf(path_));
}

absl::Status WriteFileAtomically(const std::string& path, std::string_view bytes, int mode) {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<AtomicFile> file, AtomicFile::Create(path, mode));
  TSM_RETURN_IF_ERROR(file->Append(bytes));
  return file->Commit();
}

}  // namespace tsmedia
