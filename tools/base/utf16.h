// UTF-8 and UTF-16: file systems for Windows (Joliet, VFAT) store names in 16-bit units, we hold them in UTF-8.

#ifndef TSMEDIA_TOOLS_BASE_UTF16_H_
#define TSMEDIA_TOOLS_BASE_UTF16_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tsmedia {

// Utf8ToUtf16 converts `text`. InvalidArgument names the offset of the first byte that is no UTF-8 as RFC 3629 defines
// it (overlong forms, surrogates and values above U+10FFFF are none).
absl::StatusOr<std::u16string> Utf8ToUtf16(std::string_view text);

// Utf16ToUtf8 converts `units`; a surrogate without its partner becomes U+FFFD, as names on foreign media hold what
// they like.
std::string Utf16ToUtf8(std::u16string_view units);

// IsSurrogate returns whether `unit` is half of a character outside of the Basic Multilingual Plane.
constexpr bool IsSurrogate(char16_t unit) { return unit >= 0xd800 && unit <= 0xdfff; }

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_UTF16_H_
