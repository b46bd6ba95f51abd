// The payload of an age file: chunks of 64 KiB, each sealed with ChaCha20-Poly1305 (the STREAM construction).
//
// Source: C2SP "age-encryption.org/v1", section "Payload". A chunk's nonce is its number, 11 bytes big-endian, and one
// byte that is 1 for the last chunk; so no chunk can be moved, left out or added. The last chunk is full or shorter,
// and empty only if it is the only one.

#ifndef TSMEDIA_TOOLS_CRYPTO_AGE_STREAM_H_
#define TSMEDIA_TOOLS_CRYPTO_AGE_STREAM_H_

#include <array>
#include <cstdint>

#include "absl/status/statusor.h"
#include "tools/base/bytes.h"
#include "tools/crypto/aead.h"
#include "tools/crypto/age_header.h"

namespace tsmedia {

// Plaintext bytes of every chunk but the last, and what sealing adds to each.
inline constexpr uint64_t kAgeChunkSize = 64 * kKiB;
inline constexpr uint64_t kAgeTagSize = kAeadTagSize;
inline constexpr uint64_t kSealedAgeChunkSize = kAgeChunkSize + kAgeTagSize;

// Between header and chunks.
using AgeNonce = std::array<uint8_t, 16>;

// AgeChunkCount returns the chunks of `plaintext_size` bytes: at least one.
constexpr uint64_t AgeChunkCount(uint64_t plaintext_size) {
  return plaintext_size == 0 ? 1 : (plaintext_size - 1) / kAgeChunkSize + 1;
}

// SealedChunksSize returns the bytes that `plaintext_size` bytes take as chunks.
constexpr uint64_t SealedChunksSize(uint64_t plaintext_size) {
  return plaintext_size + AgeChunkCount(plaintext_size) * kAgeTagSize;
}

// OpenedChunksSize is its inverse; a size that no plaintext gives is DataLoss.
absl::StatusOr<uint64_t> OpenedChunksSize(uint64_t sealed_size);

// AgeStream seals and opens the chunks of one file. Threads may share it.
class AgeStream {
 public:
  AgeStream(const AgeFileKey& file_key, const AgeNonce& nonce);

  // SealChunk encrypts `chunk` (at most kAgeChunkSize bytes) where it lies and writes its kAgeTagSize bytes to `tag`.
  // One number and `last` must never be sealed twice with different bytes.
  void SealChunk(uint64_t number, bool last, MutableByteSpan chunk, uint8_t* tag) const;

  // OpenChunk decrypts `sealed` (chunk and tag) to `out`, which has room for the chunk and may be `sealed.data()`. If
  // it is not chunk `number` of this file, unchanged, it returns false and `out` is undefined.
  [[nodiscard]] bool OpenChunk(uint64_t number, bool last, ByteSpan sealed, uint8_t* out) const;

 private:
  ChaCha20Poly1305 cipher_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_AGE_STREAM_H_
