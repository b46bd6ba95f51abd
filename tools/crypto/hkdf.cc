#include "tools/crypto/hkdf.h"

#include <cstdlib>

#include "openssl/digest.h"
#include "openssl/hkdf.h"

namespace tsmedia {
namespace {

const uint8_t* Data(std::string_view text) { return AsBytes(text).data(); }

// BoringSSL fails only where a caller breaks the limit of `out`; going on with an unset key would be worse than to end.
void Require(int result) {
  if (result != 1) {
    std::abort();
  }
}

}  // namespace

void HkdfExpand(ByteSpan key, std::string_view info, MutableByteSpan out) {
  Require(HKDF_expand(out.data(), out.size(), EVP_sha256(), key.data(), key.size(), Data(info), info.size()));
}

void Hkdf(ByteSpan key, std::string_view salt, std::string_view info, MutableByteSpan out) {
  Require(HKDF(out.data(), out.size(), EVP_sha256(), key.data(), key.size(), Data(salt), salt.size(), Data(info),
               info.size()));
}

}  // namespace tsmedia
