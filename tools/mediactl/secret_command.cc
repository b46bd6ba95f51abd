#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/file_output.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/password.h"
#include "tools/crypto/secret.h"
#include "tools/crypto/secret_file.h"
#include "tools/mediactl/commands.h"
#include "tools/mediactl/password_flags.h"
#include "tools/mediactl/user_path.h"

namespace tsmedia {
namespace {

constexpr std::string_view kVariablesTemplate =
    "# Secret variables of media: NAME=VALUE, one a line. Keep the line above: it is random, so that nobody can guess\n"
    "# the values from digests of this file in a build's logs.\n";

absl::StatusOr<SecretString> NewPasswordFile(const PasswordSource& source) {
  TSM_ASSIGN_OR_RETURN(SecretString password, ReadPassword(source, "Password"));
  return FormatPasswordFile(password.text());
}

absl::Status Secret(Args& args) {
  TSM_RETURN_IF_ERROR(DisableCoreDumps());
  TSM_ASSIGN_OR_RETURN(std::string kind, args.Required("kind"));
  TSM_ASSIGN_OR_RETURN(std::string out, args.Required("out"));
  TSM_ASSIGN_OR_RETURN(PasswordSource source, PasswordFlags(args));
  TSM_RETURN_IF_ERROR(args.Finish());
  if (args.positional() != std::vector<std::string>{"new"}) {
    return UsageError("write `mediactl secret new`; see --help");
  }
  SecretString content;
  if (kind == "password") {
    TSM_ASSIGN_OR_RETURN(content, NewPasswordFile(source));
  } else if (kind == "variables") {
    content = SecretString(absl::StrCat(NewSaltLine(), kVariablesTemplate));
  } else {
    return UsageError(absl::StrCat("--kind=", kind, ": there are password and variables"));
  }
  const std::string path = UserPath(out);
  TSM_RETURN_IF_ERROR(WriteNewFile(path, AsBytes(content.text()), 0600));
  std::cout << "written: " << path << (kind == "variables" ? "; put NAME=VALUE lines into it" : "") << "\n";
  return absl::OkStatus();
}

}  // namespace

const Command kSecretCommand = {"secret", "write files for secrets that people choose",
                                R"(usage: mediactl secret new --kind=password|variables --out=FILE [--password-fd=N]

Writes a file of mode 0600 that begins with 32 random bytes. Tools refuse files for passwords and secret variables
without them: builds keep digests of their inputs, and a chosen secret could be guessed from its digest. A file that
exists is never overwritten.

  --kind=password    the file holds a password, asked for at the terminal or read from a descriptor
  --kind=variables   the file is for NAME=VALUE lines (secret_variables of a medium), which you write into it
  --out=FILE         the file; keep it with the secrets of the build
  --password-fd=N    the password is a line of the open file descriptor N
)",
                                Secret};

}  // namespace tsmedia
