#include "tools/plan/named_inputs.h"

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/base/bytes.h"
#include "tools/base/file_output.h"
#include "tools/base/printable.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// A larger list is refused: 100,000 packages take some 20 MiB.
constexpr uint64_t kMaxListSize = 256 * kMiB;

}  // namespace

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

absl::StatusOr<NamedInputs> NamedInputs::Read(const std::string& list_path) {
  TSM_ASSIGN_OR_RETURN(const std::string list, ReadWholeFile(list_path, kMaxListSize));
  const std::string directory = DirectoryOf(list_path);
  NamedInputs inputs;
  for (std::string_view line : absl::StrSplit(list, '\n', absl::SkipEmpty())) {
    const size_t equals = line.find('=');
    if (equals == 0 || equals == std::string_view::npos || equals + 1 == line.size()) {
      return absl::InvalidArgumentError(absl::StrCat(list_path, ": \"", PrintableLine(line), "\" is not NAME=PATH"));
    }
    const std::string name(line.substr(0, equals));
    const std::string_view path = line.substr(equals + 1);
    if (!inputs.paths_.emplace(name, path.starts_with('/') ? std::string(path) : absl::StrCat(directory, "/", path))
             .second) {
      return absl::InvalidArgumentError(absl::StrCat(list_path, ": ", PrintableLine(name), " stands there twice"));
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
