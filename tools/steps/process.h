// Running programs for steps.

#ifndef TSMEDIA_TOOLS_STEPS_PROCESS_H_
#define TSMEDIA_TOOLS_STEPS_PROCESS_H_

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tsmedia {

// Most bytes of output that are kept: 1,000 characters of UTF-8.
inline constexpr size_t kOutputTail = 4000;

struct ProcessRequest {
  std::vector<std::string> arguments = {};  // the first is looked for in PATH unless it has a slash
  std::vector<std::pair<std::string, std::string>> environment = {};  // beside PATH, HOME and LC_ALL
  std::string root = {};                                              // chroot; "": the caller's own
  std::string directory = {};                                         // within `root`; "": its root
  // Bytes that the program can read from the descriptor whose number is in the environment variable
  // TSMEDIA_HIDDEN_FD. "": there is no such descriptor.
  std::string hidden = {};
  absl::Duration time_limit = absl::InfiniteDuration();
  // Gets each line of standard output and standard error, without its end, as it comes; lines that are longer than 4
  // KiB come in parts.
  std::function<void(std::string_view)> on_line = nullptr;
};

struct ProcessResult {
  int exit_code = 0;        // 128 + number of the signal that ended the program
  std::string output_tail;  // the end of its standard output, at most kOutputTail bytes
  std::string settings;     // what it wrote to the descriptor in TSMEDIA_SET_FD
};

// RunProcess runs a program to its end, with an empty standard input, in a session of its own. NotFound or
// PermissionDenied: it could not be started. DeadlineExceeded: its time was over; it and all that it had started in its
// session were stopped, by SIGTERM, and after five seconds by SIGKILL. Processes that it leaves in the background do
// not delay the return.
absl::StatusOr<ProcessResult> RunProcess(const ProcessRequest& request);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_STEPS_PROCESS_H_
