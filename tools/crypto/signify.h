// Ed25519 keys and signatures in the files of OpenBSD's signify(1).
//
// Every file is two lines that end in a line feed: "untrusted comment: ..." and the base64 (RFC 4648 section 4, with
// padding) of a fixed record. The records, from signify.c (struct pubkey, enckey, sig); numbers are big-endian:
//
//   public key  "Ed" | key number 8 | Ed25519 public key 32
//   secret key  "Ed" | "BK" | KDF rounds 4 | salt 16 | checksum 8 | key number 8 | Ed25519 seed and public key 64
//   signature   "Ed" | key number 8 | Ed25519 signature 64
//
// The comment proves nothing: it is neither printed nor trusted. Readers take exactly these two lines and canonical
// base64, so that a signature has one form only.

#ifndef TSMEDIA_TOOLS_CRYPTO_SIGNIFY_H_
#define TSMEDIA_TOOLS_CRYPTO_SIGNIFY_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/bytes.h"

namespace tsmedia {

// The number that tells which key made a signature. It finds a key; it never proves one.
using SignifyKeyNumber = std::array<uint8_t, 8>;

struct SignifyPublicKey {
  SignifyKeyNumber key_number;
  std::array<uint8_t, 32> key;
};

struct SignifySignature {
  SignifyKeyNumber key_number;
  std::array<uint8_t, 64> signature;
};

// SignifySecretKey holds an unencrypted secret key and wipes it when it is destroyed.
class SignifySecretKey {
 public:
  // Parse reads the text of a secret key file. Keys that signify encrypted with a passphrase (KDF rounds other than 0)
  // are refused: no passphrase enters a build.
  static absl::StatusOr<SignifySecretKey> Parse(std::string_view text);
  ~SignifySecretKey();
  SignifySecretKey(SignifySecretKey&& other) noexcept;
  SignifySecretKey& operator=(SignifySecretKey&&) = delete;

  SignifyPublicKey public_key() const;
  SignifySignature Sign(ByteSpan message) const;

 private:
  SignifySecretKey() = default;

  SignifyKeyNumber key_number_;
  std::array<uint8_t, 64> key_;  // seed and public key, as BoringSSL wants it
};

// Readers of the text of a public key file and of a signature file. Errors say what is wrong, without the file's name.
absl::StatusOr<SignifyPublicKey> ParseSignifyPublicKey(std::string_view text);
absl::StatusOr<SignifySignature> ParseSignifySignature(std::string_view text);

// FormatSignifySignature returns the text of a signature file. Its comment is fixed, so equal signatures are equal
// bytes; its size is kSignifySignatureFileSize.
std::string FormatSignifySignature(const SignifySignature& signature);
inline constexpr uint64_t kSignifySignatureFileSize = 19 + 34 + 1 + 100 + 1;

// VerifySignify is OK if `signature` is one of `key` over exactly `message`. Key numbers are not compared.
absl::Status VerifySignify(const SignifyPublicKey& key, const SignifySignature& signature, ByteSpan message);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_SIGNIFY_H_
