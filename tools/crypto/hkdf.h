// HKDF with SHA-256 (RFC 5869), by BoringSSL.

#ifndef TSMEDIA_TOOLS_CRYPTO_HKDF_H_
#define TSMEDIA_TOOLS_CRYPTO_HKDF_H_

#include <string_view>

#include "tools/base/bytes.h"

namespace tsmedia {

// HkdfExpand fills `out` (at most 255 * 32 bytes) from a pseudorandom key of 32 bytes or more: RFC 5869 section 2.3.
void HkdfExpand(ByteSpan key, std::string_view info, MutableByteSpan out);

// Hkdf extracts from `key` with `salt` and expands: RFC 5869 section 2. `out` as above.
void Hkdf(ByteSpan key, std::string_view salt, std::string_view info, MutableByteSpan out);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_HKDF_H_
