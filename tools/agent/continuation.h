// Going on with a task sequence in the operating system that it deployed, from what staging.h left there and from the
// journal on the disk.

#ifndef TSMEDIA_TOOLS_AGENT_CONTINUATION_H_
#define TSMEDIA_TOOLS_AGENT_CONTINUATION_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "tools/agent/console.h"
#include "tools/agent/console_log.h"
#include "tools/engine/log.h"
#include "tools/journal/journal.pb.h"
#include "tools/steps/boot_effects.h"

namespace tsmedia {

// What going on needs of the machine; all of it must outlive the call.
struct ContinuationOptions {
  std::string root;  // "" on a machine
  BootSystem* system;
  Console* console;
  Log* log;
  const LastRecords* last_records;
  ConsoleLog* console_log;  // a sink of `log`
  std::string log_file;
  // Restarts the machine into its own operating system `disk` or, if that is "", into the medium. Returns only if that
  // fails.
  std::function<absl::Status(const std::string& disk, const std::string& description)> restart;
};

// Continue asks for the password if the medium was protected, and goes on with the run that is there, to its end. When
// that is reached, or a step failed and nobody wants another try, everything but the log is removed.
absl::Status Continue(const ContinuationOptions& options);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_CONTINUATION_H_
