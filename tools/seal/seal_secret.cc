#include "tools/seal/seal_secret.h"

#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "openssl/rand.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/bech32.h"
#include "tools/crypto/secret_file.h"
#include "tools/crypto/test_keys.h"

namespace tsmedia {
namespace {

constexpr std::string_view kPrefix = "tsmedia-seal-secret-";
constexpr size_t kSecretSize = 32;

static_assert(kSealSecretFileSize == Bech32Size(kPrefix.size(), kSecretSize) + 1);

constexpr SecretFileKind kFileKind = {"seal secret", kSealSecretFileSize, kSealSecretFileSize};

}  // namespace

SecretString NewSealSecretFile() {
  SecretBytes<kSecretSize> secret;
  RAND_bytes(secret.data(), secret.size());
  SecretString line = EncodeBech32(kPrefix, secret.span());
  SecretString content(line.size() + 1);
  for (size_t i = 0; i < line.size(); ++i) {
    content.span()[i] = static_cast<uint8_t>(absl::ascii_toupper(static_cast<unsigned char>(line.text()[i])));
  }
  content.span()[line.size()] = '\n';
  return content;
}

absl::StatusOr<SealKey> ParseSealSecretFile(std::string_view content) {
  if (!content.ends_with('\n')) {
    return absl::InvalidArgumentError("not a seal secret: it must be one line with a line feed at its end");
  }
  TSM_ASSIGN_OR_RETURN(SecretString data, DecodeBech32(kPrefix, content.substr(0, content.size() - 1), kSecretSize));
  SecretBytes<kSecretSize> secret;
  std::memcpy(secret.data(), data.text().data(), secret.size());
  return SealKey(secret);
}

absl::StatusOr<SealKey> ReadSealSecret(const std::string& path, const Recipient& recipient) {
  TSM_ASSIGN_OR_RETURN(SecretString content, ReadSecretFile(path, kFileKind, IsTestSecret));
  if (IsTestSecret(content.text()) != IsTestRecipient(recipient)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path,
                     IsTestSecret(content.text()) ? ": a TEST-ONLY seal secret, but the recipient is not TEST-ONLY"
                                                  : ": not the seal secret of a TEST-ONLY recipient",
                     "; a seal secret and a recipient belong together as `mediactl key new` made them"));
  }
  absl::StatusOr<SealKey> key = ParseSealSecretFile(content.text());
  if (!key.ok()) {
    return absl::Status(key.status().code(), absl::StrCat(path, ": ", key.status().message()));
  }
  return key;
}

}  // namespace tsmedia
