#include "tools/crypto/age_wrap.h"

#include <cstdint>
#include <cstring>

#include "tools/base/bytes.h"

namespace tsmedia {
namespace {

constexpr AeadNonce kZeroNonce = {};

}  // namespace

std::string WrapFileKey(const AgeFileKey& file_key, const SecretBytes<32>& wrap_key) {
  SecretBytes<kWrappedFileKeySize> body;
  std::memcpy(body.data(), file_key.data(), file_key.size());
  ChaCha20Poly1305(wrap_key).Seal(kZeroNonce, body.span().first(file_key.size()), body.data() + file_key.size());
  return std::string(AsText(body.span()));
}

std::optional<AgeFileKey> UnwrapFileKey(std::string_view body, const SecretBytes<32>& wrap_key) {
  AgeFileKey file_key;
  if (body.size() != kWrappedFileKeySize ||
      !ChaCha20Poly1305(wrap_key).Open(kZeroNonce, AsBytes(body), file_key.data())) {
    return std::nullopt;
  }
  return file_key;
}

}  // namespace tsmedia
