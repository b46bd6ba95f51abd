#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/password.h"
#include "tools/crypto/secret.h"
#include "tools/mediactl/key_command.h"
#include "tools/mediactl/password_flags.h"
#include "tools/mediactl/user_path.h"

namespace tsmedia {

absl::Status KeyShow(Args& args, const std::vector<std::string>& positional) {
  TSM_ASSIGN_OR_RETURN(PasswordSource source, PasswordFlags(args));
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> identity_path, args.Optional("identity"));
  TSM_ASSIGN_OR_RETURN(int max_work_factor, MaxWorkFactorFlag(args));
  TSM_RETURN_IF_ERROR(args.Finish());
  if (positional.size() != 1) {
    return UsageError("name one recipient file; see --help");
  }
  TSM_ASSIGN_OR_RETURN(Recipient recipient, ReadRecipient(UserPath(positional[0])));
  std::cout << DescribeRecipient(recipient);
  if (!identity_path.has_value()) {
    return absl::OkStatus();
  }
  const std::string path = UserPath(*identity_path);
  TSM_ASSIGN_OR_RETURN(SecretString password, ReadPassword(source, absl::StrCat("Password of ", path)));
  TSM_ASSIGN_OR_RETURN(MediaIdentity identity, OpenIdentity(path, password.text(), max_work_factor));
  if (identity.recipient() != recipient) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": the identity of another recipient: ", identity.recipient().ToString()));
  }
  std::cout << "identity:    the password opens it\n";
  return absl::OkStatus();
}

}  // namespace tsmedia
