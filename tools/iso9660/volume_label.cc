#include "tools/iso9660/volume_label.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"
#include "tools/base/utf16.h"
#include "tools/iso9660/identifier.h"

namespace tsmedia {
namespace {

constexpr size_t kMaxIso = 32;
constexpr size_t kMaxJoliet = 16;
constexpr size_t kMaxFat = 11;

// `units` with one unit a character: the second half of a surrogate pair goes.
std::u16string OneUnitEach(std::u16string_view units) {
  std::u16string result;
  for (size_t i = 0; i < units.size(); ++i) {
    if (IsSurrogate(units[i])) {
      ++i;
      result.push_back(u'_');
    } else {
      result.push_back(units[i]);
    }
  }
  return result;
}

// `characters` and then `ending` (ASCII), at most `size` in all.
std::u16string WithEnding(std::u16string_view characters, std::string_view ending, size_t size) {
  std::u16string result(characters.substr(0, size - ending.size()));
  result.append(ending.begin(), ending.end());
  return result;
}

bool IsFatLabelCharacter(char16_t unit) { return iso::IsDCharacter(unit) || unit == u'-' || unit == u' '; }

std::string MapFat(std::u16string_view characters) {
  std::string label;
  for (char16_t character : characters.substr(0, kMaxFat)) {
    char16_t upper = iso::AsciiUpper(character);
    label.push_back(IsFatLabelCharacter(upper) ? static_cast<char>(upper) : '_');
  }
  label = std::string(absl::StripTrailingAsciiWhitespace(label));
  return label == "NO NAME" ? "NO_NAME" : label;
}

}  // namespace

absl::StatusOr<VolumeLabels> MapVolumeLabel(std::string_view label, std::string_view ending) {
  absl::StatusOr<std::u16string> units = Utf8ToUtf16(label);
  if (!units.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("the label is ", units.status().message()));
  }
  if (label.empty() || label.front() == ' ' || label.back() == ' ') {
    return absl::InvalidArgumentError(
        absl::StrCat("the label \"", label, "\" is empty, or begins or ends with a space"));
  }
  for (char character : label) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(character))) {
      return absl::InvalidArgumentError("the label holds a control character");
    }
  }
  std::u16string characters = OneUnitEach(*units);
  VolumeLabels labels;
  for (char16_t character : WithEnding(characters, ending, kMaxIso)) {
    labels.iso.push_back(static_cast<char>(iso::MapDCharacter(character)));
  }
  for (char16_t character : WithEnding(characters, ending, kMaxJoliet)) {
    labels.joliet.push_back(iso::MapJolietCharacter(character));
  }
  labels.fat = MapFat(characters);
  return labels;
}

}  // namespace tsmedia
