// Command lines of the tools: `--name=value` flags, positional arguments and argument files.
//
// Bazel hands long command lines over in a file (format "multiline": one argument a line, nothing quoted). A line is
// taken as it is: a name may begin with '#', hold blanks or quotes; only a line feed cannot be in an argument.
// In the names of flags, '-' and '_' are the same.

#ifndef TSMEDIA_TOOLS_BASE_ARGS_H_
#define TSMEDIA_TOOLS_BASE_ARGS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tsmedia {

// Args are parsed arguments. Every accessor marks its flag as known; Finish refuses the flags that nobody asked for.
class Args {
 public:
  // Parse splits `arguments` (without the program's name). `@FILE` as the only argument is replaced by the lines of
  // FILE. Everything after `--` is positional. `--name` without `=` is the value "true".
  static absl::StatusOr<Args> Parse(std::vector<std::string> arguments);

  // Required returns the value of a flag that must be given exactly once.
  absl::StatusOr<std::string> Required(std::string_view name);
  // Optional returns the value of a flag given at most once.
  absl::StatusOr<std::optional<std::string>> Optional(std::string_view name);
  // OptionalOr returns the value of a flag given at most once, else `fallback`.
  absl::StatusOr<std::string> OptionalOr(std::string_view name, std::string_view fallback);
  // Bool returns a flag given at most once: absent is false; `true`, `false`, `1` and `0` are its values.
  absl::StatusOr<bool> Bool(std::string_view name);
  // Repeated returns all values of a flag, in order.
  std::vector<std::string> Repeated(std::string_view name);

  const std::vector<std::string>& positional() const { return positional_; }

  // Finish is InvalidArgument if there are flags that no accessor asked for.
  absl::Status Finish() const;

 private:
  struct Flag {
    std::vector<std::string> values;
    bool known = false;
  };
  Flag* Find(std::string_view name);

  std::map<std::string, Flag, std::less<>> flags_;
  std::vector<std::string> positional_;
};

// SplitPair splits "NAME=VALUE" at the first '='; `flag` is for the error message.
absl::StatusOr<std::pair<std::string, std::string>> SplitPair(std::string_view flag, std::string_view pair);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_ARGS_H_
