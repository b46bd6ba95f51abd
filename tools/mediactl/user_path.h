// Paths on the command line.

#ifndef TSMEDIA_TOOLS_MEDIACTL_USER_PATH_H_
#define TSMEDIA_TOOLS_MEDIACTL_USER_PATH_H_

#include <string>

namespace tsmedia {

// UserPath returns `path` as the user meant it: programs that `bazel run` starts are in another directory, and find the
// user's in BUILD_WORKING_DIRECTORY. A path that exists as it is wins.
std::string UserPath(const std::string& path);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIACTL_USER_PATH_H_
