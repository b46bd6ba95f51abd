#include "tools/crypto/aead.h"

#include <cstdlib>

#include "openssl/mem.h"

namespace tsmedia {

ChaCha20Poly1305::ChaCha20Poly1305(const SecretBytes<32>& key) {
  if (EVP_AEAD_CTX_init(&context_, EVP_aead_chacha20_poly1305(), key.data(), key.size(), kAeadTagSize, nullptr) != 1) {
    std::abort();  // only for a wrong size of the key
  }
}

ChaCha20Poly1305::~ChaCha20Poly1305() {
  EVP_AEAD_CTX_cleanup(&context_);
  OPENSSL_cleanse(&context_, sizeof(context_));
}

void ChaCha20Poly1305::Seal(const AeadNonce& nonce, MutableByteSpan bytes, uint8_t* tag, ByteSpan additional) const {
  size_t tag_size = 0;
  if (EVP_AEAD_CTX_seal_scatter(&context_, bytes.data(), tag, &tag_size, kAeadTagSize, nonce.data(), nonce.size(),
                                bytes.data(), bytes.size(), nullptr, 0, additional.data(), additional.size()) != 1) {
    std::abort();  // only for 256 GiB and more
  }
}

bool ChaCha20Poly1305::Open(const AeadNonce& nonce, ByteSpan sealed, uint8_t* out, ByteSpan additional) const {
  if (sealed.size() < kAeadTagSize) {
    return false;
  }
  size_t size = sealed.size() - kAeadTagSize;
  return EVP_AEAD_CTX_open_gather(&context_, out, nonce.data(), nonce.size(), sealed.data(), size, sealed.data() + size,
                                  kAeadTagSize, additional.data(), additional.size()) == 1;
}

}  // namespace tsmedia
