#include "tools/content/open_directories.h"

#include <cstddef>

#include "tools/base/status_macros.h"

namespace tsmedia {

absl::StatusOr<int> OpenDirectories::Enter(
    const std::vector<std::string_view>& names,
    absl::FunctionRef<absl::StatusOr<UniqueFd>(int parent, const std::string& name)> open) {
  size_t common = 0;
  while (common < names.size() && common < levels_.size() && levels_[common].name == names[common]) {
    ++common;
  }
  levels_.erase(levels_.begin() + static_cast<ptrdiff_t>(common), levels_.end());
  for (size_t i = common; i < names.size(); ++i) {
    std::string name(names[i]);
    TSM_ASSIGN_OR_RETURN(UniqueFd fd, open(Current(), name));
    levels_.push_back({std::move(name), std::move(fd)});
  }
  return Current();
}

}  // namespace tsmedia
