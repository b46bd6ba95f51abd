#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_sink.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/password.h"
#include "tools/crypto/secret.h"
#include "tools/mediactl/key_command.h"
#include "tools/mediactl/password_flags.h"
#include "tools/mediactl/user_path.h"

namespace tsmedia {

absl::Status KeyRewrap(Args& args, const std::vector<std::string>& positional) {
  TSM_ASSIGN_OR_RETURN(PasswordSource old_source, PasswordFlags(args));
  TSM_ASSIGN_OR_RETURN(NewProtection protection, NewProtectionFlags(args, "new-"));
  TSM_ASSIGN_OR_RETURN(int max_work_factor, MaxWorkFactorFlag(args));
  TSM_RETURN_IF_ERROR(args.Finish());
  if (positional.size() != 1) {
    return UsageError("name one identity file; see --help");
  }
  const std::string path = UserPath(positional[0]);
  TSM_ASSIGN_OR_RETURN(SecretString old_password, ReadPassword(old_source, absl::StrCat("Password of ", path)));
  TSM_ASSIGN_OR_RETURN(MediaIdentity identity, OpenIdentity(path, old_password.text(), max_work_factor));
  TSM_ASSIGN_OR_RETURN(SecretString password, MakePassword(protection));
  TSM_ASSIGN_OR_RETURN(std::string protected_identity,
                       ProtectIdentity(identity, password.text(), protection.work_factor));
  TSM_RETURN_IF_ERROR(WriteFileAtomically(path, protected_identity));
  std::cout << DescribeRecipient(identity.recipient()) << "rewrapped:   " << path << "\n";
  std::cerr << "mediactl: rewrapping is not revocation: the old file with the old password still opens every medium of "
               "this key; after a leaked password or a lost medium, make a new key\n";
  return absl::OkStatus();
}

}  // namespace tsmedia
