// Progress of long work, for people at a terminal.

#ifndef TSMEDIA_TOOLS_BASE_PROGRESS_H_
#define TSMEDIA_TOOLS_BASE_PROGRESS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace tsmedia {

// FormatBytes returns "512 bytes", "4.0 MiB", ...
std::string FormatBytes(uint64_t bytes);

// ProgressLine keeps one line on standard error up to date: bytes, rate, time left. If standard error is not a terminal
// it says nothing.
class ProgressLine {
 public:
  explicit ProgressLine(std::string what);
  ~ProgressLine();  // erases the line
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Update draws at most ten times a second.
  void Update(uint64_t done, uint64_t total);

 private:
  const std::string what_;
  const bool is_terminal_;
  const absl::Time start_;
  absl::Time last_drawn_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_PROGRESS_H_
