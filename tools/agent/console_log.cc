#include "tools/agent/console_log.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace tsmedia {

void ConsoleLog::ShowFrom(std::string_view level) {
  level_ = level.empty() ? std::nullopt : std::optional(ParseLogLevel(level).value_or(LogLevel::kDebug));
}

void ConsoleLog::Write(const LogRecord& record) {
  if (level_.has_value() && record.level >= *level_) {
    console_.Say(ConsoleLine(record));
  }
}

std::string ConsoleLine(const LogRecord& record) {
  return absl::StrCat(absl::FormatTime("%H:%M:%S", record.time, absl::UTCTimeZone()), " ", LogLevelName(record.level),
                      " ", record.step, record.step.empty() ? "" : " ", record.message);
}

}  // namespace tsmedia
