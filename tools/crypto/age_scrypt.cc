#include "tools/crypto/age_scrypt.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "openssl/evp.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age_wrap.h"
#include "tools/crypto/secret.h"

namespace tsmedia {
namespace {

constexpr std::string_view kSaltLabel = "age-encryption.org/v1/scrypt";
constexpr size_t kSaltSize = 16;
// RFC 7914 section 2; age fixes both.
constexpr uint64_t kBlockSizeParameter = 8;
constexpr uint64_t kParallelization = 1;

absl::StatusOr<SecretBytes<32>> WrapKey(std::string_view password, std::string_view salt, int work_factor) {
  std::string labelled_salt = absl::StrCat(kSaltLabel, salt);
  uint64_t n = uint64_t{1} << work_factor;
  // The table V takes 128 * N * r bytes; a MiB is for the rest.
  uint64_t max_memory = 128 * n * kBlockSizeParameter + kMiB;
  SecretBytes<32> key;
  if (EVP_PBE_scrypt(password.data(), password.size(), AsBytes(labelled_salt).data(), labelled_salt.size(), n,
                     kBlockSizeParameter, kParallelization, max_memory, key.data(), key.size()) != 1) {
    return absl::ResourceExhaustedError(absl::StrCat("there is not enough memory for the password's work factor ",
                                                     work_factor, ": it takes ", n / kKiB, " MiB"));
  }
  return key;
}

absl::Status Damaged(std::string_view problem) {
  return absl::DataLossError(absl::StrCat("the scrypt stanza is damaged: ", problem));
}

// A decimal number without sign, blanks or leading zeros.
std::optional<int> ParseWorkFactor(std::string_view text) {
  int value;
  if (text.empty() || text[0] < '1' || text[0] > '9' || !absl::SimpleAtoi(text, &value) ||
      absl::StrCat(value) != text) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

absl::StatusOr<AgeStanza> WrapWithPassword(const AgeFileKey& file_key, std::string_view password, int work_factor,
                                           const std::array<uint8_t, 16>& salt) {
  if (work_factor < kMinWorkFactor || work_factor > kMaxWorkFactor) {
    return absl::InvalidArgumentError(
        absl::StrCat("the work factor ", work_factor, " is not in ", kMinWorkFactor, " to ", kMaxWorkFactor));
  }
  TSM_ASSIGN_OR_RETURN(SecretBytes<32> key, WrapKey(password, AsText(salt), work_factor));
  AgeStanza stanza;
  stanza.arguments = {std::string(kScryptStanzaType), EncodeAgeBase64(AsText(salt)), absl::StrCat(work_factor)};
  stanza.body = WrapFileKey(file_key, key);
  return stanza;
}

absl::StatusOr<AgeFileKey> UnwrapScrypt(const AgeStanza& stanza, std::string_view password, int max_work_factor) {
  if (stanza.arguments.size() != 3) {
    return Damaged("it must have two arguments");
  }
  absl::StatusOr<std::string> salt = DecodeAgeBase64(stanza.arguments[1]);
  if (!salt.ok() || salt->size() != kSaltSize) {
    return Damaged("its salt is not the canonical base64 of 16 bytes");
  }
  std::optional<int> work_factor = ParseWorkFactor(stanza.arguments[2]);
  if (!work_factor.has_value()) {
    return Damaged("its work factor is no decimal number");
  }
  if (stanza.body.size() != kWrappedFileKeySize) {
    return Damaged(absl::StrCat("its body has ", stanza.body.size(), " bytes, not ", kWrappedFileKeySize));
  }
  if (*work_factor < kMinWorkFactor || *work_factor > max_work_factor) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the password's work factor ", *work_factor, " is not in ", kMinWorkFactor, " to ", max_work_factor,
        *work_factor > max_work_factor && *work_factor <= kLargestWorkFactor
            ? "; --max-work-factor allows up to 22 (4 GiB of memory)"
            : ""));
  }
  TSM_ASSIGN_OR_RETURN(SecretBytes<32> key, WrapKey(password, *salt, *work_factor));
  std::optional<AgeFileKey> file_key = UnwrapFileKey(stanza.body, key);
  if (!file_key.has_value()) {
    return absl::PermissionDeniedError("wrong password");
  }
  return *std::move(file_key);
}

}  // namespace tsmedia
