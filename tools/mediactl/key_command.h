// mediactl key: media keys. Each of its subcommands stands in a file of its own.

#ifndef TSMEDIA_TOOLS_MEDIACTL_KEY_COMMAND_H_
#define TSMEDIA_TOOLS_MEDIACTL_KEY_COMMAND_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/args.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/password.h"
#include "tools/crypto/secret.h"

namespace tsmedia {

// The subcommands. `positional` is what stands behind their name.
absl::Status KeyNew(Args& args, const std::vector<std::string>& positional);
absl::Status KeyRewrap(Args& args, const std::vector<std::string>& positional);
absl::Status KeyShow(Args& args, const std::vector<std::string>& positional);

// NewProtection is how an identity will be protected, from the flags `--PREFIXpassword-fd`, `--PREFIXpassword-file`,
// `--choose-password`, `--password-out` and `--work-factor`.
struct NewProtection {
  PasswordSource source;
  bool generate = false;
  std::optional<std::string> password_out;
  int work_factor = 0;
};
absl::StatusOr<NewProtection> NewProtectionFlags(Args& args, std::string_view prefix);

// MakePassword returns the new password, chosen or generated, and has shown or written a generated one: from now on its
// owner has it.
absl::StatusOr<SecretString> MakePassword(const NewProtection& protection);

// ProtectIdentity returns the content of an identity file, after it was opened again with the password.
absl::StatusOr<std::string> ProtectIdentity(const MediaIdentity& identity, std::string_view password, int work_factor);

// OpenIdentity returns the identity in the protected identity file at `path`. Errors name it.
absl::StatusOr<MediaIdentity> OpenIdentity(const std::string& path, std::string_view password, int max_work_factor);

// DescribeRecipient returns what people compare: the recipient, its fingerprint, and whether it is the TEST-ONLY one.
std::string DescribeRecipient(const Recipient& recipient);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIACTL_KEY_COMMAND_H_
