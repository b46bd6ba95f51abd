// TsmValidate: from the text of a task sequence to the binary form that travels on the medium.

#ifndef TSMEDIA_TOOLS_ACTIONS_VALIDATE_ACTION_H_
#define TSMEDIA_TOOLS_ACTIONS_VALIDATE_ACTION_H_

#include <string_view>

#include "absl/status/status.h"
#include "tools/base/args.h"

namespace tsmedia {

// What `validate --help` prints.
extern const std::string_view kValidateHelp;

// RunValidate does what `args` say. Errors and warnings of the sequence go to standard error, a line each; with an
// error nothing is written and the status says how many there are.
absl::Status RunValidate(Args& args);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ACTIONS_VALIDATE_ACTION_H_
