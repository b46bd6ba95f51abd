#include "tools/seal/derivation.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "tools/crypto/hkdf.h"

namespace tsmedia {
namespace {

// A change of header, chunks or derivation is a new label.
constexpr std::string_view kSealLabel = "tsmedia/v1/seal";
constexpr std::string_view kContextLabel = "tsmedia/v1/age-x25519";
constexpr std::string_view kScopeLabel = "tsmedia/v1/scope";
// Ends a label; also keeps a label from being the beginning of another.
constexpr std::string_view kZero("\0", 1);

// Last byte of the context: which value is derived.
constexpr std::string_view kFileKeySuffix = "\x01";
constexpr std::string_view kNonceSuffix = "\x02";
constexpr std::string_view kEphemeralSuffix = "\x03";

std::string LittleEndian(uint64_t value) {
  std::array<uint8_t, 8> bytes;
  StoreLittle<uint64_t>(value, bytes.data());
  return std::string(AsText(bytes));
}

void AddText(std::string_view text, Sha256Hasher& hasher) {
  hasher.Update(LittleEndian(text.size()));
  hasher.Update(text);
}

}  // namespace

Sha256Digest ScopeDigest(const MediumScope& scope) {
  Sha256Hasher hasher;
  hasher.Update(kScopeLabel);
  hasher.Update(kZero);
  AddText(scope.media_kind, hasher);
  AddText(scope.label, hasher);
  hasher.Update(LittleEndian(static_cast<uint64_t>(scope.not_before)));
  hasher.Update(LittleEndian(static_cast<uint64_t>(scope.not_after)));
  hasher.Update(LittleEndian(scope.packages.size()));
  for (const MediumScope::Package& package : scope.packages) {
    AddText(package.id, hasher);
    AddText(package.version, hasher);
  }
  return hasher.Finish();
}

SealKey::SealKey(const SecretBytes<32>& secret) { HkdfExpand(secret.span(), kSealLabel, key_.span()); }

AgeValues SealKey::Derive(SealKind kind, const Sha256Digest& scope, const Recipient& recipient,
                          const Sha256Digest& digest) const {
  const char kind_byte = static_cast<char>(kind);
  const std::string context = absl::StrCat(kContextLabel, kZero, std::string_view(&kind_byte, 1), DigestText(scope),
                                           DigestText(recipient.Digest()), DigestText(digest));
  AgeValues values;
  HkdfExpand(key_.span(), absl::StrCat(context, kFileKeySuffix), values.file_key.span());
  HkdfExpand(key_.span(), absl::StrCat(context, kNonceSuffix), MutableByteSpan(values.nonce));
  HkdfExpand(key_.span(), absl::StrCat(context, kEphemeralSuffix), values.ephemeral.span());
  return values;
}

}  // namespace tsmedia
