// X25519 recipients and identities of age: who a file is sealed for, and who opens it.
//
// Source: C2SP "age-encryption.org/v1", section "X25519 recipient stanza".

#ifndef TSMEDIA_TOOLS_CRYPTO_AGE_X25519_H_
#define TSMEDIA_TOOLS_CRYPTO_AGE_X25519_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/bytes.h"
#include "tools/base/sha256.h"
#include "tools/crypto/age_header.h"
#include "tools/crypto/secret.h"

namespace tsmedia {

// Characters of "age1..." and "AGE-SECRET-KEY-1...".
inline constexpr size_t kRecipientTextSize = 62;
inline constexpr size_t kIdentityTextSize = 74;

// Recipient is a public key: everybody may know it and seal for it.
class Recipient {
 public:
  // Parse reads "age1...". A key of low order, for which every shared secret is zero, is refused.
  static absl::StatusOr<Recipient> Parse(std::string_view text);
  static absl::StatusOr<Recipient> FromKey(const std::array<uint8_t, 32>& key);

  // "age1...".
  std::string ToString() const;
  const std::array<uint8_t, 32>& key() const { return key_; }
  // SHA-256 of the 32 bytes of the key.
  Sha256Digest Digest() const { return Sha256(ByteSpan(key_)); }

  friend bool operator==(const Recipient&, const Recipient&) = default;

 private:
  friend class MediaIdentity;
  explicit Recipient(const std::array<uint8_t, 32>& key) : key_(key) {}

  std::array<uint8_t, 32> key_;
};

// MediaIdentity is the private half: 32 secret bytes, wiped when it is destroyed.
class MediaIdentity {
 public:
  // Generate draws a new one from the system's generator.
  static MediaIdentity Generate();
  // Parse reads "AGE-SECRET-KEY-1...".
  static absl::StatusOr<MediaIdentity> Parse(std::string_view text);

  // "AGE-SECRET-KEY-1...".
  SecretString ToString() const;
  Recipient recipient() const;
  ByteSpan scalar() const { return scalar_.span(); }

 private:
  MediaIdentity() = default;

  SecretBytes<32> scalar_;
};

// ReadRecipient reads a file whose one line is "age1..."; lines that begin with '#' and empty lines are comments, as
// in the files that age -R takes.
absl::StatusOr<Recipient> ReadRecipient(const std::string& path);

// ParseIdentityFile reads the text of an identity file as age-keygen writes it: one line "AGE-SECRET-KEY-1..." beside
// comments and empty lines. FormatIdentityFile writes one.
absl::StatusOr<MediaIdentity> ParseIdentityFile(std::string_view text);
SecretString FormatIdentityFile(const MediaIdentity& identity);

// WrapForRecipient returns the stanza that gives `file_key` to `recipient`. `ephemeral` is a secret scalar for this one
// file.
absl::StatusOr<AgeStanza> WrapForRecipient(const AgeFileKey& file_key, const Recipient& recipient,
                                           const SecretBytes<32>& ephemeral);

// UnwrapX25519 returns the file key in `stanza`, whose type must be "X25519", or nothing if the stanza does not open:
// it is another recipient's, or damaged where nobody can tell. A malformed stanza is DataLoss.
absl::StatusOr<std::optional<AgeFileKey>> UnwrapX25519(const AgeStanza& stanza, const MediaIdentity& identity);

inline constexpr std::string_view kX25519StanzaType = "X25519";

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_AGE_X25519_H_
