#include "tools/agent/dialog.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/agent/console.h"
#include "tools/agent/fake_root.h"
#include "tools/agent/fake_terminal.h"
#include "tools/agent/keyboard.h"
#include "tools/agent/memory_medium.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/sha256.h"
#include "tools/boot/keymap.h"
#include "tools/crypto/age_x25519.h"
#include "tools/medium/medium.h"
#include "tools/plan/boot.pb.h"
#include "tools/plan/manifest.pb.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr uint64_t kMaxSize = 65536;

class NoKeyTables : public KeyTables {
 public:
  absl::Status Set(uint8_t, uint8_t, uint16_t) override { return absl::OkStatus(); }
  absl::Status Remove(uint8_t) override { return absl::OkStatus(); }
};

class DialogTest : public testing::Test {
 protected:
  DialogTest()
      : root_("dialog"),
        terminal_(root_),
        console_(Console::Open(root_.path())),
        dialog_(*console_, [this] { return uptime_; }, [this](absl::Duration duration) { Sleep(duration); }) {
    const std::string identity = ReadWholeFile("testdata/keys/test.identity.age", kMaxSize).value();
    medium_.files[std::string(kIdentityPath)] = identity;
    FileEntry* file = manifest_.add_files();
    file->set_path(std::string(kIdentityPath));
    file->set_size(identity.size());
    file->set_sha256(std::string(DigestText(Sha256(identity))));
    const Recipient recipient = ReadRecipient("testdata/keys/test.recipient").value();
    manifest_.set_recipient(std::string(AsText(ByteSpan(recipient.key()))));
    const std::string password = ReadWholeFile("testdata/keys/test.password", kMaxSize).value();
    password_ = std::vector<std::string>(absl::StrSplit(password, '\n'))[1];
  }

  // The next line is typed whenever the dialog asks.
  void Sleep(absl::Duration duration) {
    uptime_ += duration;
    ASSERT_LT(uptime_, absl::Hours(1)) << terminal_.Shown();
    const size_t shown = terminal_.Shown().find("Password of the medium:", seen_);
    if (next_ < lines_.size() && shown != std::string::npos) {
      seen_ = shown + 1;
      terminal_.Type(lines_[next_++]);
    }
  }

  Keyboard MakeKeyboard(const std::vector<std::string>& layouts) {
    std::string keymap = "bkeymap" + std::string(kKeymapTables, '\0') + std::string(2 * kKeymapKeys, '\0');
    keymap[7] = 1;
    AgentSettings settings;
    for (const std::string& layout : layouts) {
      root_.Write(absl::StrCat("etc/tsmedia/keymaps/", layout, ".bmap"), keymap);
      settings.add_keyboards(layout);
    }
    return Keyboard::Open(root_.path(), settings, std::make_unique<NoKeyTables>()).value();
  }

  FakeRoot root_;
  FakeTerminal terminal_;
  const std::unique_ptr<Console> console_;
  absl::Duration uptime_;
  Dialog dialog_;
  MemoryMedium medium_;
  Manifest manifest_;
  std::string password_;
  std::vector<std::string> lines_;
  size_t next_ = 0;
  size_t seen_ = 0;
};

TEST_F(DialogTest, AsksUntilThePasswordIsRight) {
  lines_ = {"wrong", "", "wrong too", password_};
  const absl::StatusOr<MediaIdentity> identity = dialog_.AskForPassword(medium_, manifest_, nullptr);
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->recipient(), ReadRecipient("testdata/keys/test.recipient").value());
  EXPECT_GE(uptime_, absl::Seconds(1 + 2 + 4));
  EXPECT_THAT(terminal_.Shown(),
              AllOf(Not(HasSubstr(password_)), Not(HasSubstr("wrong too")), Not(HasSubstr("Keyboard layout"))));
}

TEST_F(DialogTest, TheLayoutCanBeChosen) {
  Keyboard keyboard = MakeKeyboard({"de", "us"});
  lines_ = {"k", password_};
  ASSERT_TRUE(dialog_.AskForPassword(medium_, manifest_, &keyboard).ok());
  EXPECT_EQ(keyboard.layout(), "us");
  EXPECT_THAT(terminal_.Shown(), AllOf(HasSubstr("Keyboard layout: de     k Enter: another one"),
                                       HasSubstr("Keyboard layout: us"), Not(HasSubstr("Not accepted"))));
}

TEST_F(DialogTest, DamagedIdentitiesAreNoWrongPasswords) {
  lines_ = {password_};
  manifest_.mutable_files(0)->mutable_sha256()->front() ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(dialog_.AskForPassword(medium_, manifest_, nullptr).status()));
}

}  // namespace
}  // namespace tsmedia
