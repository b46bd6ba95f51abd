#include "tools/content/tree.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/content/tar_format.h"
#include "tools/content/tar_writer.h"

namespace tsmedia {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "path mode" of each entry in order; directories end in '/'.
std::vector<std::string> Listing(const Tree& tree) {
  std::vector<std::string> lines;
  for (uint32_t i : tree.order) {
    const TreeEntry& entry = tree.entries[i];
    lines.push_back(absl::StrFormat("%s%s %o", entry.path, entry.type == EntryType::kDirectory ? "/" : "", entry.mode));
  }
  return lines;
}

TreeBuilder Builder() { return TreeBuilder(testing::TempDir()); }

std::string ErrorOf(TreeBuilder builder, bool windows = false) {
  auto tree = builder.Finish(windows);
  return tree.ok() ? "" : std::string(tree.status().message());
}

std::string WriteTar(const std::string& name, const std::vector<TarMember>& members) {
  std::string tar;
  for (const TarMember& member : members) {
    AppendTarHeader(member, &tar);
  }
  tar.append(kTarTrailerSize, '\0');
  std::string path = absl::StrCat(testing::TempDir(), "/", name);
  EXPECT_TRUE(WriteFileAtomically(path, tar).ok());
  return path;
}

TEST(TreeTest, SortsAndAddsDirectories) {
  TreeBuilder builder = Builder();
  builder.AddFile("b/c/d", "x", std::nullopt);
  builder.AddFile("b.txt", "x", 0755);
  builder.AddFile("a", "x", 04711);
  builder.AddSymlink("b/link", "c/d");
  builder.AddDirectory("empty/", 0700);
  auto tree = builder.Finish(false);
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_THAT(Listing(*tree),
              ElementsAre("a 4711", "b.txt 755", "b/ 755", "b/c/ 755", "b/c/d 644", "b/link 777", "empty/ 700"));
  EXPECT_THAT(tree->warnings, IsEmpty());
}

TEST(TreeTest, DoesNotDependOnTheOrderOfInput) {
  std::vector<std::string> paths = {"z", "a/b", "a.b", "a-b/c", "A0", "ä", "a/b.c"};
  std::vector<std::string> listing;
  for (size_t rotation = 0; rotation < paths.size(); ++rotation) {
    TreeBuilder builder = Builder();
    for (size_t i = 0; i < paths.size(); ++i) {
      builder.AddFile(paths[(i + rotation) % paths.size()], "x", std::nullopt);
    }
    auto tree = builder.Finish(false);
    ASSERT_TRUE(tree.ok());
    if (rotation == 0) {
      listing = Listing(*tree);
    }
    EXPECT_EQ(Listing(*tree), listing);
  }
}

TEST(TreeTest, RefusesBadDestinations) {
  for (std::string_view path : {"/abs", "../up", "a/../b", "a//b", "a/", "", "a\xff"}) {
    TreeBuilder builder = Builder();
    builder.AddFile(std::string(path), "x", std::nullopt);
    EXPECT_THAT(ErrorOf(std::move(builder)), HasSubstr("srcs: ")) << path;
  }
  TreeBuilder builder = Builder();
  builder.AddSymlink("../l", "x");
  EXPECT_THAT(ErrorOf(std::move(builder)), HasSubstr("symlinks: \"../l\""));
}

TEST(TreeTest, NamesBothSourcesOfADuplicate) {
  TreeBuilder builder = Builder();
  builder.AddFile("bin/a", "first/a", std::nullopt);
  builder.AddFile("bin/a", "second/a", std::nullopt);
  EXPECT_EQ(ErrorOf(std::move(builder)),
            "srcs: \"bin/a\" is given twice: by the file first/a and by the file second/a");

  std::string tar = WriteTar("dup.tar", {{.path = "bin/a"}});
  builder = Builder();
  builder.AddFile("bin/a", "first/a", std::nullopt);
  ASSERT_TRUE(builder.AddArchive("/", tar).ok());
  EXPECT_EQ(ErrorOf(std::move(builder)),
            absl::StrCat("archives: \"bin/a\" is given twice: by the file first/a and by the archive ", tar));
}

TEST(TreeTest, RefusesAFileThatIsADirectoryToo) {
  TreeBuilder builder = Builder();
  builder.AddFile("a", "x", std::nullopt);
  builder.AddFile("a/b", "y", std::nullopt);
  EXPECT_THAT(ErrorOf(std::move(builder)), AllOf(HasSubstr("\"a\" is a file, but \"a/b\" needs it as a directory"),
                                                 HasSubstr("the file x and by the file y")));
  builder = Builder();
  builder.AddSymlink("a", "b");
  builder.AddFile("a/b", "y", std::nullopt);
  EXPECT_THAT(ErrorOf(std::move(builder)), HasSubstr("\"a\" is a symbolic link, but"));
  builder = Builder();
  builder.AddFile("a", "x", std::nullopt);
  builder.AddDirectory("a", 0755);
  EXPECT_THAT(ErrorOf(std::move(builder)), HasSubstr("\"a\" is a file and a directory"));
}

TEST(TreeTest, MergesDirectoriesThatAgree) {
  std::string one = WriteTar("one.tar", {{.path = "d", .type = EntryType::kDirectory, .mode = 0750}, {.path = "d/1"}});
  std::string two = WriteTar("two.tar", {{.path = "d", .type = EntryType::kDirectory, .mode = 0750}, {.path = "d/2"}});
  TreeBuilder builder = Builder();
  builder.AddFile("d/0", "x", std::nullopt);
  ASSERT_TRUE(builder.AddArchive("", one).ok());
  ASSERT_TRUE(builder.AddArchive("/", two).ok());
  auto tree = builder.Finish(false);
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_THAT(Listing(*tree), ElementsAre("d/ 750", "d/0 644", "d/1 0", "d/2 0"));

  builder = Builder();
  ASSERT_TRUE(builder.AddArchive("", one).ok());
  builder.AddDirectory("d", 0700);
  EXPECT_THAT(ErrorOf(std::move(builder)), HasSubstr("the directory \"d\" has two modes"));
}

TEST(TreeTest, MountsArchivesBelowADirectory) {
  std::string tar = WriteTar("mount.tar", {{.path = ".", .type = EntryType::kDirectory, .mode = 0700}, {.path = "x"}});
  TreeBuilder builder = Builder();
  ASSERT_TRUE(builder.AddArchive("opt/tool/", tar).ok());
  auto tree = builder.Finish(false);
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_THAT(Listing(*tree), ElementsAre("opt/ 755", "opt/tool/ 700", "opt/tool/x 0"));
}

TEST(TreeTest, RefusesHostileArchives) {
  for (std::string_view path : {"/etc/passwd", "../x", "a/../../x", "a//x"}) {
    TreeBuilder builder = Builder();
    ASSERT_TRUE(builder.AddArchive("d", WriteTar("hostile.tar", {{.path = path}})).ok());
    EXPECT_THAT(ErrorOf(std::move(builder)), HasSubstr("archives: ")) << path;
  }
}

std::string LinkError(const std::vector<std::pair<std::string, std::string>>& links) {
  TreeBuilder builder = Builder();
  builder.AddFile("deep/er/file", "x", std::nullopt);
  for (const auto& [path, target] : links) {
    builder.AddSymlink(path, target);
  }
  return ErrorOf(std::move(builder));
}

TEST(TreeTest, AcceptsLinksThatStayInside) {
  EXPECT_EQ(LinkError({{"l", "deep/er/file"}, {"deep/l", "../deep/./er//file"}, {"deep/up", ".."}}), "");
  EXPECT_EQ(LinkError({{"l", "not/there/yet"}, {"self", "."}, {"deep/er/root", "../.."}}), "");
  EXPECT_EQ(LinkError({{"a", "b"}, {"b", "c"}, {"c", "deep"}}), "");
}

TEST(TreeTest, RefusesLinksThatLeave) {
  EXPECT_THAT(LinkError({{"l", "/etc/passwd"}}), HasSubstr("\"l\" to \"/etc/passwd\" leaves the package"));
  EXPECT_THAT(LinkError({{"l", ".."}}), HasSubstr("leaves the package"));
  EXPECT_THAT(LinkError({{"deep/l", "../../x"}}), HasSubstr("leaves the package"));
  EXPECT_THAT(LinkError({{"l", "nowhere/../../x"}}), HasSubstr("leaves the package"));
  // Component by component it seems to stay; but deep/er/up is the root.
  EXPECT_THAT(LinkError({{"deep/er/up", "../.."}, {"l", "deep/er/up/../x"}}), HasSubstr("\"l\""));
  EXPECT_THAT(LinkError({{"l", ""}}), HasSubstr("empty"));
  EXPECT_THAT(LinkError({{"l", "\xff"}}), HasSubstr("UTF-8"));
  EXPECT_THAT(LinkError({{"l", std::string(5000, 'x')}}), HasSubstr("too long"));
}

TEST(TreeTest, RefusesCirclesOfLinks) {
  EXPECT_THAT(LinkError({{"a", "b"}, {"b", "a"}}), HasSubstr("circle"));
  EXPECT_THAT(LinkError({{"a", "a/x"}}), HasSubstr("circle"));
}

TEST(TreeTest, RefusesNamesThatSomeSystemsTakeForOne) {
  TreeBuilder builder = Builder();
  builder.AddFile("Bin/tool", "x", std::nullopt);
  builder.AddFile("bin/other", "y", std::nullopt);
  EXPECT_THAT(ErrorOf(std::move(builder)),
              AllOf(HasSubstr("\"Bin\" and \"bin\" are equal but for case"), HasSubstr("srcs: ")));
  builder = Builder();
  builder.AddFile("caf\xc3\xa9", "x", std::nullopt);
  builder.AddFile("cafe\xcc\x81", "y", std::nullopt);
  EXPECT_THAT(ErrorOf(std::move(builder)), AllOf(HasSubstr("Unicode normalisation"), HasSubstr("by the file x")));
}

TEST(TreeTest, WindowsNamesAreWarningsOrErrors) {
  auto builder = [] {
    TreeBuilder builder = Builder();
    for (std::string_view path : {"a/aux.txt", "b:c", "d?", "e.", "fine"}) {
      builder.AddFile(std::string(path), "x", std::nullopt);
    }
    return builder;
  };
  auto tree = builder().Finish(false);
  ASSERT_TRUE(tree.ok());
  EXPECT_THAT(tree->warnings,
              ElementsAre(AllOf(HasSubstr("\"a/aux.txt\" (the device name AUX)"), HasSubstr("1 more"))));
  EXPECT_THAT(ErrorOf(builder(), true),
              HasSubstr("srcs: \"a/aux.txt\" has the device name AUX, which Windows does not"));
}

TEST(TreeTest, ExecutablePatternsSetDefaultModesOnly) {
  TreeBuilder builder = Builder();
  builder.AddFile("bin/a", "x", std::nullopt);
  builder.AddFile("bin/b", "x", 0600);
  builder.AddFile("lib/c", "x", std::nullopt);
  ASSERT_TRUE(builder.AddExecutablePattern("bin/*").ok());
  auto tree = builder.Finish(false);
  ASSERT_TRUE(tree.ok());
  EXPECT_THAT(Listing(*tree), ElementsAre("bin/ 755", "bin/a 755", "bin/b 600", "lib/ 755", "lib/c 644"));

  builder = Builder();
  builder.AddFile("bin/b", "x", 0600);
  ASSERT_TRUE(builder.AddExecutablePattern("bin/*").ok());
  EXPECT_THAT(ErrorOf(std::move(builder)), HasSubstr("executables: the pattern \"bin/*\" matches no file"));
  EXPECT_THAT(std::string(Builder().AddExecutablePattern("/x").message()), HasSubstr("executables: "));
}

class ScanTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/scan.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void Write(const std::string& name) { ASSERT_TRUE(WriteFileAtomically(root_ + "/" + name, "x").ok()); }

  std::string root_;
};

TEST_F(ScanTest, FindsFilesAndFollowsLinks) {
  ASSERT_EQ(mkdir((root_ + "/sub").c_str(), 0755), 0);
  ASSERT_EQ(mkdir((root_ + "/vanishes").c_str(), 0755), 0);
  Write("sub/a");
  Write(".hidden");
  ASSERT_EQ(symlink("sub/a", (root_ + "/to_file").c_str()), 0);
  ASSERT_EQ(symlink("sub", (root_ + "/to_dir").c_str()), 0);
  TreeBuilder builder = Builder();
  ASSERT_TRUE(builder.AddTree("docs/", root_).ok());
  auto tree = builder.Finish(false);
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_THAT(Listing(*tree), ElementsAre("docs/ 755", "docs/.hidden 644", "docs/sub/ 755", "docs/sub/a 644",
                                          "docs/to_dir/ 755", "docs/to_dir/a 644", "docs/to_file 644"));
}

TEST_F(ScanTest, RefusesWhatIsNoFile) {
  ASSERT_EQ(mkfifo((root_ + "/pipe").c_str(), 0644), 0);
  EXPECT_THAT(std::string(Builder().AddTree("", root_).message()),
              HasSubstr("/pipe\" is a device node, FIFO or socket"));
  EXPECT_THAT(std::string(Builder().AddTree("", root_ + "/missing").message()), HasSubstr("cannot list"));
}

TEST_F(ScanTest, RefusesCirclesAndDanglingLinks) {
  ASSERT_EQ(symlink(".", (root_ + "/circle").c_str()), 0);
  EXPECT_FALSE(Builder().AddTree("", root_).ok());
  ASSERT_EQ(unlink((root_ + "/circle").c_str()), 0);
  ASSERT_EQ(symlink("nothing", (root_ + "/dangling").c_str()), 0);
  EXPECT_THAT(std::string(Builder().AddTree("", root_).message()), HasSubstr("dangling"));
}

}  // namespace
}  // namespace tsmedia
