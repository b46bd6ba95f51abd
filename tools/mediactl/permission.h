// What to say to somebody who may not write to a device.

#ifndef TSMEDIA_TOOLS_MEDIACTL_PERMISSION_H_
#define TSMEDIA_TOOLS_MEDIACTL_PERMISSION_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace tsmedia {

// PermissionError names the device, its owner, group and mode, and the command to run instead: this program with
// `arguments`, which must not depend on the working directory, by sudo. Nothing here raises the program's own rights.
absl::Status PermissionError(const std::string& device, const std::vector<std::string>& arguments);

// ShellQuoted returns `word` as it is written on a shell's command line.
std::string ShellQuoted(const std::string& word);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIACTL_PERMISSION_H_
