// Applications and the order in which they are installed.

#ifndef TSMEDIA_TOOLS_ENGINE_APPLICATIONS_H_
#define TSMEDIA_TOOLS_ENGINE_APPLICATIONS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace tsmedia {

// What the engine has to know about an application of the medium.
struct Application {
  std::string name;                       // for people
  std::string install_command;            // run in the package's files
  std::vector<std::string> dependencies;  // package IDs of applications that are installed before it
};

// By package ID. Dependencies that are not in it (content packages) are not installed.
using Applications = std::map<std::string, Application>;

// InstallationOrder returns `wanted` and what they depend on, each once and after its own dependencies, without those
// in `installed`. NotFound for a wanted ID that is no application; FailedPrecondition for a circle.
absl::StatusOr<std::vector<std::string>> InstallationOrder(const std::vector<std::string>& wanted,
                                                           const Applications& applications,
                                                           const std::set<std::string>& installed);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_APPLICATIONS_H_
