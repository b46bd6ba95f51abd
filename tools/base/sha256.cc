#include "tools/base/sha256.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"

namespace tsmedia {

Sha256Digest Sha256Hasher::Finish() {
  Sha256Digest digest;
  SHA256_Final(digest.data(), &context_);
  return digest;
}

Sha256Digest Sha256(ByteSpan bytes) {
  Sha256Digest digest;
  SHA256(bytes.data(), bytes.size(), digest.data());
  return digest;
}

absl::StatusOr<Sha256Digest> Sha256Of(const ByteSource& source) {
  std::vector<uint8_t> buffer(std::min(source.size(), kMiB));
  Sha256Hasher hasher;
  for (uint64_t offset = 0; offset < source.size();) {
    MutableByteSpan part = absl::MakeSpan(buffer).first(std::min<uint64_t>(buffer.size(), source.size() - offset));
    TSM_RETURN_IF_ERROR(source.ReadAt(offset, part));
    hasher.Update(part);
    offset += part.size();
  }
  return hasher.Finish();
}

std::string ToHex(ByteSpan bytes) { return absl::BytesToHexString(AsText(bytes)); }

absl::StatusOr<Sha256Digest> DigestFromText(std::string_view text) {
  Sha256Digest digest;
  if (text.size() != digest.size()) {
    return absl::InvalidArgumentError(absl::StrCat("a SHA-256 digest has 32 bytes, not ", text.size()));
  }
  std::memcpy(digest.data(), text.data(), digest.size());
  return digest;
}

}  // namespace tsmedia
