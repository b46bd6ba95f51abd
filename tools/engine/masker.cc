#include "tools/engine/masker.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_split.h"

namespace tsmedia {

void Masker::Add(std::string_view value) {
  if (value.size() >= kMinMaskedValue) {
    values_.insert(std::string(value));
  }
  if (value.find('\n') != std::string_view::npos) {
    for (std::string_view line : absl::StrSplit(value, '\n')) {
      Add(line);
    }
  }
}

std::string Masker::Mask(std::string_view text) const {
  std::vector<bool> covered(text.size(), false);
  for (const std::string& value : values_) {
    for (size_t at = text.find(value); at != std::string_view::npos; at = text.find(value, at + 1)) {
      std::fill(covered.begin() + at, covered.begin() + at + value.size(), true);
    }
  }
  std::string masked;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!covered[i]) {
      masked += text[i];
    } else if (i == 0 || !covered[i - 1]) {
      masked += "***";
    }
  }
  return masked;
}

}  // namespace tsmedia
