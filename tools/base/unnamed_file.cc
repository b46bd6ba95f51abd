#include "tools/base/unnamed_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/file_output.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// The disk begins to write every so many bytes, while the rest is still being made.
constexpr uint64_t kWritebackSize = 32 * kMiB;

absl::Status CannotCreate(const std::string& path, int error) {
  return absl::ErrnoToStatus(error, absl::StrCat(path, ": cannot create a file beside it"));
}

// How a process names an open file of its own (proc(5)).
std::string DescriptorPath(int fd) { return absl::StrCat("/proc/self/fd/", fd); }

}  // namespace

absl::StatusOr<std::unique_ptr<UnnamedFile>> UnnamedFile::Create(const std::string& path, int mode) {
  UniqueFd fd(open(DirectoryOf(path).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!fd.ok()) {
    // open(2): EOPNOTSUPP is a file system without, EISDIR and ENOENT a kernel without.
    bool unsupported = errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT;
    return unsupported ? CreateSpooled(path, mode) : CannotCreate(path, errno);
  }
  return absl::WrapUnique(new UnnamedFile(path, std::move(fd), mode, true));
}

absl::StatusOr<std::unique_ptr<UnnamedFile>> UnnamedFile::CreateSpooled(const std::string& path, int mode) {
  std::string spool = absl::StrCat(path, ".tmp.XXXXXX");
  UniqueFd fd(mkostemp(spool.data(), O_CLOEXEC));
  if (!fd.ok()) {
    return CannotCreate(path, errno);
  }
  unlink(spool.c_str());
  return absl::WrapUnique(new UnnamedFile(path, std::move(fd), mode, false));
}

absl::Status UnnamedFile::WriteAt(uint64_t offset, ByteSpan bytes) {
  TSM_RETURN_IF_ERROR(WriteFully(fd_.get(), path_, offset, bytes));
  uint64_t begin = offset - offset % kWritebackSize;
  if (offset + bytes.size() >= begin + kWritebackSize) {
    // Only a hint: whether the bytes reach the disk is for Commit's flush to find out.
    sync_file_range(fd_.get(), static_cast<off_t>(begin), kWritebackSize, SYNC_FILE_RANGE_WRITE);
  }
  return absl::OkStatus();
}

absl::Status UnnamedFile::Commit() {
  if (!can_link_) {
    return Copy();
  }
  if (fchmod(fd_.get(), static_cast<mode_t>(mode_)) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path_, ": cannot set the mode"));
  }
  if (fsync(fd_.get()) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path_, ": cannot flush to the disk"));
  }
  TSM_RETURN_IF_ERROR(Link());
  return FlushDirectory(DirectoryOf(path_));
}

absl::Status UnnamedFile::Link() {
  const std::string descriptor = DescriptorPath(fd_.get());
  if (linkat(AT_FDCWD, descriptor.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) == 0) {
    return absl::OkStatus();
  }
  if (errno != EEXIST) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path_, ": cannot give the finished file its name"));
  }
  // A link replaces nothing, a rename does.
  const std::string temporary = absl::StrCat(path_, ".tmp.", getpid());
  unlink(temporary.c_str());
  if (linkat(AT_FDCWD, descriptor.c_str(), AT_FDCWD, temporary.c_str(), AT_SYMLINK_FOLLOW) != 0 ||
      rename(temporary.c_str(), path_.c_str()) != 0) {
    int error = errno;
    unlink(temporary.c_str());
    return absl::ErrnoToStatus(error, absl::StrCat(path_, ": cannot replace by the finished file"));
  }
  return absl::OkStatus();
}

absl::Status UnnamedFile::Copy() {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> source, FileSource::Open(DescriptorPath(fd_.get())));
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<AtomicFile> file, AtomicFile::Create(path_, mode_));
  TSM_RETURN_IF_ERROR(file->AppendFrom(*source, 0, source->size()));
  return file->Commit();
}

}  // namespace tsmedia
