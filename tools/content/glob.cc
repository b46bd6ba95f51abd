#include "tools/content/glob.h"

#include <cstddef>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace tsmedia {
namespace {

constexpr size_t kNone = static_cast<size_t>(-1);

// WildcardMatch matches two sequences, where a wildcard element of `pattern` stands for any run of elements. Only the
// last wildcard is ever retried: an earlier one cannot do better with a longer run.
template <typename Pattern, typename Text, typename IsWildcard, typename ElementMatches>
bool WildcardMatch(const Pattern& pattern, const Text& text, IsWildcard is_wildcard, ElementMatches element_matches) {
  size_t p = 0;
  size_t t = 0;
  size_t retry_p = kNone;
  size_t retry_t = 0;
  while (t < text.size()) {
    if (p < pattern.size() && is_wildcard(pattern[p])) {
      retry_p = p++;
      retry_t = t;
    } else if (p < pattern.size() && element_matches(pattern[p], text[t])) {
      ++p;
      ++t;
    } else if (retry_p != kNone) {
      p = retry_p + 1;
      t = ++retry_t;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && is_wildcard(pattern[p])) {
    ++p;
  }
  return p == pattern.size();
}

bool ComponentMatches(std::string_view pattern, std::string_view text) {
  return WildcardMatch(pattern, text, [](char c) { return c == '*'; }, [](char p, char t) { return p == t; });
}

}  // namespace

absl::StatusOr<Glob> Glob::Parse(std::string_view pattern) {
  std::vector<std::string> components = absl::StrSplit(pattern, '/');
  for (const std::string& component : components) {
    if (component.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("the pattern \"", pattern, "\" has an empty component"));
    }
    if (component != "**" && component.find("**") != std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("the pattern \"", pattern, "\" has ** as a part of a component; it must be a whole one"));
    }
  }
  return Glob(std::move(components));
}

bool Glob::Matches(std::string_view path) const {
  absl::InlinedVector<std::string_view, 16> text = absl::StrSplit(path, '/');
  return WildcardMatch(
      components_, text, [](std::string_view component) { return component == "**"; }, ComponentMatches);
}

}  // namespace tsmedia
