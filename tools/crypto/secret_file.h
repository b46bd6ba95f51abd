// Files that hold secrets, on the machines of people who build, sign and deploy.

#ifndef TSMEDIA_TOOLS_CRYPTO_SECRET_FILE_H_
#define TSMEDIA_TOOLS_CRYPTO_SECRET_FILE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/crypto/secret.h"

namespace tsmedia {

// DisableCoreDumps keeps what this process knows out of a core file, and other processes from reading its memory.
absl::Status DisableCoreDumps();

// What a kind of secret file must be.
struct SecretFileKind {
  std::string_view what;  // for messages: "seal secret"
  size_t min_size;        // of the file, in bytes
  size_t max_size;
};

// ReadSecretFile reads a secret file, after it has switched core dumps off. The opened file, not its name, is checked:
// it must be a regular one of a fitting size that belongs to the process's user and is closed to everybody else (mode
// 0600 or stricter). Only a content that `is_public` knows, a TEST-ONLY secret which everybody has, may be open.
// Errors name the file and never its content.
absl::StatusOr<SecretString> ReadSecretFile(const std::string& path, const SecretFileKind& kind,
                                            absl::FunctionRef<bool(std::string_view)> is_public);

// A secret that people choose could be guessed from a digest of its file, and build systems keep digests in logs and
// caches. So such files begin with a line of 32 random bytes, and readers refuse them without.
//
// NewSaltLine returns such a line: 64 hexadecimal digits and a line feed. TakeSaltLine returns `content` without it.
std::string NewSaltLine();
absl::StatusOr<std::string_view> TakeSaltLine(std::string_view content);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_SECRET_FILE_H_
