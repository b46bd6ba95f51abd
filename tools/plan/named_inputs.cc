#include "tools/plan/named_inputs.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"

namespace tsmedia {

absl::StatusOr<NamedInputs> NamedInputs::Parse(const std::vector<std::string>& pairs) {
  NamedInputs inputs;
  for (const std::string& pair : pairs) {
    TSM_ASSIGN_OR_RETURN(auto name_and_path, SplitPair("input", pair));
    auto& [name, path] = name_and_path;
    if (!inputs.paths_.emplace(name, std::move(path)).second) {
      return UsageError(absl::StrCat("--input=", name, " is given twice"));
    }
  }
  return inputs;
}

absl::StatusOr<std::shared_ptr<const ByteSource>> NamedInputs::Open(const std::string& name) const {
  auto path = paths_.find(name);
  if (path == paths_.end()) {
    return absl::NotFoundError(absl::StrCat("the plan needs the input ", name, ", which was not given"));
  }
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> file, FileSource::Open(path->second));
  return std::shared_ptr<const ByteSource>(std::move(file));
}

}  // namespace tsmedia
