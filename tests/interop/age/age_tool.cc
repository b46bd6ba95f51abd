// Our reader and writer of age files as a program, for the interop test.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/password.h"
#include "tools/crypto/secret.h"

namespace tsmedia {
namespace {

constexpr uint64_t kMaxSize = 64 * kMiB;

constexpr std::string_view kHelp = R"(usage: age_tool --in=FILE --out=FILE HOW

  --encrypt_to=FILE   for the recipient in FILE, with random values
  --decrypt_with=FILE with the identity in FILE
  --encrypt_fd=N, --decrypt_fd=N   with the password from a descriptor, at work factor 14
)";

absl::StatusOr<SecretString> PasswordFrom(const std::string& fd) {
  PasswordSource source;
  source.fd = std::stoi(fd);
  return ReadPassword(source, "");
}

absl::StatusOr<std::string> Convert(Args& args, const std::string& in) {
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> recipient_path, args.Optional("encrypt_to"));
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> identity_path, args.Optional("decrypt_with"));
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> encrypt_fd, args.Optional("encrypt_fd"));
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> decrypt_fd, args.Optional("decrypt_fd"));
  TSM_RETURN_IF_ERROR(args.Finish());
  TSM_ASSIGN_OR_RETURN(std::string bytes, ReadWholeFile(in, kMaxSize));
  if (recipient_path.has_value()) {
    TSM_ASSIGN_OR_RETURN(Recipient recipient, ReadRecipient(*recipient_path));
    return SealBytes(bytes, RandomAgeValues(), recipient);
  }
  if (identity_path.has_value()) {
    TSM_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(*identity_path, kMaxSize));
    TSM_ASSIGN_OR_RETURN(MediaIdentity identity, ParseIdentityFile(text));
    TSM_ASSIGN_OR_RETURN(SecretString plaintext, DecryptBytes(bytes, identity, std::nullopt, in));
    return std::string(plaintext.text());
  }
  if (encrypt_fd.has_value()) {
    TSM_ASSIGN_OR_RETURN(SecretString password, PasswordFrom(*encrypt_fd));
    return EncryptWithPassword(bytes, password.text(), kMinWorkFactor);
  }
  if (decrypt_fd.has_value()) {
    TSM_ASSIGN_OR_RETURN(SecretString password, PasswordFrom(*decrypt_fd));
    TSM_ASSIGN_OR_RETURN(SecretString plaintext, DecryptWithPassword(bytes, password.text()));
    return std::string(plaintext.text());
  }
  return UsageError("nothing to do; see --help");
}

absl::Status Run(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::string in, args.Required("in"));
  TSM_ASSIGN_OR_RETURN(std::string out, args.Required("out"));
  TSM_ASSIGN_OR_RETURN(std::string result, Convert(args, in));
  return WriteFileAtomically(out, result);
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunProgram(argc, argv, "age_tool", tsmedia::kHelp, tsmedia::Run); }
