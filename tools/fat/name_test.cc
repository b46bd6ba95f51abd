#include "tools/fat/name.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace tsmedia::fat {
namespace {

TEST(FatNameTest, Aliases) {
  struct {
    std::vector<std::string_view> names;
    std::vector<std::string> aliases;
    std::vector<bool> has_long_name;
  } cases[] = {
      {{"BOOTX64.EFI", "A", "A-B_C~1.$"}, {"BOOTX64 EFI", "A          ", "A-B_C~1 $  "}, {false, false, false}},
      {{"grubx64.efi", "Boot"}, {"GRUBX64 EFI", "BOOT       "}, {true, true}},
      {{"a long name.text", "a long name.texture"}, {"ALONGN~1TEX", "ALONGN~2TEX"}, {true, true}},
      {{".profile", "a.b.c", "x.tar.gz"}, {"PROFIL~1   ", "AB~1    C  ", "XTAR~1  GZ "}, {true, true, true}},
      {{"a+b", "sp ace"}, {"A_B~1      ", "SPACE~1    "}, {true, true}},
      {{"gr\u00fc\u00dfe.txt", "\U0001f600"}, {"GR__E~1 TXT", "_~1        "}, {true, true}},
      {{"payload.00000", "payload.00001"}, {"PAYLOA~1000", "PAYLOA~2000"}, {true, true}},
      // The first number is taken by a file that is really called so.
      {{"longname one", "LONGNA~1"}, {"LONGNA~2   ", "LONGNA~1   "}, {true, false}},
  };
  for (const auto& c : cases) {
    absl::StatusOr<std::vector<EncodedName>> encoded = EncodeNames(c.names);
    ASSERT_TRUE(encoded.ok()) << encoded.status();
    for (size_t i = 0; i < c.names.size(); ++i) {
      EXPECT_EQ((*encoded)[i].short_name, c.aliases[i]) << c.names[i];
      EXPECT_EQ(!(*encoded)[i].long_name.empty(), c.has_long_name[i]) << c.names[i];
    }
  }
}

TEST(FatNameTest, ManyAliasesDoNotDependOnTheOrder) {
  std::vector<std::string> names;
  for (int i = 0; i < 20000; ++i) {
    names.push_back(absl::StrCat("a rather long name ", i, ".txt"));
  }
  std::vector<std::string_view> forward(names.begin(), names.end());
  std::vector<std::string_view> backward(names.rbegin(), names.rend());
  absl::StatusOr<std::vector<EncodedName>> a = EncodeNames(forward);
  absl::StatusOr<std::vector<EncodedName>> b = EncodeNames(backward);
  ASSERT_TRUE(a.ok() && b.ok());
  std::set<std::string> aliases;
  for (size_t i = 0; i < names.size(); ++i) {
    aliases.insert((*a)[i].short_name);
    EXPECT_EQ((*a)[i].short_name, (*b)[names.size() - 1 - i].short_name);
  }
  EXPECT_EQ(aliases.size(), names.size());
}

TEST(FatNameTest, Refuses) {
  for (std::string_view name : {"", "a:b", "a*", "a?", "a<b", "a>b", "a|b", "a\"b", "a\\b", "a\tb", "dot.", "space ",
                                "con", "NUL.txt", "com1", "Lpt9.x.y", "a\xff"}) {
    EXPECT_FALSE(CheckName(name).ok()) << name;
  }
  EXPECT_FALSE(CheckName(std::string(256, 'x')).ok());
  for (std::string_view name : {"a", "console", "com10", "com0", ".a", "a b", "a;b", "a+[b]=c,d"}) {
    EXPECT_TRUE(CheckName(name).ok()) << CheckName(name);
  }
  EXPECT_TRUE(CheckName(std::string(255, 'x')).ok());
  for (const std::vector<std::string_view>& names :
       std::vector<std::vector<std::string_view>>{{"Readme", "README"}, {"\u00e4", "\u00c4"}, {"\u00e4", "a\u0308"}}) {
    absl::Status status = EncodeNames(names).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(status.message(), "are the same on FAT, which ignores case")) << status;
  }
}

TEST(FatNameTest, LongNameEntries) {
  EXPECT_EQ(LongNameEntries({"SHORT      ", u""}), "");
  // 13 units fill an entry; a 14th begins another, which comes first.
  EXPECT_EQ(LongNameEntries({"SHORT      ", u"exactly13char"}).size(), 32u);
  std::string entries = LongNameEntries({"SHORT      ", u"exactly14chars"});
  ASSERT_EQ(entries.size(), 64u);
  EXPECT_EQ(entries[0], '\x42');
  EXPECT_EQ(entries.substr(1, 6), std::string("s\0\0\0\xff\xff", 6));
  EXPECT_EQ(entries[32], '\x01');
  EXPECT_EQ(entries[32 + 11], '\x0f');
  EXPECT_EQ(entries[13], entries[32 + 13]);
}

}  // namespace
}  // namespace tsmedia::fat
