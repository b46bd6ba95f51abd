#include "tools/base/file_tree.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/base/status_macros.h"
#include "tools/base/utf16.h"

namespace tsmedia {
namespace {

constexpr size_t kMaxComponent = 255;

absl::Status PathError(std::string_view path, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("path \"", absl::CHexEscape(path), "\": ", what));
}

absl::Status CheckPath(std::string_view path) {
  if (path.size() < 2 || path[0] != '/') {
    return PathError(path, "is not absolute");
  }
  if (absl::StatusOr<std::u16string> units = Utf8ToUtf16(path); !units.ok()) {
    return PathError(path, units.status().message());
  }
  if (std::any_of(path.begin(), path.end(),
                  [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); })) {
    return PathError(path, "holds a control character");
  }
  for (std::string_view component : absl::StrSplit(path.substr(1), '/')) {
    if (component.empty() || component == "." || component == "..") {
      return PathError(path, "has an empty, \".\" or \"..\" component");
    }
    if (component.size() > kMaxComponent) {
      return PathError(path, "has a component of more than 255 bytes");
    }
  }
  return absl::OkStatus();
}

// Bytewise by component: '/' comes before every other byte.
bool ComponentsLess(std::string_view a, std::string_view b) {
  auto [at_a, at_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (at_a == a.end() || at_b == b.end()) {
    return at_a == a.end() && at_b != b.end();
  }
  if (*at_a == '/' || *at_b == '/') {
    return *at_a == '/';
  }
  return static_cast<unsigned char>(*at_a) < static_cast<unsigned char>(*at_b);
}

// Part of `path` before its last '/': the directory, "" being the root.
std::string_view DirectoryOf(std::string_view path) { return path.substr(0, path.rfind('/')); }

bool IsBelow(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path[directory.size()] == '/' &&
         path.substr(0, directory.size()) == directory;
}

}  // namespace

absl::StatusOr<FileTree> FileTree::Build(const std::vector<std::string_view>& paths) {
  for (std::string_view path : paths) {
    TSM_RETURN_IF_ERROR(CheckPath(path));
  }
  std::vector<uint32_t> order(paths.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return ComponentsLess(paths[a], paths[b]); });

  FileTree tree;
  tree.directories_.emplace_back();
  // Directories from the root to the current one, and where their paths end in the current path.
  struct Open {
    uint32_t index;
    std::string_view path;
  };
  std::vector<Open> open = {{0, std::string_view()}};
  std::string_view previous;
  for (uint32_t file : order) {
    std::string_view path = paths[file];
    if (path == previous) {
      return PathError(path, "is there twice");
    }
    if (!previous.empty() && IsBelow(path, previous)) {
      return PathError(previous, "is a file and a directory");
    }
    previous = path;
    while (!IsBelow(path, open.back().path)) {
      open.pop_back();
    }
    std::string_view directory = DirectoryOf(path);
    while (open.back().path.size() < directory.size()) {
      uint32_t parent = open.back().index;
      size_t start = open.back().path.size() + 1;
      size_t end = std::min(path.find('/', start), directory.size());
      uint32_t index = static_cast<uint32_t>(tree.directories_.size());
      std::string_view name = path.substr(start, end - start);
      tree.directories_[parent].children.push_back({name, index, true});
      uint32_t level = tree.directories_[parent].level + 1;
      tree.directories_.push_back({name, parent, level, {}});
      open.push_back({index, path.substr(0, end)});
    }
    tree.directories_[open.back().index].children.push_back({path.substr(directory.size() + 1), file, false});
  }
  return tree;
}

std::string FileTree::DirectoryPath(uint32_t index) const {
  std::vector<std::string_view> names;
  for (; index != 0; index = directories_[index].parent) {
    names.push_back(directories_[index].name);
  }
  std::string path;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    absl::StrAppend(&path, "/", *name);
  }
  return path.empty() ? "/" : path;
}

}  // namespace tsmedia
