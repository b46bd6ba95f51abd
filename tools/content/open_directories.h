// The directories on the way to the file that is written next.

#ifndef TSMEDIA_TOOLS_CONTENT_OPEN_DIRECTORIES_H_
#define TSMEDIA_TOOLS_CONTENT_OPEN_DIRECTORIES_H_

#include <fcntl.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "tools/base/unique_fd.h"

namespace tsmedia {

// How a directory is opened below which files of an archive are written: links are not followed.
inline constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// OpenDirectories keeps the directories open that lead to a file: in an archive most files lie beside the one before.
class OpenDirectories {
 public:
  explicit OpenDirectories(UniqueFd root) : root_(std::move(root)) {}

  // Enter goes to the directory that these names lead to from the root, and returns its descriptor, which the next
  // Enter may close. `open` opens the directory `name` in `parent`; what it has opened before is not asked for again.
  absl::StatusOr<int> Enter(const std::vector<std::string_view>& names,
                            absl::FunctionRef<absl::StatusOr<UniqueFd>(int parent, const std::string& name)> open);

  int root() const { return root_.get(); }

 private:
  struct Level {
    std::string name;
    UniqueFd fd;
  };
  int Current() const { return levels_.empty() ? root_.get() : levels_.back().fd.get(); }

  UniqueFd root_;
  std::vector<Level> levels_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_OPEN_DIRECTORIES_H_
