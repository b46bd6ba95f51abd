// Files that have no name until they are complete.
//
// An AtomicFile lies beside its destination while it is written; a process that is killed leaves it there. An
// UnnamedFile leaves nothing behind, whatever happens before Commit: the file system itself drops it with the process.

#ifndef TSMEDIA_TOOLS_BASE_UNNAMED_FILE_H_
#define TSMEDIA_TOOLS_BASE_UNNAMED_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/bytes.h"
#include "tools/base/unique_fd.h"

namespace tsmedia {

class UnnamedFile {
 public:
  // Create starts a new file on the file system of `path` (O_TMPFILE). `mode` is exact: the process's umask has no part
  // in it. Where the file system has no unnamed files, it is CreateSpooled.
  static absl::StatusOr<std::unique_ptr<UnnamedFile>> Create(const std::string& path, int mode = 0644);
  // CreateSpooled starts a file whose name is taken away at once and which cannot get one again: Commit copies it, and
  // a process that is killed during that copy leaves a part of what was complete before.
  static absl::StatusOr<std::unique_ptr<UnnamedFile>> CreateSpooled(const std::string& path, int mode = 0644);

  // WriteAt writes `bytes` at `offset`; threads may write disjoint ranges.
  absl::Status WriteAt(uint64_t offset, ByteSpan bytes);
  // Commit flushes to the disk and gives the file the name `path`, in place of what had it. The object takes no more
  // bytes afterwards.
  absl::Status Commit();

  const std::string& path() const { return path_; }

 private:
  UnnamedFile(std::string path, UniqueFd fd, int mode, bool can_link)
      : path_(std::move(path)), fd_(std::move(fd)), mode_(mode), can_link_(can_link) {}
  absl::Status Link();
  absl::Status Copy();

  const std::string path_;
  const UniqueFd fd_;
  const int mode_;
  const bool can_link_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_UNNAMED_FILE_H_
