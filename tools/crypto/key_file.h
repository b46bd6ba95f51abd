// Key files on the machine that signs.

#ifndef TSMEDIA_TOOLS_CRYPTO_KEY_FILE_H_
#define TSMEDIA_TOOLS_CRYPTO_KEY_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "tools/crypto/signify.h"

namespace tsmedia {

// ReadSigningKey reads a signify secret key from a file that fulfils ReadSecretFile's conditions.
absl::StatusOr<SignifySecretKey> ReadSigningKey(const std::string& path);

// ReadPublicKey and ReadSignature read a signify public key and signature file; errors name the file.
absl::StatusOr<SignifyPublicKey> ReadPublicKey(const std::string& path);
absl::StatusOr<SignifySignature> ReadSignature(const std::string& path);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_KEY_FILE_H_
