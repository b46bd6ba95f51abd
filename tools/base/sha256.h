// SHA-256 (FIPS 180-4), by BoringSSL.

#ifndef TSMEDIA_TOOLS_BASE_SHA256_H_
#define TSMEDIA_TOOLS_BASE_SHA256_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "openssl/sha.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"

namespace tsmedia {

// A SHA-256 digest: 32 bytes.
using Sha256Digest = std::array<uint8_t, 32>;

// Sha256Hasher computes the digest of bytes that come in parts.
class Sha256Hasher {
 public:
  Sha256Hasher() { SHA256_Init(&context_); }
  void Update(ByteSpan bytes) { SHA256_Update(&context_, bytes.data(), bytes.size()); }
  void Update(std::string_view text) { Update(AsBytes(text)); }
  // Finish returns the digest; the object is to be used no more.
  Sha256Digest Finish();

 private:
  SHA256_CTX context_;
};

// Sha256 returns the digest of `bytes`.
Sha256Digest Sha256(ByteSpan bytes);
inline Sha256Digest Sha256(std::string_view text) { return Sha256(AsBytes(text)); }

// Sha256Of returns the digest of the whole of `source`, read in parts of 1 MiB.
absl::StatusOr<Sha256Digest> Sha256Of(const ByteSource& source);

// ToHex returns two lower-case hexadecimal digits a byte.
std::string ToHex(ByteSpan bytes);

// DigestText views a digest as the `bytes` field of a protocol buffer; DigestFromText is its inverse and fails with
// InvalidArgument unless `text` has 32 bytes.
inline std::string_view DigestText(const Sha256Digest& digest) { return AsText(digest); }
absl::StatusOr<Sha256Digest> DigestFromText(std::string_view text);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_SHA256_H_
