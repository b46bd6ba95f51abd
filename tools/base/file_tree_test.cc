#include "tools/base/file_tree.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace tsmedia {
namespace {

TEST(FileTreeTest, ImpliesDirectoriesInOrder) {
  absl::StatusOr<FileTree> tree = FileTree::Build({"/b/c/2", "/a-b/1", "/a/x", "/b/1", "/zz"});
  ASSERT_TRUE(tree.ok()) << tree.status();
  ASSERT_EQ(tree->directories().size(), 5u);
  std::vector<std::string_view> names;
  for (const FileTree::Child& child : tree->directories()[0].children) {
    names.push_back(child.name);
  }
  EXPECT_EQ(names, (std::vector<std::string_view>{"a", "a-b", "b", "zz"}));
  const FileTree::Directory& b = tree->directories()[3];
  EXPECT_EQ(tree->DirectoryPath(3), "/b");
  EXPECT_EQ(b.level, 2u);
  ASSERT_EQ(b.children.size(), 2u);
  EXPECT_EQ(b.children[0].name, "1");
  EXPECT_EQ(b.children[0].index, 3u);
  EXPECT_FALSE(b.children[0].is_directory);
  EXPECT_TRUE(b.children[1].is_directory);
  EXPECT_EQ(tree->DirectoryPath(b.children[1].index), "/b/c");
  EXPECT_EQ(tree->DirectoryPath(0), "/");
}

TEST(FileTreeTest, RefusesBadPaths) {
  std::string long_name = "/" + std::string(256, 'x');
  struct {
    std::vector<std::string_view> paths;
    std::string message;
  } cases[] = {
      {{"a"}, "path \"a\": is not absolute"},
      {{"/"}, "path \"/\": is not absolute"},
      {{""}, "path \"\": is not absolute"},
      {{"/a//b"}, "path \"/a//b\": has an empty, \".\" or \"..\" component"},
      {{"/a/"}, "path \"/a/\": has an empty, \".\" or \"..\" component"},
      {{"/../a"}, "path \"/../a\": has an empty, \".\" or \"..\" component"},
      {{"/a/./b"}, "path \"/a/./b\": has an empty, \".\" or \"..\" component"},
      {{"/a\nb"}, "path \"/a\\nb\": holds a control character"},
      {{"/a\xff"}, "path \"/a\\xff\": not UTF-8 at byte 2"},
      {{long_name}, "path \"" + long_name + "\": has a component of more than 255 bytes"},
      {{"/a", "/b", "/a"}, "path \"/a\": is there twice"},
      {{"/a/b", "/a"}, "path \"/a\": is a file and a directory"},
      {{"/a", "/a/b/c"}, "path \"/a\": is a file and a directory"},
  };
  for (const auto& c : cases) {
    absl::StatusOr<FileTree> tree = FileTree::Build(c.paths);
    EXPECT_EQ(tree.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(tree.status().message(), c.message);
  }
}

}  // namespace
}  // namespace tsmedia
