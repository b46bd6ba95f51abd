#include "tools/crypto/age_x25519.h"

#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "openssl/curve25519.h"
#include "openssl/rand.h"
#include "tools/base/byte_source.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age_wrap.h"
#include "tools/crypto/bech32.h"
#include "tools/crypto/hkdf.h"

namespace tsmedia {
namespace {

constexpr std::string_view kRecipientPrefix = "age";
constexpr std::string_view kIdentityPrefix = "age-secret-key-";
constexpr std::string_view kStanzaLabel = "age-encryption.org/v1/X25519";
constexpr size_t kKeySize = 32;
// A recipient or an identity with its comments.
constexpr uint64_t kMaxKeyTextSize = 4096;

static_assert(kRecipientTextSize == Bech32Size(kRecipientPrefix.size(), kKeySize));
static_assert(kIdentityTextSize == Bech32Size(kIdentityPrefix.size(), kKeySize));

constexpr std::string_view kLowOrder = "the point is of low order; every shared secret would be zero";

// The key that seals the file key: HKDF over the shared secret, salted with both public keys.
std::optional<SecretBytes<32>> WrapKey(const uint8_t* scalar, const uint8_t* peer, ByteSpan share,
                                       const Recipient& recipient) {
  SecretBytes<32> shared;
  // Zero for points of low order.
  if (X25519(shared.data(), scalar, peer) != 1) {
    return std::nullopt;
  }
  SecretBytes<32> wrap_key;
  Hkdf(shared.span(), absl::StrCat(AsText(share), AsText(recipient.key())), kStanzaLabel, wrap_key.span());
  return wrap_key;
}

// Returns the one line of `text` that is neither empty nor a comment.
absl::StatusOr<std::string_view> OnlyLine(std::string_view text, std::string_view what) {
  std::string_view found;
  for (std::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripSuffix(line, "\r");
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    if (!found.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("it must hold exactly one ", what, ", not several"));
    }
    found = line;
  }
  if (found.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("there is no ", what, " in it"));
  }
  return found;
}

}  // namespace

absl::StatusOr<Recipient> Recipient::FromKey(const std::array<uint8_t, 32>& key) {
  // Clamped scalars are multiples of 8, the cofactor: exactly the points of low order go to zero with any of them.
  const SecretBytes<32> scalar;
  SecretBytes<32> shared;
  if (X25519(shared.data(), scalar.data(), key.data()) != 1) {
    return absl::InvalidArgumentError(absl::StrCat("not a usable recipient: ", kLowOrder));
  }
  return Recipient(key);
}

absl::StatusOr<Recipient> Recipient::Parse(std::string_view text) {
  TSM_ASSIGN_OR_RETURN(SecretString data, DecodeBech32(kRecipientPrefix, text, kKeySize));
  if (text != absl::AsciiStrToLower(text)) {
    return absl::InvalidArgumentError("a recipient is written in lower case: \"age1...\"");
  }
  std::array<uint8_t, 32> key;
  std::memcpy(key.data(), data.text().data(), key.size());
  return FromKey(key);
}

std::string Recipient::ToString() const { return std::string(EncodeBech32(kRecipientPrefix, key_).text()); }

MediaIdentity MediaIdentity::Generate() {
  MediaIdentity identity;
  RAND_bytes(identity.scalar_.data(), identity.scalar_.size());
  return identity;
}

absl::StatusOr<MediaIdentity> MediaIdentity::Parse(std::string_view text) {
  TSM_ASSIGN_OR_RETURN(SecretString data, DecodeBech32(kIdentityPrefix, text, kKeySize));
  for (char c : text) {
    if (absl::ascii_islower(static_cast<unsigned char>(c))) {
      return absl::InvalidArgumentError("an identity is written in upper case: \"AGE-SECRET-KEY-1...\"");
    }
  }
  MediaIdentity identity;
  std::memcpy(identity.scalar_.data(), data.text().data(), kKeySize);
  return identity;
}

SecretString MediaIdentity::ToString() const {
  SecretString text = EncodeBech32(kIdentityPrefix, scalar_.span());
  for (uint8_t& c : text.span()) {
    c = static_cast<uint8_t>(absl::ascii_toupper(c));
  }
  return text;
}

Recipient MediaIdentity::recipient() const {
  std::array<uint8_t, 32> key;
  X25519_public_from_private(key.data(), scalar_.data());
  return Recipient(key);
}

absl::StatusOr<Recipient> ReadRecipient(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path, kMaxKeyTextSize));
  absl::StatusOr<std::string_view> line = OnlyLine(text, "recipient \"age1...\"");
  absl::StatusOr<Recipient> recipient = line.ok() ? Recipient::Parse(*line) : line.status();
  if (!recipient.ok()) {
    return absl::Status(recipient.status().code(), absl::StrCat(path, ": ", recipient.status().message()));
  }
  return recipient;
}

absl::StatusOr<MediaIdentity> ParseIdentityFile(std::string_view text) {
  if (text.size() > kMaxKeyTextSize) {
    return absl::InvalidArgumentError("too large for an identity");
  }
  TSM_ASSIGN_OR_RETURN(std::string_view line, OnlyLine(text, "identity"));
  return MediaIdentity::Parse(line);
}

SecretString FormatIdentityFile(const MediaIdentity& identity) {
  SecretString line = identity.ToString();
  SecretString text(line.size() + 1);
  std::memcpy(text.span().data(), line.text().data(), line.size());
  text.span()[line.size()] = '\n';
  return text;
}

absl::StatusOr<AgeStanza> WrapForRecipient(const AgeFileKey& file_key, const Recipient& recipient,
                                           const SecretBytes<32>& ephemeral) {
  std::array<uint8_t, 32> share;
  X25519_public_from_private(share.data(), ephemeral.data());
  std::optional<SecretBytes<32>> wrap_key = WrapKey(ephemeral.data(), recipient.key().data(), share, recipient);
  if (!wrap_key.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat("cannot seal for this recipient: ", kLowOrder));
  }
  AgeStanza stanza;
  stanza.arguments = {std::string(kX25519StanzaType), EncodeAgeBase64(AsText(share))};
  stanza.body = WrapFileKey(file_key, *wrap_key);
  return stanza;
}

absl::StatusOr<std::optional<AgeFileKey>> UnwrapX25519(const AgeStanza& stanza, const MediaIdentity& identity) {
  if (stanza.arguments.size() != 2) {
    return absl::DataLossError("an X25519 stanza is damaged: it must have one argument");
  }
  absl::StatusOr<std::string> share = DecodeAgeBase64(stanza.arguments[1]);
  if (!share.ok() || share->size() != kKeySize) {
    return absl::DataLossError("an X25519 stanza is damaged: its argument is not the canonical base64 of 32 bytes");
  }
  if (stanza.body.size() != kWrappedFileKeySize) {
    return absl::DataLossError(absl::StrCat("an X25519 stanza is damaged: its body has ", stanza.body.size(),
                                            " bytes, not ", kWrappedFileKeySize));
  }
  std::optional<SecretBytes<32>> wrap_key =
      WrapKey(identity.scalar().data(), AsBytes(*share).data(), AsBytes(*share), identity.recipient());
  if (!wrap_key.has_value()) {
    return absl::DataLossError(absl::StrCat("an X25519 stanza is damaged: ", kLowOrder));
  }
  return UnwrapFileKey(stanza.body, *wrap_key);
}

}  // namespace tsmedia
