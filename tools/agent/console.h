// What the agent says on every console of the machine, and what people type there.

#ifndef TSMEDIA_TOOLS_AGENT_CONSOLE_H_
#define TSMEDIA_TOOLS_AGENT_CONSOLE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace tsmedia {

// Console writes lines to all consoles that the kernel uses: a screen, a serial port, both or none. A console that
// cannot be written to (a serial port that the firmware announces but nobody built answers EIO) is left out of this
// line and tried again with the next; it never stops the agent. Threads may use it at once.
class Console {
 public:
  // Open opens what `root`/sys/class/tty/console/active lists, below `root`/dev. `root` is "" on a machine; tests use a
  // directory. If that list cannot be read, `root`/dev/console is the only console.
  static std::unique_ptr<Console> Open(const std::string& root);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  // Say writes one line. Bytes that could control a terminal or forge another line are shown as '?': what is said may
  // come from a hostile medium.
  void Say(std::string_view line);

  // TakeLine returns what somebody typed and ended with Enter, on whichever console, without the end of the line;
  // nothing if there is no such line yet. It does not wait.
  std::optional<std::string> TakeLine();

  // Name of the console that the last line was typed on; that of the first console before that.
  std::string last_input() const;

  // ShowTyping sets whether what is typed is shown, as it is not for a password.
  void ShowTyping(bool show);

  // Names of the consoles that were opened, for example {"ttyS0", "tty0"}.
  const std::vector<std::string>& names() const { return names_; }

 private:
  Console() = default;

  std::vector<std::string> names_;
  std::vector<int> fds_;
  mutable absl::Mutex mutex_;
  size_t last_input_ ABSL_GUARDED_BY(mutex_) = 0;  // index in names_
};

// TypedLine returns what a terminal gave without the ends of lines behind it.
std::string_view TypedLine(std::string_view typed);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_CONSOLE_H_
