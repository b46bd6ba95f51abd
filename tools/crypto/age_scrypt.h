// Passwords of age files: the scrypt stanza.
//
// Source: C2SP "age-encryption.org/v1", section "scrypt recipient stanza"; RFC 7914.

#ifndef TSMEDIA_TOOLS_CRYPTO_AGE_SCRYPT_H_
#define TSMEDIA_TOOLS_CRYPTO_AGE_SCRYPT_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/crypto/age_header.h"

namespace tsmedia {

// Work factors: scrypt's N is 2 to the work factor, and it takes N KiB of memory. Readers take 14 to 20 (1 GiB), or up
// to 22 (4 GiB) where the user says so; writers default to age's own 18 (256 MiB).
inline constexpr int kMinWorkFactor = 14;
inline constexpr int kDefaultWorkFactor = 18;
inline constexpr int kMaxWorkFactor = 20;
inline constexpr int kLargestWorkFactor = 22;

inline constexpr std::string_view kScryptStanzaType = "scrypt";

// WrapWithPassword returns the stanza that gives `file_key` to who knows `password`. `salt` is random.
absl::StatusOr<AgeStanza> WrapWithPassword(const AgeFileKey& file_key, std::string_view password, int work_factor,
                                           const std::array<uint8_t, 16>& salt);

// UnwrapScrypt returns the file key in `stanza`, whose type must be "scrypt". A wrong password is PermissionDenied, a
// malformed stanza DataLoss, a work factor outside of kMinWorkFactor to `max_work_factor` FailedPrecondition.
absl::StatusOr<AgeFileKey> UnwrapScrypt(const AgeStanza& stanza, std::string_view password, int max_work_factor);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_AGE_SCRYPT_H_
