// ChaCha20-Poly1305 (RFC 8439), by BoringSSL.

#ifndef TSMEDIA_TOOLS_CRYPTO_AEAD_H_
#define TSMEDIA_TOOLS_CRYPTO_AEAD_H_

#include <array>
#include <cstdint>

#include "openssl/aead.h"
#include "tools/base/bytes.h"
#include "tools/crypto/secret.h"

namespace tsmedia {

// Bytes that sealing adds.
inline constexpr size_t kAeadTagSize = 16;

using AeadNonce = std::array<uint8_t, 12>;

// ChaCha20Poly1305 seals and opens with one key. Threads may share it.
class ChaCha20Poly1305 {
 public:
  explicit ChaCha20Poly1305(const SecretBytes<32>& key);
  ~ChaCha20Poly1305();
  ChaCha20Poly1305(const ChaCha20Poly1305&) = delete;
  ChaCha20Poly1305& operator=(const ChaCha20Poly1305&) = delete;

  // Seal encrypts `bytes` where they lie and writes kAeadTagSize bytes to `tag`, which vouches for `additional` as
  // well. A nonce must never be used for two different `bytes`.
  void Seal(const AeadNonce& nonce, MutableByteSpan bytes, uint8_t* tag, ByteSpan additional = {}) const;

  // Open decrypts `sealed`, whose last kAeadTagSize bytes are the tag, to `out`, which may be `sealed.data()`. If
  // `sealed` is not what Seal made with this key, nonce and `additional`, it returns false and what `out` holds means
  // nothing.
  [[nodiscard]] bool Open(const AeadNonce& nonce, ByteSpan sealed, uint8_t* out, ByteSpan additional = {}) const;

 private:
  EVP_AEAD_CTX context_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_AEAD_H_
