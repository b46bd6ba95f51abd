// The log of a deployment: one structured record a line, as RFC 8259 JSON.
//
//   {"time": "2026-11-22T20:15:00.123Z","level": "error","step": "2.1","name": "Apply minilinux","code": "0x80091007",
//    "message": "package LAB00001 version 1: block 3 is damaged"}
//
// (on one line). `step`, `name` and `code` are there where they mean something.

#ifndef TSMEDIA_TOOLS_ENGINE_LOG_H_
#define TSMEDIA_TOOLS_ENGINE_LOG_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tools/base/unique_fd.h"
#include "tools/engine/events.h"

namespace tsmedia {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// LogLevelName returns "debug", "info", "warning" or "error"; ParseLogLevel is its inverse.
std::string_view LogLevelName(LogLevel level);
absl::StatusOr<LogLevel> ParseLogLevel(std::string_view name);

struct LogRecord {
  absl::Time time = absl::UnixEpoch();
  LogLevel level = LogLevel::kInfo;
  std::string step = {};  // position; "": not of a step
  std::string name = {};  // of the step
  std::string code = {};  // ResultCodeText; "": nothing has ended
  std::string message = {};
};

// FormatLogRecord returns the line of a record, with its line feed.
std::string FormatLogRecord(const LogRecord& record);

class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void Write(const LogRecord& record) = 0;
};

// LogFile appends records to a file. It stops at `max_size` bytes with a last record that says so: a command that
// writes without end must not fill the disk that is being deployed. What cannot be written is dropped; a log never
// stops a deployment.
class LogFile : public LogSink {
 public:
  static absl::StatusOr<std::unique_ptr<LogFile>> Open(const std::string& path, uint64_t max_size);

  void Write(const LogRecord& record) override;

 private:
  LogFile(UniqueFd fd, uint64_t size, uint64_t max_size) : fd_(std::move(fd)), size_(size), max_size_(max_size) {}

  UniqueFd fd_;
  uint64_t size_;
  const uint64_t max_size_;
};

// LastRecords keeps the newest records, for the error page.
class LastRecords : public LogSink {
 public:
  explicit LastRecords(size_t count) : count_(count) {}
  void Write(const LogRecord& record) override;
  const std::deque<LogRecord>& records() const { return records_; }

 private:
  const size_t count_;
  std::deque<LogRecord> records_;
};

// Log hands records to its sinks. It may be used by several threads at once.
class Log {
 public:
  // `now` gives the time of each record.
  explicit Log(std::function<absl::Time()> now) : now_(std::move(now)) {}

  // AddSink adds a sink for records of `level` and above; it must outlive the log.
  void AddSink(LogLevel level, LogSink* sink);

  // MaskWith sets what every message goes through before a sink sees it.
  void MaskWith(std::function<std::string(std::string_view)> mask);

  // Write stamps the record with the time. A message of several lines becomes several records.
  void Write(LogRecord record);

  void Say(LogLevel level, std::string_view message);

 private:
  void WriteLine(const LogRecord& record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  const std::function<absl::Time()> now_;
  std::function<std::string(std::string_view)> mask_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::pair<LogLevel, LogSink*>> sinks_ ABSL_GUARDED_BY(mutex_);
};

// EventLog writes the events of a run to a log.
class EventLog : public EngineListener {
 public:
  explicit EventLog(Log& log) : log_(log) {}
  void OnEvent(const Event& event) override;
  void OnProgress(const StepInfo&, uint64_t, uint64_t) override {}

 private:
  Log& log_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_LOG_H_
