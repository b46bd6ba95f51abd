#include "tools/iso9660/identifier.h"

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace tsmedia::iso {
namespace {

// Spelled identifier of a name in the ISO 9660 tree.
std::string Plain(std::u16string_view name, bool is_directory) {
  return Spell(TreeKind::kIso9660, MapName(TreeKind::kIso9660, name, is_directory), is_directory);
}

// The same in the Joliet tree; low bytes only, as the tests' names are Latin-1.
std::string Joliet(std::u16string_view name, bool is_directory) {
  std::string bytes = Spell(TreeKind::kJoliet, MapName(TreeKind::kJoliet, name, is_directory), is_directory);
  std::string text;
  for (size_t i = 1; i < bytes.size(); i += 2) {
    text.push_back(bytes[i]);
  }
  return text;
}

TEST(IdentifierTest, MapsToDCharacters) {
  struct {
    std::u16string name;
    std::string file;
    std::string directory;
  } cases[] = {
      {u"a", "A.;1", "A"},
      {u"readme.txt", "README.TXT;1", "README_TXT"},
      {u"payload.00000", "PAYLOAD.00000;1", "PAYLOAD_00000"},
      {u"a.tar.gz", "A_TAR.GZ;1", "A_TAR_GZ"},
      {u".profile", "_PROFILE.;1", "_PROFILE"},
      {u"odd.", "ODD_.;1", "ODD_"},
      {u"x+y z-1.b~c", "X_Y_Z_1.B_C;1", "X_Y_Z_1_B_C"},
      {u"gr\u00fc\u00df.d\u00e4t", "GR__.D_T;1", "GR___D_T"},
      {u"\U0001f600.bin", "_.BIN;1", "__BIN"},
      // 30 characters in name and extension of a file, 31 of a directory.
      {u"aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd", "AAAAAAAAAABBBBBBBBBBCCCCCCCCCC.;1",
       "AAAAAAAAAABBBBBBBBBBCCCCCCCCCCD"},
      {u"aaaaaaaaaabbbbbbbbbbcccccccccc.txt", "AAAAAAAAAABBBBBBBBBBCCCCCCC.TXT;1", "AAAAAAAAAABBBBBBBBBBCCCCCCCCCC_"},
      {u"file.configuration-backup", "FILE.CONFIGURATION_BACKUP;1", "FILE_CONFIGURATION_BACKUP"},
      {u"aaaaaaaaaabbbbbbbbbb.configuration", "AAAAAAAAAABBBBBBBBBB.CONFIGUR;1", "AAAAAAAAAABBBBBBBBBB_CONFIGURAT"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Plain(c.name, false), c.file);
    EXPECT_EQ(Plain(c.name, true), c.directory);
  }
}

TEST(IdentifierTest, MapsToJoliet) {
  struct {
    std::u16string name;
    std::string file;
    std::string directory;
  } cases[] = {
      {u"Read me.txt", "Read me.txt;1", "Read me.txt"},
      {u".profile", ".profile;1", ".profile"},
      {u"odd.", "odd.;1", "odd."},
      {u"a:b*c?d;e\\f.txt", "a_b_c_d_e_f.txt;1", "a_b_c_d_e_f.txt"},
      {u"\U0001f600x", "_x;1", "_x"},
      {std::u16string(64, u'x'), std::string(64, 'x') + ";1", std::string(64, 'x')},
      {std::u16string(65, u'x'), std::string(64, 'x') + ";1", std::string(64, 'x')},
      {std::u16string(64, u'x') + u".txt", std::string(60, 'x') + ".txt;1", std::string(64, 'x')},
      {u"x." + std::u16string(70, u'y'), "x.yyyyyyyy;1", "x." + std::string(62, 'y')},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Joliet(c.name, false), c.file);
    EXPECT_EQ(Joliet(c.name, true), c.directory);
  }
}

std::vector<std::string> Unique(TreeKind tree, const std::vector<std::u16string>& names) {
  std::vector<Identifier> identifiers;
  for (const std::u16string& name : names) {
    identifiers.push_back(MapName(tree, name, false));
  }
  std::vector<NamedEntry> entries;
  for (Identifier& identifier : identifiers) {
    entries.push_back({&identifier, false});
  }
  MakeUnique(tree, entries);
  std::vector<std::string> spelled;
  for (const Identifier& identifier : identifiers) {
    spelled.push_back(Spell(tree, identifier, false));
  }
  return spelled;
}

TEST(IdentifierTest, NumbersCollisions) {
  // "A_B000" is taken by its real owner.
  EXPECT_EQ(Unique(TreeKind::kIso9660, {u"a b", u"a+b", u"a-b", u"a_b000", u"c"}),
            (std::vector<std::string>{"A_B001.;1", "A_B002.;1", "A_B003.;1", "A_B000.;1", "C.;1"}));
  std::u16string base(30, u'x');
  EXPECT_EQ(Unique(TreeKind::kIso9660, {base + u"1.txt", base + u"2.txt"}),
            (std::vector<std::string>{std::string(24, 'X') + "000.TXT;1", std::string(24, 'X') + "001.TXT;1"}));
}

TEST(IdentifierTest, NumbersManyCollisionsInLinearTime) {
  // 30,000 groups of two: each group counting on its own would try 10^9 names.
  for (TreeKind tree : {TreeKind::kIso9660, TreeKind::kJoliet}) {
    std::vector<std::u16string> names;
    size_t stem = tree == TreeKind::kIso9660 ? 24 : 58;
    for (int i = 0; i < 30000; ++i) {
      std::string digits = absl::StrCat(100000 + i);
      std::u16string name = std::u16string(stem, u'x') + std::u16string(digits.begin(), digits.end());
      names.push_back(name + u"a");
      names.push_back(name + u"b");
    }
    std::vector<std::string> spelled = Unique(tree, names);
    EXPECT_EQ(absl::flat_hash_set<std::string>(spelled.begin(), spelled.end()).size(), names.size());
    for (const std::string& name : spelled) {
      ASSERT_LE(name.size(), tree == TreeKind::kIso9660 ? 33u : 132u);
    }
  }
}

TEST(IdentifierTest, DirectoryAndFileOfOneNameCollide) {
  Identifier directory = MapName(TreeKind::kJoliet, u"a?.b", true);
  Identifier file = MapName(TreeKind::kJoliet, u"a*.b", false);
  std::vector<NamedEntry> entries = {{&file, false}, {&directory, true}};
  MakeUnique(TreeKind::kJoliet, entries);
  EXPECT_EQ(file.name, u"a_000");
  EXPECT_EQ(directory.name, u"a_.b001");
}

TEST(IdentifierTest, OrdersAsTheStandardSays) {
  // Shorter names are as if filled with spaces, so '.' (which is not part of a name) does not count.
  auto less = [](std::u16string_view a, std::u16string_view b) {
    return CompareIdentifiers(MapName(TreeKind::kJoliet, a, false), MapName(TreeKind::kJoliet, b, false)) < 0;
  };
  EXPECT_TRUE(less(u"a.txt", u"a-b.txt"));
  EXPECT_TRUE(less(u"a.1", u"a.2"));
  EXPECT_TRUE(less(u"A", u"a"));
  EXPECT_TRUE(less(u"a.z", u"ab.a"));
  EXPECT_TRUE(less(u"a.", u"b"));
  EXPECT_FALSE(less(u"a", u"a"));
}

}  // namespace
}  // namespace tsmedia::iso
