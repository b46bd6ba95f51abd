// Talking to whoever stands at the machine: what is said, what is asked, how long an answer is waited for.

#ifndef TSMEDIA_TOOLS_AGENT_DIALOG_H_
#define TSMEDIA_TOOLS_AGENT_DIALOG_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/agent/console.h"
#include "tools/agent/keyboard.h"
#include "tools/crypto/age_x25519.h"
#include "tools/medium/medium.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

class Dialog {
 public:
  // `uptime` never goes back; `sleep` waits. `console` must outlive the dialog.
  Dialog(Console& console, std::function<absl::Duration()> uptime, std::function<void(absl::Duration)> sleep)
      : console_(console), uptime_(std::move(uptime)), sleep_(std::move(sleep)) {}

  void Say(std::string_view line) { console_.Say(line); }

  // WaitForLine waits for a line; nothing after `time`.
  std::optional<std::string> WaitForLine(absl::Duration time);

  // WaitForAnswer waits for one of `keys`, the first letters of answers in lower case; "" is Enter alone. Other lines
  // are passed over. Returns nothing after `time`.
  std::optional<std::string> WaitForAnswer(const std::vector<std::string>& keys, absl::Duration time);

  // AskForPassword asks until the password of a protected medium is right, after each wrong one a little later. If
  // `keyboard` has several layouts, another may be chosen; it is null where the agent does not set the layout. The
  // error is damage of the medium.
  absl::StatusOr<MediaIdentity> AskForPassword(const Medium& medium, const Manifest& manifest, Keyboard* keyboard);

 private:
  // Reads what is not to be seen.
  std::string WaitForSecret(Keyboard* keyboard);

  Console& console_;
  const std::function<absl::Duration()> uptime_;
  const std::function<void(absl::Duration)> sleep_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_DIALOG_H_
