// How stanzas hold the file key: sealed with ChaCha20-Poly1305 under a key that is used once, so with a nonce of zero.

#ifndef TSMEDIA_TOOLS_CRYPTO_AGE_WRAP_H_
#define TSMEDIA_TOOLS_CRYPTO_AGE_WRAP_H_

#include <optional>
#include <string>
#include <string_view>

#include "tools/crypto/aead.h"
#include "tools/crypto/age_header.h"
#include "tools/crypto/secret.h"

namespace tsmedia {

// Bytes of a wrapped file key. Readers check it before they decrypt, so that one stanza cannot try many keys at once.
inline constexpr size_t kWrappedFileKeySize = AgeFileKey::size() + kAeadTagSize;

std::string WrapFileKey(const AgeFileKey& file_key, const SecretBytes<32>& wrap_key);

// UnwrapFileKey returns nothing unless `body`, of kWrappedFileKeySize bytes, was wrapped with `wrap_key`.
std::optional<AgeFileKey> UnwrapFileKey(std::string_view body, const SecretBytes<32>& wrap_key);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_AGE_WRAP_H_
