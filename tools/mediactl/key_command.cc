#include "tools/mediactl/key_command.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/file_output.h"
#include "tools/base/program.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age.h"
#include "tools/crypto/age_scrypt.h"
#include "tools/crypto/secret_file.h"
#include "tools/crypto/test_keys.h"
#include "tools/mediactl/commands.h"
#include "tools/mediactl/password_flags.h"
#include "tools/mediactl/user_path.h"

namespace tsmedia {
namespace {

// A protected identity with its header.
constexpr uint64_t kMaxIdentityFileSize = 128 * kKiB;

absl::StatusOr<int> WorkFactorFlag(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::string text, args.OptionalOr("work-factor", absl::StrCat(kDefaultWorkFactor)));
  int value;
  if (!absl::SimpleAtoi(text, &value) || value < kMinWorkFactor || value > kMaxWorkFactor) {
    return UsageError(absl::StrCat("--work-factor: write a number from ", kMinWorkFactor, " to ", kMaxWorkFactor));
  }
  return value;
}

absl::Status Key(Args& args) {
  TSM_RETURN_IF_ERROR(DisableCoreDumps());
  std::vector<std::string> positional = args.positional();
  if (positional.empty()) {
    return UsageError("new, rewrap or show is missing; see --help");
  }
  const std::string name = positional[0];
  positional.erase(positional.begin());
  if (name == "new") {
    return KeyNew(args, positional);
  }
  if (name == "rewrap") {
    return KeyRewrap(args, positional);
  }
  if (name == "show") {
    return KeyShow(args, positional);
  }
  return UsageError(absl::StrCat("key ", name, ": there are new, rewrap and show; see --help"));
}

}  // namespace

absl::StatusOr<NewProtection> NewProtectionFlags(Args& args, std::string_view prefix) {
  NewProtection protection;
  TSM_ASSIGN_OR_RETURN(protection.source, PasswordFlags(args, prefix));
  TSM_ASSIGN_OR_RETURN(bool choose, args.Bool("choose-password"));
  TSM_ASSIGN_OR_RETURN(protection.password_out, args.Optional("password-out"));
  TSM_ASSIGN_OR_RETURN(protection.work_factor, WorkFactorFlag(args));
  bool given = protection.source.fd.has_value() || protection.source.file.has_value();
  protection.generate = !choose && !given;
  if (choose && given) {
    return UsageError("--choose-password asks at the terminal; leave the flags that name another source out");
  }
  if (protection.password_out.has_value() && !protection.generate) {
    return UsageError("--password-out is for a generated passphrase; a chosen password is known");
  }
  if (protection.password_out.has_value()) {
    protection.password_out = UserPath(*protection.password_out);
  }
  return protection;
}

absl::StatusOr<SecretString> MakePassword(const NewProtection& protection) {
  if (!protection.generate) {
    return ReadNewPassword(protection.source, "New password");
  }
  SecretString passphrase = GeneratePassphrase();
  if (protection.password_out.has_value()) {
    TSM_RETURN_IF_ERROR(
        WriteNewFile(*protection.password_out, AsBytes(FormatPasswordFile(passphrase.text()).text()), 0600));
    return passphrase;
  }
  absl::Status shown = ShowOnTerminal("The passphrase, shown this once: write it down.\n\n    ");
  if (!shown.ok()) {
    return absl::FailedPreconditionError(
        "there is no terminal to show the new passphrase; use --password-out=FILE, or give a password with a flag");
  }
  TSM_RETURN_IF_ERROR(ShowOnTerminal(passphrase.text()));
  TSM_RETURN_IF_ERROR(ShowOnTerminal("\n\n"));
  return passphrase;
}

absl::StatusOr<std::string> ProtectIdentity(const MediaIdentity& identity, std::string_view password, int work_factor) {
  TSM_ASSIGN_OR_RETURN(std::string file,
                       EncryptWithPassword(FormatIdentityFile(identity).text(), password, work_factor));
  // An identity that does not open is found now and not when a machine is to be deployed.
  TSM_ASSIGN_OR_RETURN(SecretString text, DecryptWithPassword(file, password));
  TSM_ASSIGN_OR_RETURN(MediaIdentity again, ParseIdentityFile(text.text()));
  if (again.recipient() != identity.recipient()) {
    return absl::InternalError("the protected identity is not the one that was protected");
  }
  return file;
}

absl::StatusOr<MediaIdentity> OpenIdentity(const std::string& path, std::string_view password, int max_work_factor) {
  TSM_ASSIGN_OR_RETURN(std::string file, ReadWholeFile(path, kMaxIdentityFileSize));
  absl::StatusOr<SecretString> text = DecryptWithPassword(file, password, max_work_factor);
  absl::StatusOr<MediaIdentity> identity = text.ok() ? ParseIdentityFile(text->text()) : text.status();
  if (!identity.ok()) {
    return absl::Status(identity.status().code(), absl::StrCat(path, ": ", identity.status().message()));
  }
  return identity;
}

std::string DescribeRecipient(const Recipient& recipient) {
  return absl::StrCat("recipient:   ", recipient.ToString(), "\nfingerprint: ", ToHex(recipient.Digest()), "\n",
                      IsTestRecipient(recipient) ? "TEST-ONLY: everybody has this key; it protects nothing\n" : "");
}

const Command kKeyCommand = {"key", "make media keys, change their password, show them",
                             R"(usage: mediactl key new --out=PREFIX [PASSWORD] [--work-factor=N]
       mediactl key rewrap [OLD PASSWORD] [NEW PASSWORD] [--work-factor=N] IDENTITY
       mediactl key show [--identity=FILE [PASSWORD]] RECIPIENT

`new` makes a media key: three files that belong together and that media_key names.
  PREFIX.identity.age  the private half, an age file that the password opens; check it in, it goes onto media
  PREFIX.recipient     the public half; check it in
  PREFIX.seal          the seal secret, mode 0600; keep it with the secrets of the build. It decrypts like the password:
                       it never goes onto a medium or into a repository
A passphrase is generated and shown once on the terminal. Files that exist are never overwritten.

`rewrap` gives the file IDENTITY another password. Rewrapping is not revocation: whoever has the old file and the old
password still opens every medium of this key. After a leaked password or a lost medium, make a new key.

`show` prints a recipient and its fingerprint, and with --identity checks that a password opens its private half.

Passwords are asked for at the terminal, without echo, or come from:
  --password-fd=N         a line of the open file descriptor N
  --password-file=FILE    a file that `mediactl secret new` wrote, mode 0600
`new` and `rewrap` generate a passphrase, unless a password of at least 12 printable ASCII characters is chosen:
  --choose-password       asked for twice at the terminal
  --password-fd, --password-file            (new)
  --new-password-fd, --new-password-file    (rewrap; with the descriptor of the old one its next line)
  --password-out=FILE     a generated passphrase goes into this new password file instead of onto the terminal

  --work-factor=N         scrypt's N is 2 to this; 14 to 20, default 18 (256 MiB, about a second)
  --max-work-factor=N     open identities up to this work factor (default 20; 21 and 22 take 2 and 4 GiB)
)",
                             Key};

}  // namespace tsmedia
