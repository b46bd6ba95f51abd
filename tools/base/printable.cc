#include "tools/base/printable.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tools/base/utf8.h"

namespace tsmedia {
namespace {

// Length of the character at the start of `text` if it is well-formed UTF-8 and no control character (C0, DEL or C1),
// else 0.
size_t PrintableCharacter(std::string_view text) {
  for (size_t length = 1; length <= std::min<size_t>(4, text.size()); ++length) {
    if (IsValidUtf8(text.substr(0, length))) {
      const bool c1 = length == 2 && text[0] == '\xC2' && static_cast<unsigned char>(text[1]) < 0xA0;
      const bool control = c1 || (length == 1 && !absl::ascii_isprint(static_cast<unsigned char>(text[0])));
      return control ? 0 : length;
    }
  }
  return 0;
}

}  // namespace

std::string PrintableLine(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const size_t length = PrintableCharacter(text);
    absl::StrAppend(&line, length == 0 ? "?" : text.substr(0, length));
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return line;
}

}  // namespace tsmedia
