#include "tools/content/tree.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/hash/hash.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/base/status_macros.h"
#include "tools/base/utf8.h"
#include "tools/content/package_path.h"

namespace tsmedia {
namespace {

using Origin = TreeEntry::Origin;

// Deeper paths are refused anyway; it ends circles of links early.
constexpr int kMaxDepth = kMaxPathDepth;
// As Linux: more links on the way to a file are a circle.
constexpr int kMaxLinks = 40;
// Names shown in a warning before it only counts.
constexpr size_t kShownNames = 3;

std::string_view AttributeOf(Origin origin) {
  switch (origin) {
    case Origin::kArchives:
      return "archives";
    case Origin::kSymlinks:
      return "symlinks";
    case Origin::kEmptyDirs:
      return "empty_dirs";
    case Origin::kSrcs:
    case Origin::kImplied:
      break;
  }
  return "srcs";
}

std::string_view TypeName(EntryType type) {
  switch (type) {
    case EntryType::kDirectory:
      return "a directory";
    case EntryType::kSymlink:
      return "a symbolic link";
    case EntryType::kFile:
      break;
  }
  return "a file";
}

absl::Status AttributeError(Origin origin, std::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(AttributeOf(origin), ": ", problem));
}

absl::Status InAttribute(Origin origin, const absl::Status& status) {
  return status.ok() ? status : absl::Status(status.code(), absl::StrCat(AttributeOf(origin), ": ", status.message()));
}

// Destinations of directories may be written "/", "docs" or "docs/".
std::string DirectoryDestination(std::string_view destination) {
  if (destination == "/") {
    return "";
  }
  absl::ConsumeSuffix(&destination, "/");
  return std::string(destination);
}

std::string Join(std::string_view directory, std::string_view path) {
  return absl::StrCat(directory, directory.empty() || path.empty() ? "" : "/", path);
}

std::string_view ParentOf(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

absl::Status ErrnoError(Origin origin, std::string_view path, std::string_view problem) {
  return InAttribute(origin, absl::ErrnoToStatus(errno, absl::StrCat(path, ": ", problem)));
}

// ChildType says what an entry of a directory is; links are followed. `type` is what readdir(3) knows about it.
absl::StatusOr<EntryType> ChildType(const std::string& path, unsigned char type) {
  if (type == DT_LNK || type == DT_UNKNOWN) {
    struct stat status;
    if (stat(path.c_str(), &status) != 0) {
      return ErrnoError(Origin::kSrcs, path, "cannot find what it is");
    }
    type = S_ISREG(status.st_mode) ? DT_REG : S_ISDIR(status.st_mode) ? DT_DIR : DT_UNKNOWN;
  }
  if (type != DT_REG && type != DT_DIR) {
    return AttributeError(Origin::kSrcs, absl::StrCat(QuoteName(path), " is a device node, FIFO or socket"));
  }
  return type == DT_DIR ? EntryType::kDirectory : EntryType::kFile;
}

}  // namespace

void TreeBuilder::AddFile(std::string destination, std::string path, std::optional<uint32_t> mode) {
  TreeEntry& entry = tree_.entries.emplace_back();
  entry.path = std::move(destination);
  entry.source = std::move(path);
  entry.mode = mode.value_or(kFileMode);
  entry.mode_is_default = !mode.has_value();
}

void TreeBuilder::AddSymlink(std::string destination, std::string target) {
  TreeEntry& entry = tree_.entries.emplace_back();
  entry.path = std::move(destination);
  entry.source = std::move(target);
  entry.mode = kSymlinkMode;
  entry.type = EntryType::kSymlink;
  entry.origin = Origin::kSymlinks;
}

void TreeBuilder::AddDirectory(std::string destination, uint32_t mode) {
  TreeEntry& entry = tree_.entries.emplace_back();
  entry.path = DirectoryDestination(destination);
  entry.mode = mode;
  entry.type = EntryType::kDirectory;
  entry.origin = Origin::kEmptyDirs;
}

absl::Status TreeBuilder::AddTree(std::string_view destination, const std::string& path) {
  return ScanDirectory(DirectoryDestination(destination), path, 0);
}

absl::Status TreeBuilder::ScanDirectory(const std::string& destination, const std::string& path, int depth) {
  if (depth > kMaxDepth) {
    return AttributeError(Origin::kSrcs, absl::StrCat(path, ": the directories are too deep"));
  }
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) {
    return ErrnoError(Origin::kSrcs, path, "cannot list the directory");
  }
  absl::Cleanup close_directory = [directory] { closedir(directory); };
  std::vector<std::pair<std::string, EntryType>> children;
  errno = 0;
  while (const dirent* found = readdir(directory)) {
    std::string_view name = found->d_name;
    if (name == "." || name == "..") {
      continue;
    }
    TSM_ASSIGN_OR_RETURN(EntryType type, ChildType(Join(path, name), found->d_type));
    children.emplace_back(name, type);
    errno = 0;
  }
  if (errno != 0) {
    return ErrnoError(Origin::kSrcs, path, "cannot list the directory");
  }
  // One directory is open at a time, whatever the depth.
  std::move(close_directory).Invoke();
  // Small sorts here make the large one at the end unnecessary.
  std::sort(children.begin(), children.end(), [](const auto& a, const auto& b) {
    return MemberNameLess(a.first, a.second == EntryType::kDirectory, b.first, b.second == EntryType::kDirectory);
  });
  for (const auto& [name, type] : children) {
    if (type == EntryType::kFile) {
      AddFile(Join(destination, name), Join(path, name), std::nullopt);
    } else {
      TSM_RETURN_IF_ERROR(ScanDirectory(Join(destination, name), Join(path, name), depth + 1));
    }
  }
  return absl::OkStatus();
}

absl::Status TreeBuilder::AddArchive(std::string_view destination, const std::string& path) {
  std::string directory = DirectoryDestination(destination);
  absl::StatusOr<std::unique_ptr<Archive>> archive = Archive::Open(path, spool_directory_, &tree_.warnings);
  if (!archive.ok()) {
    return InAttribute(Origin::kArchives, archive.status());
  }
  uint32_t index = static_cast<uint32_t>(tree_.archives.size());
  tree_.archives.push_back(*std::move(archive));
  for (ArchiveMember& member : tree_.archives.back()->members()) {
    TreeEntry entry;
    entry.path = Join(directory, member.path);
    entry.source = std::move(member.link_target);
    entry.archive = index;
    entry.content = member.content;
    entry.type = member.type;
    entry.origin = Origin::kArchives;
    entry.mode_is_default = !member.mode.has_value();
    entry.mode = member.mode.value_or(member.type == EntryType::kDirectory ? kDirectoryMode : kFileMode);
    if (entry.type == EntryType::kSymlink) {
      entry.mode = kSymlinkMode;
    }
    // The package's own root has no entry: it is the extractor's directory.
    if (!entry.path.empty() || entry.type != EntryType::kDirectory) {
      tree_.entries.push_back(std::move(entry));
    }
  }
  tree_.archives.back()->members().clear();
  return absl::OkStatus();
}

absl::Status TreeBuilder::AddExecutablePattern(std::string_view pattern) {
  absl::StatusOr<Glob> glob = Glob::Parse(pattern);
  if (!glob.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("executables: ", glob.status().message()));
  }
  patterns_.push_back({std::string(pattern), *std::move(glob)});
  return absl::OkStatus();
}

absl::StatusOr<Tree> TreeBuilder::Finish(bool windows) {
  TSM_RETURN_IF_ERROR(ValidatePaths());
  TSM_RETURN_IF_ERROR(IndexPaths());
  TSM_RETURN_IF_ERROR(AddParents());
  TSM_RETURN_IF_ERROR(ApplyPatterns());
  // Sorting and comparing 100,000 paths takes as long as packing some megabytes: it is done on two threads.
  absl::Status collisions;
  std::thread collision_check([&] { collisions = CheckCollisions(); });
  Sort();
  absl::Status symlinks = CheckSymlinks();
  absl::Status windows_names = CheckWindowsNames(windows);
  collision_check.join();
  TSM_RETURN_IF_ERROR(symlinks);
  TSM_RETURN_IF_ERROR(collisions);
  TSM_RETURN_IF_ERROR(windows_names);
  return std::move(tree_);
}

std::string TreeBuilder::Describe(const TreeEntry& entry) const {
  switch (entry.origin) {
    case Origin::kSrcs:
      return absl::StrCat("the file ", entry.source);
    case Origin::kArchives:
      return absl::StrCat("the archive ", tree_.archives[entry.archive]->path());
    case Origin::kSymlinks:
      return absl::StrCat("symlinks (target ", QuoteName(entry.source), ")");
    case Origin::kEmptyDirs:
      return "empty_dirs";
    case Origin::kImplied:
      break;
  }
  return "a path below it";
}

absl::Status TreeBuilder::Conflict(const TreeEntry& a, const TreeEntry& b, std::string_view problem) const {
  // The later one is what has to change.
  return AttributeError(b.origin == Origin::kImplied ? a.origin : b.origin,
                        absl::StrCat(problem, ": by ", Describe(a), " and by ", Describe(b)));
}

absl::Status TreeBuilder::ValidatePaths() const {
  for (const TreeEntry& entry : tree_.entries) {
    TSM_RETURN_IF_ERROR(InAttribute(entry.origin, ValidatePackagePath(entry.path)));
    if (entry.mode > 07777) {
      return AttributeError(entry.origin, absl::StrCat(QuoteName(entry.path), ": the mode is above 07777"));
    }
  }
  return absl::OkStatus();
}

// Directories may be given many times, as every archive brings its own; all who say a mode must agree.
absl::Status TreeBuilder::IndexPaths() {
  by_path_.reserve(tree_.entries.size());
  std::deque<TreeEntry>& entries = tree_.entries;
  for (uint32_t i = 0; i < entries.size(); ++i) {
    auto [found, inserted] = by_path_.try_emplace(entries[i].path, i);
    if (inserted) {
      continue;
    }
    TreeEntry& first = entries[found->second];
    if (first.type != EntryType::kDirectory || entries[i].type != EntryType::kDirectory) {
      bool same_type = first.type == entries[i].type;
      return Conflict(first, entries[i],
                      same_type ? absl::StrCat(QuoteName(first.path), " is given twice")
                                : absl::StrCat(QuoteName(first.path), " is ", TypeName(first.type), " and ",
                                               TypeName(entries[i].type)));
    }
    entries[i].merged = true;
    if (first.mode_is_default) {
      first.mode = entries[i].mode;
      first.mode_is_default = entries[i].mode_is_default;
    } else if (!entries[i].mode_is_default && first.mode != entries[i].mode) {
      return Conflict(first, entries[i], absl::StrCat("the directory ", QuoteName(first.path), " has two modes"));
    }
  }
  return absl::OkStatus();
}

absl::Status TreeBuilder::AddParents() {
  std::deque<TreeEntry>& entries = tree_.entries;
  size_t given = entries.size();
  for (size_t i = 0; i < given; ++i) {
    for (std::string_view parent = ParentOf(entries[i].path); !parent.empty(); parent = ParentOf(parent)) {
      auto found = by_path_.find(parent);
      if (found == by_path_.end()) {
        TreeEntry& entry = entries.emplace_back();
        entry.path = parent;
        entry.mode = kDirectoryMode;
        entry.mode_is_default = true;
        entry.type = EntryType::kDirectory;
        entry.origin = Origin::kImplied;
        by_path_.emplace(entry.path, static_cast<uint32_t>(entries.size() - 1));
        continue;
      }
      const TreeEntry& known = entries[found->second];
      if (known.type != EntryType::kDirectory) {
        return Conflict(known, entries[i],
                        absl::StrCat(QuoteName(known.path), " is ", TypeName(known.type), ", but ",
                                     QuoteName(entries[i].path), " needs it as a directory"));
      }
      break;  // and so are all parents of it, or they are checked with it
    }
  }
  return absl::OkStatus();
}

absl::Status TreeBuilder::ApplyPatterns() {
  if (patterns_.empty()) {
    return absl::OkStatus();
  }
  for (TreeEntry& entry : tree_.entries) {
    if (entry.type != EntryType::kFile || !entry.mode_is_default) {
      continue;
    }
    for (Pattern& pattern : patterns_) {
      if (pattern.glob.Matches(entry.path)) {
        pattern.used = true;
        entry.mode = kExecutableMode;
      }
    }
  }
  for (const Pattern& pattern : patterns_) {
    if (!pattern.used) {
      return absl::InvalidArgumentError(
          absl::StrCat("executables: the pattern \"", pattern.text,
                       "\" matches no file of the package whose mode it could set; correct or remove it"));
    }
  }
  return absl::OkStatus();
}

absl::Status TreeBuilder::CheckSymlinks() const {
  for (const TreeEntry& entry : tree_.entries) {
    if (entry.type == EntryType::kSymlink) {
      TSM_RETURN_IF_ERROR(CheckSymlink(entry));
    }
  }
  return absl::OkStatus();
}

// Follows the link as the kernel would, through other links too: `up/..` may leave where `up` itself does not.
absl::Status TreeBuilder::CheckSymlink(const TreeEntry& link) const {
  auto error = [&](std::string_view problem) {
    return AttributeError(link.origin, absl::StrCat("the symbolic link ", QuoteName(link.path), " to ",
                                                    QuoteName(link.source), " ", problem));
  };
  if (link.source.empty() || !IsValidUtf8(link.source) || link.source.find('\0') != std::string::npos) {
    return error("has a target that is empty or not valid UTF-8");
  }
  if (link.source.size() > kMaxPathSize) {
    return error("has a target that is too long");
  }
  // What is still to walk, in reverse order; and where we are.
  std::vector<std::string_view> rest;
  std::string here(ParentOf(link.path));
  auto push = [&rest](std::string_view target) {
    std::vector<std::string_view> components = absl::StrSplit(target, '/');
    rest.insert(rest.end(), components.rbegin(), components.rend());
  };
  if (link.source.front() == '/') {
    return error("leaves the package: its target is absolute");
  }
  push(link.source);
  int links = 0;
  while (!rest.empty()) {
    std::string_view component = rest.back();
    rest.pop_back();
    if (component.empty() || component == ".") {
      continue;
    }
    if (component == "..") {
      if (here.empty()) {
        return error("leaves the package");
      }
      here.resize(ParentOf(here).size());
      continue;
    }
    here = Join(here, component);
    auto found = by_path_.find(here);
    if (found == by_path_.end() || tree_.entries[found->second].type != EntryType::kSymlink) {
      continue;  // a name that is not in the package may come to be later: it is inside
    }
    const std::string& target = tree_.entries[found->second].source;
    if (++links > kMaxLinks) {
      return error("cannot be followed: the links form a circle");
    }
    if (absl::StartsWith(target, "/")) {
      return error("leaves the package");
    }
    here.resize(ParentOf(here).size());
    push(target);
  }
  return absl::OkStatus();
}

// Two names that a target's file system takes for one would overwrite each other there.
absl::Status TreeBuilder::CheckCollisions() const {
  struct Key {
    size_t hash;
    uint32_t index;
  };
  std::vector<Key> keys;
  keys.reserve(by_path_.size());
  for (const auto& [path, index] : by_path_) {
    keys.push_back({absl::HashOf(CollisionKey(path)), index});
  }
  // Hashes differ from run to run; the message must not.
  std::sort(keys.begin(), keys.end(),
            [](const Key& a, const Key& b) { return a.hash != b.hash ? a.hash < b.hash : a.index < b.index; });
  // Equal names have equal hashes, and lie side by side (two different names of one hash among them are as good as
  // impossible, and the hash is seeded anew in each process).
  std::optional<std::pair<uint32_t, uint32_t>> first;
  for (size_t i = 1; i < keys.size(); ++i) {
    std::pair<uint32_t, uint32_t> pair(keys[i - 1].index, keys[i].index);
    if (keys[i - 1].hash == keys[i].hash && (!first.has_value() || pair < *first) &&
        CollisionKey(tree_.entries[pair.first].path) == CollisionKey(tree_.entries[pair.second].path)) {
      first = pair;
    }
  }
  if (!first.has_value()) {
    return absl::OkStatus();
  }
  const TreeEntry& a = tree_.entries[first->first];
  const TreeEntry& b = tree_.entries[first->second];
  return Conflict(
      a, b,
      absl::StrCat(QuoteName(a.path), " and ", QuoteName(b.path), " are equal but for case or Unicode normalisation"));
}

absl::Status TreeBuilder::CheckWindowsNames(bool windows) {
  std::vector<std::string> shown;
  size_t count = 0;
  for (const TreeEntry& entry : tree_.entries) {
    // A directory's name is judged once, not with every path below it.
    size_t name = entry.path.rfind('/') + 1;
    std::optional<std::string> problem = WindowsNameProblem(std::string_view(entry.path).substr(name));
    if (!problem.has_value()) {
      continue;
    }
    if (windows) {
      return AttributeError(entry.origin, absl::StrCat(QuoteName(entry.path), " has ", *problem,
                                                       ", which Windows does not allow; rename it, or do not mark the "
                                                       "package as one for Windows"));
    }
    if (++count <= kShownNames) {
      shown.push_back(absl::StrCat(QuoteName(entry.path), " (", *problem, ")"));
    }
  }
  if (count > 0) {
    tree_.warnings.push_back(
        absl::StrCat("Windows could not have ", count == 1 ? "the name " : "names such as ", absl::StrJoin(shown, ", "),
                     count > shown.size() ? absl::StrCat(" and ", count - shown.size(), " more") : ""));
  }
  return absl::OkStatus();
}

void TreeBuilder::Sort() {
  tree_.order.reserve(tree_.entries.size());
  for (uint32_t i = 0; i < tree_.entries.size(); ++i) {
    if (!tree_.entries[i].merged) {
      tree_.order.push_back(i);
    }
  }
  auto less = [this](uint32_t a, uint32_t b) {
    const TreeEntry& x = tree_.entries[a];
    const TreeEntry& y = tree_.entries[b];
    return MemberNameLess(x.path, x.type == EntryType::kDirectory, y.path, y.type == EntryType::kDirectory);
  };
  // What was given comes in runs that are in order (a tree, a glob); the directories that were implied follow it.
  std::stable_sort(tree_.order.begin(), tree_.order.end(), less);
}

}  // namespace tsmedia
