// The root directory of an operating system that is being deployed, seen from outside.

#ifndef TSMEDIA_TOOLS_STEPS_TARGET_ROOT_H_
#define TSMEDIA_TOOLS_STEPS_TARGET_ROOT_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/unique_fd.h"

namespace tsmedia {

// TargetRoot reads and writes files below a directory. Symbolic links are followed as if that directory were the root
// of all: a link to /etc/passwd in the image means the image's file, never that of the running system. Paths are
// absolute in this sense.
class TargetRoot {
 public:
  static absl::StatusOr<std::unique_ptr<TargetRoot>> Open(const std::string& directory);

  // Write replaces a file in one step, or makes it, and the directories above it. A link in its place is replaced, not
  // followed.
  absl::Status Write(std::string_view path, std::string_view content, int mode = 0644) const;

  // Read returns a file of at most 1 MiB.
  absl::StatusOr<std::string> Read(const std::string& path) const;

  // OpenFile opens a file for reading.
  absl::StatusOr<UniqueFd> OpenFile(const std::string& path) const;

  bool Exists(const std::string& path) const;

  // Link makes a symbolic link, or replaces what is in its place.
  absl::Status Link(std::string_view path, const std::string& target) const;

  // ReadLink returns the target of a symbolic link, "" if it is none.
  std::string ReadLink(const std::string& path) const;

  // List returns the names in a directory, ascending; none if there is no such directory.
  std::vector<std::string> List(const std::string& path) const;

  const std::string& directory() const { return directory_; }

 private:
  TargetRoot(std::string directory, UniqueFd fd) : directory_(std::move(directory)), fd_(std::move(fd)) {}
  // Opens a path; not ok, and errno, on failure.
  UniqueFd OpenInside(const std::string& path, int flags) const;
  // Opens the directory that `path` is in, after making it; `last` becomes the last component.
  absl::StatusOr<UniqueFd> OpenParent(std::string_view path, std::string* last) const;

  const std::string directory_;
  const UniqueFd fd_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_STEPS_TARGET_ROOT_H_
