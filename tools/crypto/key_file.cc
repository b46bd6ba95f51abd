#include "tools/crypto/key_file.h"

#include <cstdint>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "tools/base/byte_source.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/secret.h"
#include "tools/crypto/secret_file.h"
#include "tools/crypto/test_keys.h"

namespace tsmedia {
namespace {

// A comment of 1,024 characters and a record: no key or signature file is larger.
constexpr uint64_t kMaxKeyFileSize = 4096;

constexpr SecretFileKind kSecretKeyFile = {"signify secret key", 1, kMaxKeyFileSize};

bool IsTestSecretKey(std::string_view text) {
  absl::StatusOr<SignifySecretKey> key = SignifySecretKey::Parse(text);
  return key.ok() && IsTestKey(key->public_key());
}

absl::Status WithPath(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

}  // namespace

absl::StatusOr<SignifySecretKey> ReadSigningKey(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(SecretString text, ReadSecretFile(path, kSecretKeyFile, IsTestSecretKey));
  absl::StatusOr<SignifySecretKey> key = SignifySecretKey::Parse(text.text());
  if (!key.ok()) {
    return WithPath(path, key.status());
  }
  return key;
}

absl::StatusOr<SignifyPublicKey> ReadPublicKey(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path, kMaxKeyFileSize));
  absl::StatusOr<SignifyPublicKey> key = ParseSignifyPublicKey(text);
  return key.ok() ? key : WithPath(path, key.status());
}

absl::StatusOr<SignifySignature> ReadSignature(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path, kMaxKeyFileSize));
  absl::StatusOr<SignifySignature> signature = ParseSignifySignature(text);
  return signature.ok() ? signature : WithPath(path, signature.status());
}

}  // namespace tsmedia
