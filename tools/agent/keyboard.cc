#include "tools/agent/keyboard.h"

#include <fcntl.h>
#include <linux/kd.h>
#include <linux/keyboard.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/kernel_file.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

constexpr std::string_view kKeymapDirectory = "/etc/tsmedia/keymaps/";

// The tables behind the screen's console (ioctl_console(2)).
class ConsoleKeyTables : public KeyTables {
 public:
  explicit ConsoleKeyTables(UniqueFd console) : console_(std::move(console)) {}

  absl::Status Set(uint8_t table, uint8_t key, uint16_t value) override {
    kbentry entry = {.kb_table = table, .kb_index = key, .kb_value = value};
    if (ioctl(console_.get(), KDSKBENT, &entry) != 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("the kernel does not take key ", key, " of table ", table));
    }
    return absl::OkStatus();
  }

  absl::Status Remove(uint8_t table) override { return Set(table, 0, K_NOSUCHMAP); }

 private:
  const UniqueFd console_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<KeyTables>> OpenKeyTables(const std::string& root) {
  const std::string path = root + "/dev/tty0";
  UniqueFd console(open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  // Characters above U+00FF can only be given to keys in this mode.
  if (!console.ok() || ioctl(console.get(), KDSKBMODE, K_UNICODE) != 0) {
    return absl::NotFoundError(absl::StrCat(path, ": no screen's console"));
  }
  return std::make_unique<ConsoleKeyTables>(std::move(console));
}

absl::Status LoadKeymap(const Keymap& keymap, KeyTables& tables) {
  // Table 0 always stays, and has to.
  for (size_t table = 1; table < kKeymapTables; ++table) {
    if (!keymap.tables.contains(static_cast<uint8_t>(table))) {
      TSM_RETURN_IF_ERROR(tables.Remove(static_cast<uint8_t>(table)));
    }
  }
  for (const auto& [table, keys] : keymap.tables) {
    // There is no key 0: in the kernel's tables its place says how the table was allocated.
    for (size_t key = 1; key < keys.size(); ++key) {
      TSM_RETURN_IF_ERROR(tables.Set(table, static_cast<uint8_t>(key), keys[key]));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Keyboard> Keyboard::Open(const std::string& root, const AgentSettings& settings,
                                        std::unique_ptr<KeyTables> tables) {
  Layouts layouts;
  for (const std::string& name : settings.keyboards()) {
    TSM_ASSIGN_OR_RETURN(const std::string bytes,
                         ReadKernelFile(absl::StrCat(root, kKeymapDirectory, name, ".bmap"), kMaxKeymapSize));
    TSM_ASSIGN_OR_RETURN(Keymap keymap, ParseKeymap(AsBytes(bytes)));
    layouts.emplace_back(name, std::move(keymap));
  }
  return Keyboard(std::move(layouts), std::move(tables));
}

absl::Status Keyboard::Start() {
  return layouts_.empty() ? absl::OkStatus() : LoadKeymap(layouts_[current_].second, *tables_);
}

absl::Status Keyboard::UseNext() {
  if (has_choice()) {
    current_ = (current_ + 1) % layouts_.size();
  }
  return Start();
}

}  // namespace tsmedia
