// What is checked before a manifest is signed, and of its signature afterwards.

#ifndef TSMEDIA_TOOLS_PLAN_SIGNING_H_
#define TSMEDIA_TOOLS_PLAN_SIGNING_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/crypto/signify.h"

namespace tsmedia {

// ReadManifestToSign returns the bytes of a manifest, after it was parsed: nothing else gets a signature.
absl::StatusOr<std::string> ReadManifestToSign(const std::string& path);

// CheckSignature is OK if `signature` is one of `key` over `manifest`, and the manifest is marked TEST-ONLY exactly if
// the key is: a release key signs no test medium, and a test key none for release.
absl::Status CheckSignature(const SignifyPublicKey& key, const SignifySignature& signature, std::string_view manifest);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_SIGNING_H_
