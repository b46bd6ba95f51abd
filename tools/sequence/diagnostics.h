// What is wrong with a task sequence, and where.

#ifndef TSMEDIA_TOOLS_SEQUENCE_DIAGNOSTICS_H_
#define TSMEDIA_TOOLS_SEQUENCE_DIAGNOSTICS_H_

#include <string>
#include <string_view>
#include <vector>

namespace tsmedia {

// SourcePosition is a place in a text file. Both numbers count from 1; 0: unknown (the binary form has no lines).
struct SourcePosition {
  int line = 0;
  int column = 0;

  friend auto operator<=>(const SourcePosition&, const SourcePosition&) = default;
};

enum class Severity { kError, kWarning };

// Diagnostic is one finding: "what is wrong; what to do", without a full stop.
struct Diagnostic {
  SourcePosition position;
  Severity severity = Severity::kError;
  std::string message;
};

// Diagnostics collects findings, so that one run reports them all.
class Diagnostics {
 public:
  void AddError(SourcePosition position, std::string_view message) {
    findings_.push_back({position, Severity::kError, std::string(message)});
  }
  void AddWarning(SourcePosition position, std::string_view message) {
    findings_.push_back({position, Severity::kWarning, std::string(message)});
  }

  // The findings by position; those of one position in the order in which they were added; none twice.
  std::vector<Diagnostic> Sorted() const;

  // Number of different errors, without warnings.
  size_t error_count() const;
  bool ok() const { return error_count() == 0; }

  // ToText returns a line a finding: "PATH:LINE:COLUMN: MESSAGE", with "warning: " before the message of a warning.
  std::string ToText(std::string_view path) const;

 private:
  std::vector<Diagnostic> findings_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_DIAGNOSTICS_H_
