// The log on the consoles, for those who want to see more than the progress.

#ifndef TSMEDIA_TOOLS_AGENT_CONSOLE_LOG_H_
#define TSMEDIA_TOOLS_AGENT_CONSOLE_LOG_H_

#include <optional>
#include <string>
#include <string_view>

#include "tools/agent/console.h"
#include "tools/engine/log.h"

namespace tsmedia {

// The variable that says from which level on records are shown: debug, info, warning or error. Without it none are.
inline constexpr std::string_view kConsoleLogVariable = "TSMConsoleLogLevel";

class ConsoleLog : public LogSink {
 public:
  // `console` must outlive the sink.
  explicit ConsoleLog(Console& console) : console_(console) {}

  // ShowFrom takes the variable's value. Without a value nothing is shown; a value that is no level shows everything,
  // so that nothing is missed for a mistake.
  void ShowFrom(std::string_view level);

  void Write(const LogRecord& record) override;

 private:
  Console& console_;
  std::optional<LogLevel> level_;
};

// ConsoleLine returns a record as people read it: "12:34:56 warning 2.1 the message".
std::string ConsoleLine(const LogRecord& record);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_CONSOLE_LOG_H_
