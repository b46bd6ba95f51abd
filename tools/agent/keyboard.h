// The layout of the keyboards at the machine's screen. A serial console has none.

#ifndef TSMEDIA_TOOLS_AGENT_KEYBOARD_H_
#define TSMEDIA_TOOLS_AGENT_KEYBOARD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/unique_fd.h"
#include "tools/boot/keymap.h"
#include "tools/plan/boot.pb.h"

namespace tsmedia {

// KeyTables are the kernel's; tests replace them.
class KeyTables {
 public:
  virtual ~KeyTables() = default;
  // Set says what a key gives with a set of modifiers.
  virtual absl::Status Set(uint8_t table, uint8_t key, uint16_t value) = 0;
  // Remove makes keys with a set of modifiers give nothing.
  virtual absl::Status Remove(uint8_t table) = 0;
};

// OpenKeyTables opens the tables that all keyboards at screens share. NotFound if the machine has no screen.
absl::StatusOr<std::unique_ptr<KeyTables>> OpenKeyTables(const std::string& root);

// LoadKeymap puts `keymap` in place of what the tables hold.
absl::Status LoadKeymap(const Keymap& keymap, KeyTables& tables);

// Keyboard knows the layouts of the boot image.
class Keyboard {
 public:
  // Open reads the layouts that `settings` name, below `root` ("" on a machine).
  static absl::StatusOr<Keyboard> Open(const std::string& root, const AgentSettings& settings,
                                       std::unique_ptr<KeyTables> tables);

  // Start uses the first layout; without any, the kernel's stays.
  absl::Status Start();

  // Whether a technician can choose.
  bool has_choice() const { return layouts_.size() > 1; }
  // UseNext goes on to the next layout, after the last to the first.
  absl::Status UseNext();
  // Name of the layout that is used; "us" if the boot image has none.
  std::string layout() const { return layouts_.empty() ? "us" : layouts_[current_].first; }

 private:
  using Layouts = std::vector<std::pair<std::string, Keymap>>;
  Keyboard(Layouts layouts, std::unique_ptr<KeyTables> tables)
      : layouts_(std::move(layouts)), tables_(std::move(tables)) {}

  Layouts layouts_;
  std::unique_ptr<KeyTables> tables_;
  size_t current_ = 0;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_KEYBOARD_H_
