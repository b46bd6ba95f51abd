#include "tools/actions/secret_argument.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"

namespace tsmedia {

absl::StatusOr<std::optional<std::string>> SecretArgument(Args& args, std::string_view name) {
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> missing, args.Optional(absl::StrCat(name, "_missing")));
  if (missing.has_value()) {
    return absl::FailedPreconditionError(*missing);
  }
  return args.Optional(name);
}

absl::StatusOr<std::string> RequiredSecretArgument(Args& args, std::string_view name) {
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> path, SecretArgument(args, name));
  if (!path.has_value()) {
    return UsageError(absl::StrCat("--", name, " is missing; see --help"));
  }
  return *std::move(path);
}

}  // namespace tsmedia
