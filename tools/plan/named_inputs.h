// The files that an action is given for the inputs of a plan: `--input=NAME=PATH`.

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

  // Open opens the file of input `name`. NotFound if there is none.
  absl::StatusOr<std::shared_ptr<const ByteSource>> Open(const std::string& name) const;

 private:
  std::map<std::string, std::string> paths_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_NAMED_INPUTS_H_
