#include "tools/content/glob.h"

#include <string>

#include "gtest/gtest.h"

namespace tsmedia {
namespace {

bool Matches(std::string_view pattern, std::string_view path) {
  absl::StatusOr<Glob> glob = Glob::Parse(pattern);
  EXPECT_TRUE(glob.ok()) << glob.status();
  return glob.ok() && glob->Matches(path);
}

TEST(GlobTest, PlainNamesMatchThemselves) {
  EXPECT_TRUE(Matches("bin/a", "bin/a"));
  EXPECT_FALSE(Matches("bin/a", "bin/ab"));
  EXPECT_FALSE(Matches("bin/a", "bin"));
  EXPECT_FALSE(Matches("a", "bin/a"));
  EXPECT_TRUE(Matches("a[b]?", "a[b]?"));
}

TEST(GlobTest, StarStaysWithinAComponent) {
  EXPECT_TRUE(Matches("bin/*", "bin/tool"));
  EXPECT_FALSE(Matches("bin/*", "bin/sub/tool"));
  EXPECT_FALSE(Matches("*", "a/b"));
  EXPECT_TRUE(Matches("*.sh", ".sh"));
  EXPECT_TRUE(Matches("a*b*c", "aXbYbZc"));
  EXPECT_FALSE(Matches("a*b*c", "aXbYbZ"));
  EXPECT_TRUE(Matches("*/x", "a/x"));
}

TEST(GlobTest, DoubleStarSpansComponents) {
  EXPECT_TRUE(Matches("**", "a"));
  EXPECT_TRUE(Matches("**", "a/b/c"));
  EXPECT_TRUE(Matches("**/*.sh", "x.sh"));
  EXPECT_TRUE(Matches("**/*.sh", "a/b/x.sh"));
  EXPECT_TRUE(Matches("a/**/z", "a/z"));
  EXPECT_TRUE(Matches("a/**/z", "a/b/c/z"));
  EXPECT_FALSE(Matches("a/**/z", "a/b/c/y"));
  EXPECT_TRUE(Matches("**/b/**/d", "a/b/b/c/d"));
}

TEST(GlobTest, TakesNoExponentialTime) {
  std::string path(4000, 'a');
  EXPECT_FALSE(Matches("*a*a*a*a*a*a*a*a*a*a*a*a*b", path));
  std::string deep = "a";
  for (int i = 0; i < 1000; ++i) {
    deep += "/a";
  }
  EXPECT_FALSE(Matches("**/a/**/a/**/a/**/a/**/a/**/b", deep));
}

TEST(GlobTest, RefusesPatternsWithoutMeaning) {
  EXPECT_FALSE(Glob::Parse("").ok());
  EXPECT_FALSE(Glob::Parse("/bin/*").ok());
  EXPECT_FALSE(Glob::Parse("bin/").ok());
  EXPECT_FALSE(Glob::Parse("bin/**x").ok());
}

}  // namespace
}  // namespace tsmedia
