// UTF-8, and names that people or file systems take for the same.

#ifndef TSMEDIA_TOOLS_BASE_UTF8_H_
#define TSMEDIA_TOOLS_BASE_UTF8_H_

#include <string>
#include <string_view>

namespace tsmedia {

// IsValidUtf8 returns whether `text` is well-formed UTF-8 (The Unicode Standard, table 3-7): no overlong form, no
// surrogate, nothing above U+10FFFF, no sequence cut short. NUL is a character like any other.
bool IsValidUtf8(std::string_view text);

// CollisionKey maps names that are equal but for case or Unicode normalisation to the same string: NFC of the full
// case folding (The Unicode Standard, section 3.13, D145: canonical caseless match). It is for comparing, not for
// showing. `text` must be valid UTF-8.
std::string CollisionKey(std::string_view text);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_UTF8_H_
