// The tree of files that becomes a package: collected from files, trees, archives and attributes, then validated.

#ifndef TSMEDIA_TOOLS_CONTENT_TREE_H_
#define TSMEDIA_TOOLS_CONTENT_TREE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/content/archive.h"
#include "tools/content/glob.h"
#include "tools/content/tar_writer.h"

namespace tsmedia {

// Mode of a file about which nothing is said, of an executable one, and of a directory (design section 4).
inline constexpr uint32_t kFileMode = 0644;
inline constexpr uint32_t kExecutableMode = 0755;
inline constexpr uint32_t kDirectoryMode = 0755;
// Linux gives every symbolic link this mode.
inline constexpr uint32_t kSymlinkMode = 0777;

// TreeEntry is one file, directory or symbolic link of the package.
struct TreeEntry {
  // The attribute of the rule that an entry comes from; error messages name it.
  enum class Origin : uint8_t { kSrcs, kArchives, kSymlinks, kEmptyDirs, kImplied };

  std::string path;
  // A file's place on this machine, a symlink's target, or empty (directories, files in archives).
  std::string source;
  uint32_t mode = 0;
  uint32_t archive = 0;  // if origin is kArchives: index into Tree::archives
  uint32_t content = 0;  // if it is also a file: the archive's number of its data
  EntryType type = EntryType::kFile;
  Origin origin = Origin::kSrcs;
  bool mode_is_default = false;  // nobody asked for this mode
  bool merged = false;           // a directory that an earlier entry stands for
};

// Tree is a validated package: every directory has an entry, `order` is that of the tar.
struct Tree {
  std::deque<TreeEntry> entries;
  std::vector<uint32_t> order;  // indices into `entries`; merged ones are left out
  std::vector<std::unique_ptr<Archive>> archives;
  std::vector<std::string> warnings;
};

// TreeBuilder collects entries and makes a Tree of them. Every error begins with the rule's attribute, for example
// `srcs: "bin/a" is given twice: ...`. Destinations are package paths; where a directory is meant, "" is the root.
class TreeBuilder {
 public:
  // Archives are decompressed into `spool_directory`.
  explicit TreeBuilder(std::string spool_directory) : spool_directory_(std::move(spool_directory)) {}

  // A file whose mode is explicit, or 0644 unless an executable pattern matches.
  void AddFile(std::string destination, std::string path, std::optional<uint32_t> mode);
  // Every regular file below the directory `path`. Symbolic links are followed: Bazel made them.
  absl::Status AddTree(std::string_view destination, const std::string& path);
  // Everything in an archive.
  absl::Status AddArchive(std::string_view destination, const std::string& path);
  void AddSymlink(std::string destination, std::string target);
  // A directory with this mode; one that also has files in it has it as well.
  void AddDirectory(std::string destination, uint32_t mode);
  // Files with a default mode that match become 0755; a pattern that matches none is an error.
  absl::Status AddExecutablePattern(std::string_view pattern);

  // Finish validates everything. `windows` turns names that Windows cannot have from warnings into errors. The builder
  // is to be used no more.
  absl::StatusOr<Tree> Finish(bool windows);

 private:
  struct Pattern {
    std::string text;
    Glob glob;
    bool used = false;
  };

  absl::Status ScanDirectory(const std::string& destination, const std::string& path, int depth);
  std::string Describe(const TreeEntry& entry) const;
  absl::Status Conflict(const TreeEntry& a, const TreeEntry& b, std::string_view problem) const;
  absl::Status ValidatePaths() const;
  absl::Status IndexPaths();
  absl::Status AddParents();
  absl::Status ApplyPatterns();
  absl::Status CheckSymlinks() const;
  absl::Status CheckSymlink(const TreeEntry& link) const;
  absl::Status CheckCollisions() const;
  absl::Status CheckWindowsNames(bool windows);
  void Sort();

  std::string spool_directory_;
  Tree tree_;
  std::vector<Pattern> patterns_;
  // Keys lie in `tree_.entries`, whose elements never move.
  absl::flat_hash_map<std::string_view, uint32_t> by_path_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_TREE_H_
