#include "tools/crypto/signify.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "openssl/curve25519.h"
#include "openssl/mem.h"
#include "openssl/sha.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

constexpr std::string_view kCommentPrefix = "untrusted comment: ";
constexpr std::string_view kSignatureComment = "signature of a task sequence media";
// COMMENTMAXLEN of signify.c.
constexpr size_t kMaxCommentSize = 1024;

constexpr std::string_view kAlgorithm = "Ed";
constexpr std::string_view kKdfAlgorithm = "BK";
constexpr size_t kPublicKeyRecordSize = 2 + 8 + 32;
constexpr size_t kSecretKeyRecordSize = 2 + 2 + 4 + 16 + 8 + 8 + 64;
constexpr size_t kSignatureRecordSize = 2 + 8 + 64;

static_assert(kSignifySignatureFileSize ==
              kCommentPrefix.size() + kSignatureComment.size() + 1 + (kSignatureRecordSize + 2) / 3 * 4 + 1);

// Takes `count` bytes off the front of `record` into `out`.
template <size_t count>
void Take(std::string_view& record, std::array<uint8_t, count>& out) {
  std::memcpy(out.data(), record.data(), count);
  record.remove_prefix(count);
}

bool TakeTag(std::string_view& record, std::string_view tag) {
  bool matches = record.starts_with(tag);
  record.remove_prefix(tag.size());
  return matches;
}

// Decodes the second line of `text`. The result has exactly `record_size` bytes.
absl::StatusOr<std::string> DecodeRecord(std::string_view text, size_t record_size, std::string_view what) {
  size_t comment_end = text.find('\n');
  if (!text.starts_with(kCommentPrefix) || comment_end == std::string_view::npos ||
      comment_end > kCommentPrefix.size() + kMaxCommentSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a signify ", what, ": the first line is not \"", kCommentPrefix, "...\""));
  }
  std::string_view line = text.substr(comment_end + 1);
  size_t line_end = line.find('\n');
  if (line_end == std::string_view::npos || line_end + 1 != line.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a signify ", what, ": it must be exactly two lines, each with a line feed at its end"));
  }
  line.remove_suffix(1);
  std::string record;
  // Encoding again finds what a lenient decoder accepts: blanks, missing padding, stray low bits.
  if (!absl::Base64Unescape(line, &record) || record.size() != record_size || absl::Base64Escape(record) != line) {
    OPENSSL_cleanse(record.data(), record.size());
    return absl::InvalidArgumentError(absl::StrCat(
        "not a signify ", what, ": the second line is not the canonical base64 of ", record_size, " bytes"));
  }
  return record;
}

absl::Status WrongAlgorithm(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("not a signify ", what, ": the algorithm is not Ed25519 (\"Ed\")"));
}

}  // namespace

absl::StatusOr<SignifyPublicKey> ParseSignifyPublicKey(std::string_view text) {
  TSM_ASSIGN_OR_RETURN(std::string record, DecodeRecord(text, kPublicKeyRecordSize, "public key"));
  std::string_view rest = record;
  if (!TakeTag(rest, kAlgorithm)) {
    return WrongAlgorithm("public key");
  }
  SignifyPublicKey key;
  Take(rest, key.key_number);
  Take(rest, key.key);
  return key;
}

absl::StatusOr<SignifySignature> ParseSignifySignature(std::string_view text) {
  TSM_ASSIGN_OR_RETURN(std::string record, DecodeRecord(text, kSignatureRecordSize, "signature"));
  std::string_view rest = record;
  if (!TakeTag(rest, kAlgorithm)) {
    return WrongAlgorithm("signature");
  }
  SignifySignature signature;
  Take(rest, signature.key_number);
  Take(rest, signature.signature);
  return signature;
}

std::string FormatSignifySignature(const SignifySignature& signature) {
  std::string record = absl::StrCat(kAlgorithm, AsText(signature.key_number), AsText(signature.signature));
  return absl::StrCat(kCommentPrefix, kSignatureComment, "\n", absl::Base64Escape(record), "\n");
}

absl::StatusOr<SignifySecretKey> SignifySecretKey::Parse(std::string_view text) {
  TSM_ASSIGN_OR_RETURN(std::string record, DecodeRecord(text, kSecretKeyRecordSize, "secret key"));
  absl::Cleanup wipe = [&record] { OPENSSL_cleanse(record.data(), record.size()); };
  std::string_view rest = record;
  if (!TakeTag(rest, kAlgorithm)) {
    return WrongAlgorithm("secret key");
  }
  if (!TakeTag(rest, kKdfAlgorithm)) {
    return absl::InvalidArgumentError("not a signify secret key: the key derivation is not \"BK\"");
  }
  std::array<uint8_t, 4> rounds;
  std::array<uint8_t, 16> salt;
  std::array<uint8_t, 8> checksum;
  Take(rest, rounds);
  Take(rest, salt);
  Take(rest, checksum);
  if (LoadBig<uint32_t>(rounds.data()) != 0) {
    return absl::InvalidArgumentError(
        "the signify secret key is protected with a passphrase; use an external signer (mediactl sign on the machine "
        "that holds the key), or a key made with `signify -G -n`");
  }
  SignifySecretKey key;
  Take(rest, key.key_number_);
  Take(rest, key.key_);
  std::array<uint8_t, SHA512_DIGEST_LENGTH> digest;
  SHA512(key.key_.data(), key.key_.size(), digest.data());
  bool intact = std::equal(checksum.begin(), checksum.end(), digest.begin());
  OPENSSL_cleanse(digest.data(), digest.size());
  if (!intact) {
    return absl::InvalidArgumentError("the signify secret key is damaged: its checksum does not match");
  }
  return key;
}

SignifySecretKey::SignifySecretKey(SignifySecretKey&& other) noexcept
    : key_number_(other.key_number_), key_(other.key_) {
  OPENSSL_cleanse(other.key_.data(), other.key_.size());
}

SignifySecretKey::~SignifySecretKey() { OPENSSL_cleanse(key_.data(), key_.size()); }

SignifyPublicKey SignifySecretKey::public_key() const {
  SignifyPublicKey result;
  result.key_number = key_number_;
  std::copy(key_.begin() + 32, key_.end(), result.key.begin());
  return result;
}

SignifySignature SignifySecretKey::Sign(ByteSpan message) const {
  SignifySignature result;
  result.key_number = key_number_;
  ED25519_sign(result.signature.data(), message.data(), message.size(), key_.data());
  return result;
}

absl::Status VerifySignify(const SignifyPublicKey& key, const SignifySignature& signature, ByteSpan message) {
  if (ED25519_verify(message.data(), message.size(), signature.signature.data(), key.key.data()) != 1) {
    return absl::PermissionDeniedError("the signature is not one of this key over these bytes");
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
