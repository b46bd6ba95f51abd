// TsmPack: from a command line to a pack and its PackInfo.

#ifndef TSMEDIA_TOOLS_ACTIONS_PACK_ACTION_H_
#define TSMEDIA_TOOLS_ACTIONS_PACK_ACTION_H_

#include <string_view>

#include "absl/status/status.h"
#include "tools/base/args.h"

namespace tsmedia {

// What `pack --help` prints.
extern const std::string_view kPackHelp;

// RunPack does what `args` say; errors begin with the target's label. Warnings go to standard error. `args` is empty
// afterwards: with 100,000 files it is worth its memory.
absl::Status RunPack(Args& args);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ACTIONS_PACK_ACTION_H_
