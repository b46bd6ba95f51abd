#include "tools/base/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "utf8proc.h"

namespace tsmedia {
namespace {

// Form is one row of table 3-7: how many bytes a sequence has and which second byte its lead byte allows.
struct Form {
  size_t length;
  uint8_t second_min;
  uint8_t second_max;
};

Form FormOf(uint8_t lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xc2) return {0, 0, 0};  // a continuation byte, or the overlong leads C0 and C1
  if (lead < 0xe0) return {2, 0x80, 0xbf};
  if (lead == 0xe0) return {3, 0xa0, 0xbf};  // else overlong
  if (lead == 0xed) return {3, 0x80, 0x9f};  // else a surrogate
  if (lead < 0xf0) return {3, 0x80, 0xbf};
  if (lead == 0xf0) return {4, 0x90, 0xbf};  // else overlong
  if (lead < 0xf4) return {4, 0x80, 0xbf};
  if (lead == 0xf4) return {4, 0x80, 0x8f};  // else above U+10FFFF
  return {0, 0, 0};
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isascii(static_cast<uint8_t>(c)); });
}

// utf8proc_map fails for lack of memory only, as the input is valid.
std::string Map(std::string_view text, int options) {
  utf8proc_uint8_t* mapped = nullptr;
  utf8proc_ssize_t length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &mapped, static_cast<utf8proc_option_t>(options | UTF8PROC_STABLE));
  if (length < 0) {
    std::abort();
  }
  std::string result(reinterpret_cast<const char*>(mapped), static_cast<size_t>(length));
  std::free(mapped);
  return result;
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    Form form = FormOf(static_cast<uint8_t>(text[i]));
    if (form.length == 0 || form.length > text.size() - i) {
      return false;
    }
    for (size_t k = 1; k < form.length; ++k) {
      uint8_t byte = static_cast<uint8_t>(text[i + k]);
      uint8_t min = k == 1 ? form.second_min : 0x80;
      uint8_t max = k == 1 ? form.second_max : 0xbf;
      if (byte < min || byte > max) {
        return false;
      }
    }
    i += form.length;
  }
  return true;
}

std::string CollisionKey(std::string_view text) {
  if (IsAscii(text)) {
    return absl::AsciiStrToLower(text);
  }
  // Decomposed first: a few characters (U+0345) fold differently composed and decomposed.
  return Map(Map(text, UTF8PROC_DECOMPOSE), UTF8PROC_CASEFOLD | UTF8PROC_COMPOSE);
}

}  // namespace tsmedia
