// The files that stand for the inputs of a plan: `--input=NAME=PATH`, or lines NAME=PATH of a file.

#ifndef TSMEDIA_TOOLS_PLAN_NAMED_INPUTS_H_
#define TSMEDIA_TOOLS_PLAN_NAMED_INPUTS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"

namespace tsmedia {

class NamedInputs {
 public:
  // Parse takes the values of `--input`; a name that is given twice is a usage error. Later `=` belong to the path.
  static absl::StatusOr<NamedInputs> Parse(const std::vector<std::string>& pairs);

  // Read takes the lines NAME=PATH of the file at `list_path`. Relative paths begin at the directory in which that file
  // lies. InvalidArgument if a line is something else or a name stands twice; errors name the file.
  static absl::StatusOr<NamedInputs> Read(const std::string& list_path);

  // Open opens the file of input `name`. NotFound if there is none.
  absl::StatusOr<std::shared_ptr<const ByteSource>> Open(const std::string& name) const;

 private:
  std::map<std::string, std::string> paths_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_NAMED_INPUTS_H_
