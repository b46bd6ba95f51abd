// The header of an age file: stanzas, each of which can hold the file key, and a MAC over them.
//
// Source: C2SP "age-encryption.org/v1", sections "Textual file header" and "Header MAC".
//
//   age-encryption.org/v1
//   -> TYPE ARGUMENT...
//   BODY (base64 without padding, 64 columns; the last line is shorter, possibly empty)
//   --- MAC
//
// Every value has one form only: base64 is canonical, lines end in one line feed, arguments are separated by one blank.

#ifndef TSMEDIA_TOOLS_CRYPTO_AGE_HEADER_H_
#define TSMEDIA_TOOLS_CRYPTO_AGE_HEADER_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tools/crypto/secret.h"

namespace tsmedia {

// The 16 bytes from which an age file's keys follow.
using AgeFileKey = SecretBytes<16>;

// Readers take no larger header: hundreds of recipients fit.
inline constexpr size_t kMaxAgeHeaderSize = 64 * 1024;

struct AgeStanza {
  std::vector<std::string> arguments;  // the first is the stanza's type
  std::string body;                    // decoded
};

struct AgeHeader {
  std::vector<AgeStanza> stanzas;  // at least one
  std::array<uint8_t, 32> mac;
  std::string authenticated;  // the bytes that `mac` covers
  uint64_t size = 0;          // bytes of the header; the payload follows
};

// ParseAgeHeader reads the header at the beginning of `bytes`, which are a file's first kMaxAgeHeaderSize bytes or all
// of it. What is not exactly in the format is DataLoss with its offset, or InvalidArgument if it is no age file at all.
// The MAC is not yet checked.
absl::StatusOr<AgeHeader> ParseAgeHeader(std::string_view bytes);

// CheckAgeHeaderMac is DataLoss unless the header was written by one who had `file_key`.
absl::Status CheckAgeHeaderMac(const AgeHeader& header, const AgeFileKey& file_key);

// FormatAgeHeader returns the header of a file with these stanzas.
std::string FormatAgeHeader(absl::Span<const AgeStanza> stanzas, const AgeFileKey& file_key);

// EncodeAgeBase64 returns base64 (RFC 4648 section 4) without padding; DecodeAgeBase64 takes only what it returns.
std::string EncodeAgeBase64(std::string_view bytes);
absl::StatusOr<std::string> DecodeAgeBase64(std::string_view text);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_AGE_HEADER_H_
