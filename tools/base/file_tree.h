// The tree that a list of paths implies.

#ifndef TSMEDIA_TOOLS_BASE_FILE_TREE_H_
#define TSMEDIA_TOOLS_BASE_FILE_TREE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tsmedia {

// FileTree holds directories and files as numbers. Directory 0 is the root. File i is the i-th path.
class FileTree {
 public:
  // A child of a directory.
  struct Child {
    std::string_view name;
    uint32_t index;  // of a directory or of a file
    bool is_directory;
  };
  struct Directory {
    std::string_view name;        // empty for the root
    uint32_t parent = 0;          // the root's is itself
    uint32_t level = 1;           // the root's is 1
    std::vector<Child> children;  // bytewise ascending by name
  };

  // Build makes the tree of `paths`, which it views and which must outlive it. InvalidArgument for a path that is not
  // absolute, has an empty, "." or ".." component, one of more than 255 bytes, control characters or bytes that are not
  // UTF-8, for equal paths, and for a path that is both a file and a directory.
  static absl::StatusOr<FileTree> Build(const std::vector<std::string_view>& paths);

  const std::vector<Directory>& directories() const { return directories_; }

  // Absolute path of a directory: "/" for the root, else without a '/' at the end.
  std::string DirectoryPath(uint32_t index) const;

 private:
  std::vector<Directory> directories_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_FILE_TREE_H_
