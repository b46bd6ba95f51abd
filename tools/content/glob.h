// Patterns of paths, as in `executables = ["bin/*", "lib/**"]`.

#ifndef TSMEDIA_TOOLS_CONTENT_GLOB_H_
#define TSMEDIA_TOOLS_CONTENT_GLOB_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tsmedia {

// Glob is a compiled pattern with the meaning of Bazel's glob(): `*` stands for any characters within a component,
// the component `**` for any number of components, also none; everything else for itself.
class Glob {
 public:
  // Parse is InvalidArgument for an empty pattern, an empty component, or `**` as a part of a component.
  static absl::StatusOr<Glob> Parse(std::string_view pattern);

  // Matches takes time proportional to pattern times path.
  bool Matches(std::string_view path) const;

 private:
  explicit Glob(std::vector<std::string> components) : components_(std::move(components)) {}

  std::vector<std::string> components_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_GLOB_H_
