#include "tools/boot/keymap.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

// A keymap with the tables 0 and `second`; each key's value is its table and its code.
std::string TwoTables(uint8_t second) {
  std::string bytes = "bkeymap" + std::string(kKeymapTables, '\0');
  bytes[7] = bytes[7 + second] = 1;
  for (uint8_t table : {uint8_t{0}, second}) {
    for (size_t key = 0; key < kKeymapKeys; ++key) {
      bytes += {static_cast<char>(key), static_cast<char>(table)};
    }
  }
  return bytes;
}

TEST(KeymapTest, TablesByModifiers) {
  const absl::StatusOr<Keymap> keymap = ParseKeymap(AsBytes(TwoTables(255)));
  ASSERT_TRUE(keymap.ok()) << keymap.status();
  ASSERT_EQ(keymap->tables.size(), 2u);
  EXPECT_EQ(keymap->tables.at(0)[21], 21);
  EXPECT_EQ(keymap->tables.at(255)[127], 0xff7f);
}

TEST(KeymapTest, RefusesWhatIsNone) {
  std::string without_first = TwoTables(1);
  without_first.erase(7 + kKeymapTables, 256);
  without_first[7] = 0;
  std::string strange_mark = TwoTables(1);
  strange_mark[9] = 2;
  const std::string whole = TwoTables(1);
  const std::pair<std::string, const char*> cases[] = {
      {"", "not a keymap"},
      {"bkeymap", "not a keymap"},
      {"ckeymap" + whole.substr(7), "not a keymap"},
      {whole.substr(0, whole.size() - 1), "ends in table 1"},
      {whole + "x", "1 bytes follow"},
      {strange_mark, "mark of table 2"},
      {without_first, "without a modifier"},
  };
  for (const auto& [bytes, message] : cases) {
    const absl::Status status = ParseKeymap(AsBytes(bytes)).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    EXPECT_THAT(status.message(), HasSubstr(message));
  }
}

}  // namespace
}  // namespace tsmedia
