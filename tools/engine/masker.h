// Keeping hidden values out of what people and logs get to see.

#ifndef TSMEDIA_TOOLS_ENGINE_MASKER_H_
#define TSMEDIA_TOOLS_ENGINE_MASKER_H_

#include <set>
#include <string>
#include <string_view>

namespace tsmedia {

// Shorter values are not masked: they occur in every text, and masking them would tell where.
inline constexpr size_t kMinMaskedValue = 4;

// Masker knows hidden values. It never forgets one: a command may print a password long after its variable is gone.
class Masker {
 public:
  // Add takes a hidden value; one of less than kMinMaskedValue bytes has no effect. Of a value of several lines each
  // line is hidden as well, because logs hold lines.
  void Add(std::string_view value);

  // Mask replaces every run of bytes that hidden values cover, which may overlap, by `***`.
  std::string Mask(std::string_view text) const;

  const std::set<std::string, std::less<>>& values() const { return values_; }

 private:
  std::set<std::string, std::less<>> values_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_MASKER_H_
