#include "tools/plan/signing.h"

#include "absl/strings/str_cat.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/test_keys.h"
#include "tools/plan/manifest.h"

namespace tsmedia {

absl::StatusOr<std::string> ReadManifestToSign(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::string bytes, ReadWholeFile(path, kMaxManifestSize));
  if (absl::Status status = ParseManifest(bytes).status(); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
  }
  return bytes;
}

absl::Status CheckSignature(const SignifyPublicKey& key, const SignifySignature& signature, std::string_view manifest) {
  TSM_ASSIGN_OR_RETURN(Manifest parsed, ParseManifest(manifest));
  if (parsed.test_only() != IsTestKey(key)) {
    return absl::FailedPreconditionError(
        parsed.test_only() ? "the manifest is marked TEST-ONLY and the key is not; sign test media with a TEST-ONLY key"
                           : "the key is TEST-ONLY and the manifest is not; sign release media with a key of your own");
  }
  if (!VerifySignify(key, signature, AsBytes(manifest)).ok()) {
    return absl::FailedPreconditionError(
        "the signature is not one of the public key over this manifest; was the manifest built again since, or was "
        "another key used?");
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
