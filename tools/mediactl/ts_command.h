// mediactl ts: layout and tree of task sequences.

#ifndef TSMEDIA_TOOLS_MEDIACTL_TS_COMMAND_H_
#define TSMEDIA_TOOLS_MEDIACTL_TS_COMMAND_H_

#include <string_view>

#include "absl/status/status.h"
#include "tools/base/args.h"

namespace tsmedia {

// What `mediactl ts --help` prints.
extern const std::string_view kTsHelp;

// RunTs runs `mediactl ts`: the first positional argument of `args` is `fmt` or `graph`, the others are files. The
// result of graph goes to standard output; what is wrong with a file goes to standard error with its line, and fails.
absl::Status RunTs(Args& args);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIACTL_TS_COMMAND_H_
