#include "tools/base/printable.h"

#include <string_view>

#include "gtest/gtest.h"

namespace tsmedia {
namespace {

TEST(PrintableLineTest, KeepsTextAndReplacesControls) {
  EXPECT_EQ(PrintableLine("BRANCH01 \xc3\xa4 \xe2\x82\xac \xf0\x9f\x92\xbf"),
            "BRANCH01 \xc3\xa4 \xe2\x82\xac \xf0\x9f\x92\xbf");
  EXPECT_EQ(PrintableLine("a\nb\x1b[2Jc\x7f"), "a?b?[2Jc?");
  // U+009B starts a control sequence like ESC [ on some terminals.
  EXPECT_EQ(PrintableLine("\xc2\x9b"
                          "2J"),
            "??2J");
  EXPECT_EQ(PrintableLine("\xc3"), "?");
  EXPECT_EQ(PrintableLine("\xed\xa0\x80"), "???");
  EXPECT_EQ(PrintableLine("\xe0\x80\x80"), "???");
  EXPECT_EQ(PrintableLine("\xf4\x90\x80\x80"), "????");
  EXPECT_EQ(PrintableLine(std::string_view("a\0b", 3)), "a?b");
}

}  // namespace
}  // namespace tsmedia
