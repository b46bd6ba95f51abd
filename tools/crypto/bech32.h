// Bech32 (BIP 173): bytes as text with a prefix and a checksum. age writes recipients and identities so, without the
// limit of 90 characters; so does the seal secret.

#ifndef TSMEDIA_TOOLS_CRYPTO_BECH32_H_
#define TSMEDIA_TOOLS_CRYPTO_BECH32_H_

#include <cstddef>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/base/bytes.h"
#include "tools/crypto/secret.h"

namespace tsmedia {

// Characters of the encoding of `data_size` bytes with a prefix of `prefix_size` characters.
constexpr size_t Bech32Size(size_t prefix_size, size_t data_size) {
  return prefix_size + 1 + (data_size * 8 + 4) / 5 + 6;
}

// EncodeBech32 encodes `data` with `prefix`, which must be lower-case; the result is lower-case. It may be a secret.
SecretString EncodeBech32(std::string_view prefix, ByteSpan data);

// DecodeBech32 returns the `data_size` bytes of `text`, which must have the prefix `prefix` (lower-case). The text may
// be all lower-case or all upper-case, as BIP 173 says. InvalidArgument otherwise; the message never quotes the text.
absl::StatusOr<SecretString> DecodeBech32(std::string_view prefix, std::string_view text, size_t data_size);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_BECH32_H_
