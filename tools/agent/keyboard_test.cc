#include "tools/agent/keyboard.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "tools/agent/fake_root.h"
#include "tools/boot/keymap.h"
#include "tools/plan/boot.pb.h"

namespace tsmedia {
namespace {

constexpr uint16_t kZ = 0x0b7a;  // KT_LETTER and 'z'
constexpr uint16_t kY = 0x0b79;
constexpr uint8_t kKeyRightOfT = 21;

using Values = std::map<std::pair<uint8_t, uint8_t>, uint16_t>;

class FakeKeyTables : public KeyTables {
 public:
  explicit FakeKeyTables(Values* values) : values_(values) {}
  absl::Status Set(uint8_t table, uint8_t key, uint16_t value) override {
    (*values_)[{table, key}] = value;
    return key == 0 ? absl::InvalidArgumentError("there is no key 0") : absl::OkStatus();
  }
  absl::Status Remove(uint8_t table) override {
    std::erase_if(*values_, [table](const auto& value) { return value.first.first == table; });
    return table == 0 ? absl::InvalidArgumentError("table 0 is always there") : absl::OkStatus();
  }

 private:
  Values* values_;
};

// A keymap with table 0, and `second` if it is not 0.
std::string MakeKeymap(uint16_t right_of_t, uint8_t second) {
  std::string bytes = "bkeymap" + std::string(kKeymapTables, '\0');
  bytes[7] = 1;
  bytes[7 + second] = 1;
  std::string table(2 * kKeymapKeys, '\0');
  table[2 * kKeyRightOfT] = static_cast<char>(right_of_t & 0xff);
  table[2 * kKeyRightOfT + 1] = static_cast<char>(right_of_t >> 8);
  return bytes + table + (second == 0 ? "" : table);
}

class KeyboardTest : public testing::Test {
 protected:
  KeyboardTest() : root_("keyboard") {
    root_.Write("etc/tsmedia/keymaps/de.bmap", MakeKeymap(kZ, 2));
    root_.Write("etc/tsmedia/keymaps/us.bmap", MakeKeymap(kY, 0));
  }

  absl::StatusOr<Keyboard> Open(const std::vector<std::string>& layouts) {
    AgentSettings settings;
    settings.mutable_keyboards()->Assign(layouts.begin(), layouts.end());
    return Keyboard::Open(root_.path(), settings, std::make_unique<FakeKeyTables>(&values_));
  }

  const FakeRoot root_;
  Values values_ = {{{0, kKeyRightOfT}, kY}, {{7, 3}, 1}};  // what the kernel has
};

TEST_F(KeyboardTest, UsesTheFirstLayoutAndGoesOn) {
  absl::StatusOr<Keyboard> keyboard = Open({"de", "us"});
  ASSERT_TRUE(keyboard.ok()) << keyboard.status();
  EXPECT_TRUE(keyboard->has_choice());
  ASSERT_TRUE(keyboard->Start().ok());
  EXPECT_EQ(keyboard->layout(), "de");
  EXPECT_EQ((values_.at({0, kKeyRightOfT})), kZ);
  EXPECT_EQ((values_.at({2, kKeyRightOfT})), kZ);
  EXPECT_FALSE(values_.contains({7, 3}));  // the layout before had it
  ASSERT_TRUE(keyboard->UseNext().ok());
  EXPECT_EQ(keyboard->layout(), "us");
  EXPECT_EQ((values_.at({0, kKeyRightOfT})), kY);
  EXPECT_FALSE(values_.contains({2, kKeyRightOfT}));
  ASSERT_TRUE(keyboard->UseNext().ok());
  EXPECT_EQ(keyboard->layout(), "de");
}

TEST_F(KeyboardTest, WithoutLayoutsTheKernelsStays) {
  absl::StatusOr<Keyboard> keyboard = Open({});
  ASSERT_TRUE(keyboard.ok()) << keyboard.status();
  const Values before = values_;
  ASSERT_TRUE(keyboard->Start().ok());
  ASSERT_TRUE(keyboard->UseNext().ok());
  EXPECT_EQ(values_, before);
  EXPECT_FALSE(keyboard->has_choice());
  EXPECT_EQ(keyboard->layout(), "us");
}

TEST_F(KeyboardTest, DamagedLayoutsAreRefused) {
  EXPECT_FALSE(Open({"fr"}).ok());
  root_.Write("etc/tsmedia/keymaps/fr.bmap", "bkeymap");
  EXPECT_TRUE(absl::IsInvalidArgument(Open({"fr"}).status()));
}

TEST_F(KeyboardTest, WithoutAScreenThereAreNoTables) {
  EXPECT_TRUE(absl::IsNotFound(OpenKeyTables(root_.path()).status()));
}

}  // namespace
}  // namespace tsmedia
