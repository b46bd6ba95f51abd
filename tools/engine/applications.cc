#include "tools/engine/applications.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tsmedia {

absl::StatusOr<std::vector<std::string>> InstallationOrder(const std::vector<std::string>& wanted,
                                                           const Applications& applications,
                                                           const std::set<std::string>& installed) {
  std::vector<std::string> order;
  std::set<std::string> done = installed;
  std::set<std::string> open;  // whose dependencies are being looked at
  // Depth first without recursion: an entry comes up again, as `open`, when all below it are done.
  std::vector<std::string> stack(wanted.rbegin(), wanted.rend());
  while (!stack.empty()) {
    const std::string id = stack.back();
    auto application = applications.find(id);
    if (application == applications.end()) {
      return absl::NotFoundError(absl::StrCat("the medium has no application ", id));
    }
    if (done.contains(id)) {
      stack.pop_back();
      continue;
    }
    if (!open.insert(id).second) {
      stack.pop_back();
      order.push_back(id);
      done.insert(id);
      continue;
    }
    const std::vector<std::string>& dependencies = application->second.dependencies;
    for (auto dependency = dependencies.rbegin(); dependency != dependencies.rend(); ++dependency) {
      if (open.contains(*dependency) && !done.contains(*dependency)) {
        return absl::FailedPreconditionError(
            absl::StrCat("the applications ", id, " and ", *dependency, " depend on each other"));
      }
      if (applications.contains(*dependency) && !done.contains(*dependency)) {
        stack.push_back(*dependency);
      }
    }
  }
  return order;
}

}  // namespace tsmedia
