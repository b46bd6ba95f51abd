// GUIDs as partition tables hold them: UEFI 2.10, appendix A (EFI GUID).

#ifndef TSMEDIA_TOOLS_GPT_GUID_H_
#define TSMEDIA_TOOLS_GPT_GUID_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tsmedia {

// Guid is the 16 bytes on the disk: the first three groups of its text are little-endian numbers.
using Guid = std::array<uint8_t, 16>;

// FormatGuid returns "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"; ParseGuid reads it, in any case.
std::string FormatGuid(const Guid& guid);
absl::StatusOr<Guid> ParseGuid(std::string_view text);

// RandomGuid returns a GUID of version 4 (RFC 9562, section 5.4) made of 16 random bytes.
Guid RandomGuid(std::array<uint8_t, 16> random);

// DerivedGuid returns a GUID of version 8 (RFC 9562, section 5.8) made of 16 bytes that somebody else has chosen.
Guid DerivedGuid(std::array<uint8_t, 16> bytes);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_GPT_GUID_H_
