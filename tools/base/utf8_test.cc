#include "tools/base/utf8.h"

#include <string>

#include "gtest/gtest.h"

namespace tsmedia {
namespace {

TEST(Utf8Test, AcceptsTheEdgesOfEachForm) {
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8(std::string_view("a\0b", 3)));
  EXPECT_TRUE(IsValidUtf8("\x7f\xc2\x80\xdf\xbf"));
  EXPECT_TRUE(IsValidUtf8("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"));
  EXPECT_TRUE(IsValidUtf8("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
}

TEST(Utf8Test, RefusesEverythingElse) {
  for (std::string_view bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe0\xa0", "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x82\xc0", "a\xe2"}) {
    EXPECT_FALSE(IsValidUtf8(bad)) << testing::PrintToString(std::string(bad));
  }
}

TEST(CollisionKeyTest, IgnoresCase) {
  EXPECT_EQ(CollisionKey("Bin/ReadMe.TXT"), CollisionKey("bin/README.txt"));
  EXPECT_EQ(CollisionKey("ÄÖÜ"), CollisionKey("äöü"));
  EXPECT_EQ(CollisionKey("STRASSE"), CollisionKey("straße"));
  EXPECT_EQ(CollisionKey("ΣΑΣ"), CollisionKey("σας"));
}

TEST(CollisionKeyTest, IgnoresNormalisation) {
  EXPECT_EQ(CollisionKey("caf\xc3\xa9"), CollisionKey("cafe\xcc\x81"));
  EXPECT_EQ(CollisionKey("CAF\xc3\x89"), CollisionKey("cafe\xcc\x81"));
  EXPECT_EQ(CollisionKey("\xe2\x84\xab"), CollisionKey("\xc3\x85"));  // the angstrom sign is A with ring
  EXPECT_EQ(CollisionKey("\xea\xb0\x80"), CollisionKey("\xe1\x84\x80\xe1\x85\xa1"));
  // The iota below (U+0345) is a combining mark whose folding is a letter: order of marks matters before it folds.
  EXPECT_EQ(CollisionKey("\xce\xb1\xcd\x85\xcc\x81"), CollisionKey("\xce\xb1\xcc\x81\xcd\x85"));
}

TEST(CollisionKeyTest, KeepsDifferentNamesApart) {
  EXPECT_NE(CollisionKey("a"), CollisionKey("b"));
  EXPECT_NE(CollisionKey("cafe"), CollisionKey("caf\xc3\xa9"));
  EXPECT_NE(CollisionKey("\xef\xac\x81x"), CollisionKey("fi y"));
  // Compatibility forms are different names: a file system keeps both.
  EXPECT_NE(CollisionKey("x\xc2\xb2"), CollisionKey("x2"));
}

}  // namespace
}  // namespace tsmedia
