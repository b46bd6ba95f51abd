#include "tools/base/utf16.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tsmedia {
namespace {

constexpr uint32_t kReplacement = 0xfffd;

constexpr bool IsHighSurrogate(char16_t unit) { return unit >= 0xd800 && unit <= 0xdbff; }
constexpr bool IsLowSurrogate(char16_t unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

// Number of bytes of the sequence that starts with `lead`, or 0 if none does.
size_t SequenceLength(uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

// Decodes the sequence at the start of `text` and sets `length`; 0 is "no UTF-8".
uint32_t DecodeOne(std::string_view text, size_t* length) {
  uint8_t lead = static_cast<uint8_t>(text[0]);
  *length = SequenceLength(lead);
  if (*length == 1) {
    return lead;
  }
  if (*length == 0 || *length > text.size()) {
    *length = 0;
    return 0;
  }
  uint32_t value = lead & (0x7fu >> *length);
  for (size_t i = 1; i < *length; ++i) {
    uint8_t byte = static_cast<uint8_t>(text[i]);
    if ((byte & 0xc0) != 0x80) {
      *length = 0;
      return 0;
    }
    value = (value << 6) | (byte & 0x3f);
  }
  // Two-byte overlong forms have no lead byte; the longer ones and what is no character show in the value.
  static constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[*length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
    *length = 0;
  }
  return value;
}

void AppendUtf8(uint32_t value, std::string* out) {
  if (value < 0x80) {
    out->push_back(static_cast<char>(value));
  } else if (value < 0x800) {
    out->push_back(static_cast<char>(0xc0 | (value >> 6)));
    out->push_back(static_cast<char>(0x80 | (value & 0x3f)));
  } else if (value < 0x10000) {
    out->push_back(static_cast<char>(0xe0 | (value >> 12)));
    out->push_back(static_cast<char>(0x80 | ((value >> 6) & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (value & 0x3f)));
  } else {
    out->push_back(static_cast<char>(0xf0 | (value >> 18)));
    out->push_back(static_cast<char>(0x80 | ((value >> 12) & 0x3f)));
    out->push_back(static_cast<char>(0x80 | ((value >> 6) & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (value & 0x3f)));
  }
}

}  // namespace

absl::StatusOr<std::u16string> Utf8ToUtf16(std::string_view text) {
  // Most names are ASCII.
  const auto ascii_end = std::ranges::find_if(text, [](char c) { return static_cast<uint8_t>(c) >= 0x80; });
  std::u16string units(text.begin(), ascii_end);
  units.reserve(text.size());
  for (size_t offset = units.size(); offset < text.size();) {
    size_t length = 0;
    uint32_t value = DecodeOne(text.substr(offset), &length);
    if (length == 0) {
      return absl::InvalidArgumentError(absl::StrCat("not UTF-8 at byte ", offset));
    }
    if (value < 0x10000) {
      units.push_back(static_cast<char16_t>(value));
    } else {
      units.push_back(static_cast<char16_t>(0xd800 + ((value - 0x10000) >> 10)));
      units.push_back(static_cast<char16_t>(0xdc00 + ((value - 0x10000) & 0x3ff)));
    }
    offset += length;
  }
  return units;
}

std::string Utf16ToUtf8(std::u16string_view units) {
  std::string text;
  text.reserve(units.size());
  for (size_t i = 0; i < units.size(); ++i) {
    if (IsHighSurrogate(units[i]) && i + 1 < units.size() && IsLowSurrogate(units[i + 1])) {
      AppendUtf8(0x10000u + ((units[i] - 0xd800u) << 10) + (units[i + 1] - 0xdc00u), &text);
      ++i;
    } else {
      AppendUtf8(IsSurrogate(units[i]) ? kReplacement : units[i], &text);
    }
  }
  return text;
}

}  // namespace tsmedia
