// The arguments that name secrets to the actions which use them.

#ifndef TSMEDIA_TOOLS_ACTIONS_SECRET_ARGUMENT_H_
#define TSMEDIA_TOOLS_ACTIONS_SECRET_ARGUMENT_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/base/args.h"

namespace tsmedia {

// SecretArgument returns the path in `--NAME=PATH`, or nothing if the argument is absent. `--NAME_missing=REASON` says
// that there should be a secret and why there is none; then it is FailedPrecondition with that reason.
absl::StatusOr<std::optional<std::string>> SecretArgument(Args& args, std::string_view name);

// RequiredSecretArgument returns the path, which must be there.
absl::StatusOr<std::string> RequiredSecretArgument(Args& args, std::string_view name);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ACTIONS_SECRET_ARGUMENT_H_
