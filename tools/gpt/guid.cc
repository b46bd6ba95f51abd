#include "tools/gpt/guid.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace tsmedia {
namespace {

// Turns round the three groups of the text that are numbers.
void SwapGroups(Guid& bytes) {
  std::reverse(bytes.begin(), bytes.begin() + 4);
  std::reverse(bytes.begin() + 4, bytes.begin() + 6);
  std::reverse(bytes.begin() + 6, bytes.begin() + 8);
}

// RFC 9562, section 4: bytes in the order of the text.
Guid MakeGuid(std::array<uint8_t, 16> bytes, uint8_t version) {
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | (version << 4));
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);  // variant
  SwapGroups(bytes);
  return bytes;
}

bool IsHyphen(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

std::string FormatGuid(const Guid& guid) {
  Guid bytes = guid;
  SwapGroups(bytes);
  const std::string hex =
      absl::BytesToHexString(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-", hex.substr(16, 4), "-",
                      hex.substr(20));
}

absl::StatusOr<Guid> ParseGuid(std::string_view text) {
  std::string hex;
  bool hyphens_fit = true;
  for (size_t i = 0; i < text.size(); ++i) {
    hyphens_fit = hyphens_fit && IsHyphen(i) == (text[i] == '-');
    if (!IsHyphen(i)) {
      hex += text[i];
    }
  }
  std::string bytes;
  if (text.size() != 36 || !hyphens_fit || !absl::HexStringToBytes(hex, &bytes)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is no GUID"));
  }
  Guid guid;
  std::copy(bytes.begin(), bytes.end(), guid.begin());
  SwapGroups(guid);
  return guid;
}

Guid RandomGuid(std::array<uint8_t, 16> random) { return MakeGuid(random, 4); }

Guid DerivedGuid(std::array<uint8_t, 16> bytes) { return MakeGuid(bytes, 8); }

}  // namespace tsmedia
