// Key files on the machine that signs.

#ifndef TSMEDIA_TOOLS_CRYPTO_KEY_FILE_H_
#define TSMEDIA_TOOLS_CRYPTO_KEY_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/crypto/signify.h"

namespace tsmedia {

// DisableCoreDumps keeps what this process knows out of a core file, and other processes from reading its memory.
absl::Status DisableCoreDumps();

// ReadSigningKey reads a signify secret key. The opened file must be a regular one that belongs to the process's user
// and is closed to everybody else (mode 0600 or stricter); only the TEST-ONLY keys, which are no secret, may be open.
absl::StatusOr<SignifySecretKey> ReadSigningKey(const std::string& path);

// ReadPublicKey and ReadSignature read a signify public key and signature file; errors name the file.
absl::StatusOr<SignifyPublicKey> ReadPublicKey(const std::string& path);
absl::StatusOr<SignifySignature> ReadSignature(const std::string& path);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_KEY_FILE_H_
