#include "tools/base/progress.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace tsmedia {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(100);

}  // namespace

std::string FormatBytes(uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) {
    return absl::StrCat(bytes, " bytes");
  }
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) {
    value /= 1024;
  }
  return absl::StrFormat("%.1f %s", value, kUnits[unit]);
}

ProgressLine::ProgressLine(std::string what)
    : what_(std::move(what)), is_terminal_(isatty(STDERR_FILENO) == 1), start_(absl::Now()) {}

ProgressLine::~ProgressLine() {
  if (last_drawn_ != absl::Time()) {
    std::fputs("\r\033[K", stderr);
  }
}

void ProgressLine::Update(uint64_t done, uint64_t total) {
  absl::Time now = absl::Now();
  if (!is_terminal_ || now - last_drawn_ < kInterval) {
    return;
  }
  last_drawn_ = now;
  double seconds = absl::ToDoubleSeconds(now - start_);
  double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string left =
      rate > 0 ? absl::FormatDuration(absl::Seconds(static_cast<int64_t>(static_cast<double>(total - done) / rate)))
               : "?";
  absl::FPrintF(stderr, "\r\033[K%s: %s of %s, %s/s, %s left", what_, FormatBytes(done), FormatBytes(total),
                FormatBytes(static_cast<uint64_t>(rate)), left);
  std::fflush(stderr);
}

}  // namespace tsmedia
