// The flags that say where a password comes from.

#ifndef TSMEDIA_TOOLS_MEDIACTL_PASSWORD_FLAGS_H_
#define TSMEDIA_TOOLS_MEDIACTL_PASSWORD_FLAGS_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "tools/base/args.h"
#include "tools/crypto/password.h"

namespace tsmedia {

// PasswordFlags reads `--PREFIXpassword-fd=N` and `--PREFIXpassword-file=FILE`, of which at most one may be given.
absl::StatusOr<PasswordSource> PasswordFlags(Args& args, std::string_view prefix = "");

// MaxWorkFactorFlag reads `--max-work-factor=N`, at most kLargestWorkFactor; kMaxWorkFactor if it is not given.
absl::StatusOr<int> MaxWorkFactorFlag(Args& args);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIACTL_PASSWORD_FLAGS_H_
