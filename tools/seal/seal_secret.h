// The file of a seal secret.
//
// One line of text: "TSMEDIA-SEAL-SECRET-1", Bech32 (BIP 173, upper case) of the 32 secret bytes, and a line feed. The
// checksum finds a damaged copy before anything is sealed with other values than before.

#ifndef TSMEDIA_TOOLS_SEAL_SEAL_SECRET_H_
#define TSMEDIA_TOOLS_SEAL_SEAL_SECRET_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/secret.h"
#include "tools/seal/derivation.h"

namespace tsmedia {

// Bytes of the file.
inline constexpr size_t kSealSecretFileSize = 80;

// NewSealSecretFile returns the content of a file with 32 new random bytes.
SecretString NewSealSecretFile();

// ParseSealSecretFile returns what derives from the secret in `content`. Errors never quote it.
absl::StatusOr<SealKey> ParseSealSecretFile(std::string_view content);

// ReadSealSecret reads the seal secret that belongs to `recipient`; the file must fulfil ReadSecretFile's conditions.
// A TEST-ONLY seal secret with another recipient than the TEST-ONLY one, or the reverse, is FailedPrecondition.
absl::StatusOr<SealKey> ReadSealSecret(const std::string& path, const Recipient& recipient);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEAL_SEAL_SECRET_H_
