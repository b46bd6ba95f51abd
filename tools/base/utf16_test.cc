#include "tools/base/utf16.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace tsmedia {
namespace {

TEST(Utf16Test, RoundTrips) {
  struct {
    std::string text;
    std::u16string units;
  } cases[] = {
      {"", u""},
      {"readme.txt", u"readme.txt"},
      {"\u00e4\u00df", u"\u00e4\u00df"},
      {"\u65e5\u672c\uffff", u"\u65e5\u672c\uffff"},
      {"\U0001f600a\U0010ffff", u"\U0001f600a\U0010ffff"},
  };
  for (const auto& c : cases) {
    absl::StatusOr<std::u16string> units = Utf8ToUtf16(c.text);
    ASSERT_TRUE(units.ok()) << units.status();
    EXPECT_EQ(*units, c.units);
    EXPECT_EQ(Utf16ToUtf8(c.units), c.text);
  }
}

TEST(Utf16Test, RefusesWhatIsNoUtf8) {
  for (const char* text : {"a\x80", "a\xc3", "a\xc0\xaf", "a\xc1\xbf", "a\xe0\x80\xaf", "a\xed\xa0\x80",
                           "a\xf0\x80\x80\xaf", "a\xf4\x90\x80\x80", "a\xf5\x80\x80\x80", "a\xff", "a\xe2\x82"}) {
    absl::StatusOr<std::u16string> units = Utf8ToUtf16(text);
    EXPECT_EQ(units.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(units.status().message(), "not UTF-8 at byte 1");
  }
}

TEST(Utf16Test, ReplacesLoneSurrogates) {
  EXPECT_EQ(Utf16ToUtf8(std::u16string{u'a', 0xd800, u'b'}), "a\ufffdb");
  EXPECT_EQ(Utf16ToUtf8(std::u16string{0xdc00, 0xd83d}), "\ufffd\ufffd");
}

}  // namespace
}  // namespace tsmedia
