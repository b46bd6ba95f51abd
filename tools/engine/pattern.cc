#include "tools/engine/pattern.h"

#include "absl/strings/ascii.h"
#include "tools/base/utf8.h"

namespace tsmedia {
namespace {

// Number of bytes of the character at `text[i]`: its lead byte and the continuation bytes after it.
size_t CharacterLength(std::string_view text, size_t i) {
  size_t end = i + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    ++end;
  }
  return end - i;
}

}  // namespace

std::string FoldCase(std::string_view text) {
  return IsValidUtf8(text) ? CollisionKey(text) : absl::AsciiStrToLower(text);
}

bool MatchesPattern(std::string_view pattern, std::string_view text) {
  const std::string p = FoldCase(pattern);
  const std::string t = FoldCase(text);
  size_t pi = 0;
  size_t ti = 0;
  // Where to go on when the text after the last `*` does not match: that star takes one character more.
  size_t star = std::string::npos;
  size_t star_text = 0;
  while (ti < t.size()) {
    if (pi < p.size() && p[pi] == '*') {
      star = pi++;
      star_text = ti;
    } else if (pi < p.size() && p[pi] == '?') {
      ++pi;
      ti += CharacterLength(t, ti);
    } else if (pi < p.size() && p[pi] == t[ti]) {
      ++pi;
      ++ti;
    } else if (star != std::string::npos) {
      star_text += CharacterLength(t, star_text);
      pi = star + 1;
      ti = star_text;
    } else {
      return false;
    }
  }
  return p.find_first_not_of('*', pi) == std::string::npos;
}

}  // namespace tsmedia
