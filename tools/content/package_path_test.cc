#include "tools/content/package_path.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tsmedia {
namespace {

using testing::HasSubstr;

TEST(ValidatePackagePathTest, AcceptsWhatLinuxAccepts) {
  for (std::string path : {std::string("a"), std::string("a/b/c.txt"), std::string("..."), std::string("a/..b"),
                           std::string("#hash  x .txt"), std::string("a=b"), std::string("line\nfeed"),
                           std::string("grüße/日本語/😀"), std::string(255, 'x')}) {
    EXPECT_TRUE(ValidatePackagePath(path).ok()) << path;
  }
}

TEST(ValidatePackagePathTest, SaysWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "empty"},
      {"/etc/passwd", "absolute"},
      {"../x", "component \"..\""},
      {"a/../b", "component \"..\""},
      {"./a", "component \".\""},
      {"a//b", "empty component"},
      {"a/", "empty component"},
      {std::string("a\0b", 3), "NUL"},
      {"a/\xff", "not valid UTF-8"},
      {"a/" + std::string(256, 'x'), "has 256 bytes; the limit is 255"},
  };
  for (const auto& [path, problem] : cases) {
    absl::Status status = ValidatePackagePath(path);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << path;
    EXPECT_THAT(std::string(status.message()), HasSubstr(problem));
  }
}

TEST(ValidatePackagePathTest, LimitsLengthAndDepth) {
  std::string deep = "d";
  for (size_t i = 1; i < kMaxPathDepth; ++i) {
    deep += "/d";
  }
  EXPECT_TRUE(ValidatePackagePath(deep).ok());
  EXPECT_THAT(std::string(ValidatePackagePath(deep + "/d").message()), HasSubstr("257 components"));
  std::string component(255, 'x');
  std::string path = component;
  for (int i = 0; i < 15; ++i) {
    path += "/" + component;
  }
  EXPECT_EQ(path.size(), kMaxPathSize);
  EXPECT_TRUE(ValidatePackagePath(path).ok());
  EXPECT_THAT(std::string(ValidatePackagePath("y" + path.substr(1) + "/z").message()), HasSubstr("4097 bytes"));
}

TEST(WindowsNameProblemTest, FindsReservedNamesInAnyComponent) {
  for (std::string path : {"con", "CON.txt", "a/Nul.tar.gz", "aux /x", "lpt1", "COM9.x", "com\xc2\xb9", "a:b", "a<b",
                           "a>b", "a\"b", "a|b", "a?b", "a*b", "a\\b", "tab\tname", "dot.", "blank ", "dir./x"}) {
    EXPECT_TRUE(WindowsNameProblem(path).has_value()) << path;
  }
  for (std::string path : {"console", "a/con1", "com", "com0x", "lpt10", ".x", "a b", "nul-a", "grüße", "x.con"}) {
    EXPECT_FALSE(WindowsNameProblem(path).has_value()) << path;
  }
}

TEST(MemberNameLessTest, IsTheByteOrderOfTarNames) {
  // (path, is directory); in tar a directory's name ends in '/'.
  std::vector<std::pair<std::string, bool>> names = {
      {"a", true},  {"a.txt", false}, {"a/b", false},      {"a-b", true},  {"a-b/c", false},
      {"A", false}, {"a0", false},    {"\xc3\xa4", false}, {"a/b2", true}, {"aa", false}};
  auto tar_name = [](const std::pair<std::string, bool>& name) { return name.first + (name.second ? "/" : ""); };
  for (const auto& x : names) {
    for (const auto& y : names) {
      EXPECT_EQ(MemberNameLess(x.first, x.second, y.first, y.second), tar_name(x) < tar_name(y))
          << tar_name(x) << " " << tar_name(y);
    }
  }
}

TEST(QuoteNameTest, StaysOneLine) {
  EXPECT_EQ(QuoteName("grüße"), "\"grüße\"");
  EXPECT_EQ(QuoteName("a\nb\x1b[31m\"\\"), "\"a\\nb\\033[31m\\\"\\\\\"");
  EXPECT_EQ(QuoteName("\xff"), "\"\\377\"");
}

}  // namespace
}  // namespace tsmedia
