#include "tools/sequence/diagnostics.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tsmedia {

std::vector<Diagnostic> Diagnostics::Sorted() const {
  std::vector<Diagnostic> sorted;
  std::set<std::pair<SourcePosition, std::string_view>> known;
  for (const Diagnostic& finding : findings_) {
    if (known.emplace(finding.position, finding.message).second) {
      sorted.push_back(finding);
    }
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.position < b.position; });
  return sorted;
}

size_t Diagnostics::error_count() const {
  std::vector<Diagnostic> sorted = Sorted();
  return std::count_if(sorted.begin(), sorted.end(),
                       [](const Diagnostic& finding) { return finding.severity == Severity::kError; });
}

std::string Diagnostics::ToText(std::string_view path) const {
  std::string text;
  for (const Diagnostic& finding : Sorted()) {
    absl::StrAppend(&text, path, ":");
    if (finding.position.line > 0) {
      absl::StrAppend(&text, finding.position.line, ":", finding.position.column, ":");
    }
    absl::StrAppend(&text, finding.severity == Severity::kWarning ? " warning: " : " ", finding.message, "\n");
  }
  return text;
}

}  // namespace tsmedia
