#include "tools/fat/name.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/base/utf16.h"
#include "tools/base/utf8.h"
#include "tools/fat/format.h"

namespace tsmedia::fat {
namespace {

constexpr size_t kBaseSize = 8;
constexpr size_t kExtensionSize = 3;
// Windows counts aliases up to ~999999; a directory has 65,536 entries at most.
constexpr size_t kMaxDigits = 6;

// Characters of short names (fatgen, "FAT Directory Structure"), spaces excepted: legal, but no tool expects them.
bool IsShortCharacter(char c) {
  return absl::ascii_isupper(static_cast<unsigned char>(c)) || absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
         absl::StrContains("$%'-_@~`!(){}^#&", c);
}

// Names that Windows opens as devices, with any extension.
bool IsDeviceName(std::string_view name) {
  std::string base = absl::AsciiStrToUpper(name.substr(0, name.find('.')));
  if (base == "CON" || base == "PRN" || base == "AUX" || base == "NUL") {
    return true;
  }
  return base.size() == 4 && (absl::StartsWith(base, "COM") || absl::StartsWith(base, "LPT")) && base[3] >= '1' &&
         base[3] <= '9';
}

std::string Padded(std::string_view base, std::string_view extension) {
  std::string name(base);
  name.resize(kBaseSize, ' ');
  name.append(extension);
  name.resize(kShortNameSize, ' ');
  return name;
}

// `upper` as a short name if it is legal as it stands.
std::optional<std::string> AsShortName(std::string_view upper) {
  size_t dot = upper.find('.');
  std::string_view base = upper.substr(0, dot);
  std::string_view extension = dot == std::string_view::npos ? std::string_view() : upper.substr(dot + 1);
  bool fits = !base.empty() && base.size() <= kBaseSize && extension.size() <= kExtensionSize &&
              (dot == std::string_view::npos || !extension.empty());
  if (!fits || !std::all_of(base.begin(), base.end(), IsShortCharacter) ||
      !std::all_of(extension.begin(), extension.end(), IsShortCharacter)) {
    return std::nullopt;
  }
  return Padded(base, extension);
}

// The basis name of fatgen ("The Basis-Name Generation Algorithm"), without a number.
struct Basis {
  std::string base;
  std::string extension;
};

// Up to `limit` short characters for `part`: spaces and dots go, what is illegal becomes '_'.
std::string BasisPart(std::u16string_view part, size_t limit) {
  std::string result;
  for (size_t i = 0; i < part.size() && result.size() < limit; ++i) {
    if (part[i] == u' ' || part[i] == u'.') {
      continue;
    }
    if (IsSurrogate(part[i])) {
      ++i;  // one '_' for the pair
    }
    char c = part[i] < 0x80 ? absl::ascii_toupper(static_cast<unsigned char>(part[i])) : '\0';
    result.push_back(IsShortCharacter(c) && c != '\0' ? c : '_');
  }
  return result;
}

Basis BasisOf(std::u16string_view name) {
  size_t dot = name.rfind(u'.');
  if (dot == 0) {
    dot = std::u16string_view::npos;  // ".profile" has no extension
  }
  Basis basis{BasisPart(name.substr(0, dot), kBaseSize), ""};
  if (dot != std::u16string_view::npos) {
    basis.extension = BasisPart(name.substr(dot + 1), kExtensionSize);
  }
  if (basis.base.empty()) {
    basis.base = "_";
  }
  return basis;
}

// Gives numbered aliases.
class AliasNumberer {
 public:
  explicit AliasNumberer(absl::flat_hash_set<std::string> taken) : taken_(std::move(taken)) {}

  absl::StatusOr<std::string> Next(const Basis& basis) {
    // One counter for each number of digits and what that leaves of the base: no alias is tried twice, however many
    // names begin alike.
    uint32_t first = 1;
    for (size_t digits = 1; digits <= kMaxDigits; ++digits, first *= 10) {
      std::string base = basis.base.substr(0, kBaseSize - 1 - digits);
      uint32_t& next = next_number_.try_emplace(absl::StrCat(digits, base, ".", basis.extension), first).first->second;
      while (next < first * 10) {
        std::string alias = Padded(absl::StrCat(base, "~", next++), basis.extension);
        if (taken_.insert(alias).second) {
          return alias;
        }
      }
    }
    return absl::InvalidArgumentError("has no 8.3 alias left: too many names begin alike");
  }

 private:
  absl::flat_hash_set<std::string> taken_;
  absl::flat_hash_map<std::string, uint32_t> next_number_;
};

absl::Status NameError(std::string_view name, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the name \"", name, "\" ", what));
}

absl::Status CheckAllNames(const std::vector<std::string_view>& names) {
  absl::flat_hash_map<std::string, std::string_view> seen;
  seen.reserve(names.size());
  for (std::string_view name : names) {
    TSM_RETURN_IF_ERROR(CheckName(name));
    auto [it, is_new] = seen.emplace(CollisionKey(name), name);
    if (!is_new) {
      return NameError(name, absl::StrCat("and the name \"", it->second, "\" are the same on FAT, which ignores case"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckName(std::string_view name) {
  absl::StatusOr<std::u16string> units = Utf8ToUtf16(name);
  if (!units.ok()) {
    return NameError(name, units.status().message());
  }
  if (units->empty() || units->size() > kMaxLongUnits) {
    return NameError(name, "is empty or has more than 255 UTF-16 units");
  }
  for (char c : name) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c)) || absl::StrContains("\"*/:<>?\\|", c)) {
      return NameError(name, "holds a control character or one of \" * / : < > ? \\ |, which FAT does not allow");
    }
  }
  if (name.back() == '.' || name.back() == ' ') {
    return NameError(name, "ends with a dot or a space, which Windows cuts off");
  }
  if (IsDeviceName(name)) {
    return NameError(name, "is a device on Windows");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<EncodedName>> EncodeNames(const std::vector<std::string_view>& names) {
  TSM_RETURN_IF_ERROR(CheckAllNames(names));
  std::vector<EncodedName> encoded(names.size());
  absl::flat_hash_set<std::string> taken;
  for (size_t i = 0; i < names.size(); ++i) {
    std::string upper = absl::AsciiStrToUpper(names[i]);
    if (upper != names[i] || !AsShortName(upper).has_value()) {
      TSM_ASSIGN_OR_RETURN(encoded[i].long_name, Utf8ToUtf16(names[i]));
    }
    if (std::optional<std::string> short_name = AsShortName(upper)) {
      encoded[i].short_name = *short_name;
      taken.insert(*std::move(short_name));
    }
  }
  std::vector<size_t> order(names.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return names[a] < names[b]; });
  AliasNumberer numberer(std::move(taken));
  for (size_t i : order) {
    if (encoded[i].short_name.empty()) {
      absl::StatusOr<std::string> alias = numberer.Next(BasisOf(encoded[i].long_name));
      if (!alias.ok()) {
        return NameError(names[i], alias.status().message());
      }
      encoded[i].short_name = *std::move(alias);
    }
  }
  return encoded;
}

std::string LongNameEntries(const EncodedName& name) {
  // Terminated by a zero and filled with ones, unless the last entry is full (fatgen).
  std::u16string units = name.long_name;
  if (units.size() % kLongUnits != 0) {
    units.push_back(u'\0');
  }
  units.resize(RoundUp(units.size(), kLongUnits), u'\xffff');
  size_t count = units.size() / kLongUnits;
  uint8_t checksum = ShortNameChecksum(name.short_name);
  std::string entries(count * kEntrySize, '\0');
  for (size_t i = 0; i < count; ++i) {
    uint8_t* entry = reinterpret_cast<uint8_t*>(entries.data()) + (count - 1 - i) * kEntrySize;
    entry[0] = static_cast<uint8_t>((i + 1) | (i + 1 == count ? kLongLast : 0));
    entry[kEntryAttributes] = kAttributeLongName;
    entry[kLongChecksum] = checksum;
    for (size_t j = 0; j < kLongUnits; ++j) {
      StoreLittle<uint16_t>(units[i * kLongUnits + j], entry + kLongUnitOffsets[j]);
    }
  }
  return entries;
}

}  // namespace tsmedia::fat
