#include "tools/engine/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/base/bytes.h"
#include "tools/base/json_writer.h"
#include "tools/engine/result_code.h"

namespace tsmedia {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warning", "error"};

// Room for the record that says that the log is full.
constexpr uint64_t kLastWords = 256;

LogLevel LevelOf(const Event& event) {
  switch (event.kind) {
    case Event::Kind::kSequenceFinished:
    case Event::Kind::kStepFinished:
      return event.succeeded ? LogLevel::kInfo : LogLevel::kError;
    case Event::Kind::kAttemptFailed:
    case Event::Kind::kGroupFinished:
      return event.succeeded ? LogLevel::kDebug : LogLevel::kWarning;
    default:
      return LogLevel::kInfo;
  }
}

std::string MessageOf(const Event& event) {
  switch (event.kind) {
    case Event::Kind::kSequenceStarted:
      return absl::StrCat("task sequence: ", event.text);
    case Event::Kind::kGroupStarted:
      return "group begins";
    case Event::Kind::kGroupFinished:
      return event.succeeded ? "group ends" : "group failed";
    case Event::Kind::kSkipped:
      return absl::StrCat("skipped: ", event.text);
    case Event::Kind::kStepStarted:
      return absl::StrCat("begins: ", event.step.type);
    case Event::Kind::kVariable:
      return absl::StrCat("variable ", event.text);
    case Event::Kind::kStepFinished:
      return event.succeeded ? "succeeded" : absl::StrCat("failed: ", event.text);
    case Event::Kind::kSequenceFinished:
      return event.succeeded ? "task sequence finished" : absl::StrCat("task sequence failed: ", event.text);
    case Event::Kind::kDetail:
    case Event::Kind::kAttemptFailed:
    case Event::Kind::kRestart:
      return event.text;
  }
  return "";
}

bool HasCode(Event::Kind kind) {
  return kind == Event::Kind::kStepFinished || kind == Event::Kind::kAttemptFailed ||
         kind == Event::Kind::kSequenceFinished;
}

}  // namespace

std::string_view LogLevelName(LogLevel level) { return kLevelNames[static_cast<size_t>(level)]; }

absl::StatusOr<LogLevel> ParseLogLevel(std::string_view name) {
  for (size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == name) {
      return static_cast<LogLevel>(i);
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", name, "\" is no log level; write debug, info, warning or error"));
}

std::string FormatLogRecord(const LogRecord& record) {
  JsonWriter json(JsonWriter::Layout::kOneLine);
  json.BeginObject();
  json.String("time", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", record.time, absl::UTCTimeZone()));
  json.String("level", LogLevelName(record.level));
  auto optional = [&json](std::string_view key, const std::string& value) {
    if (!value.empty()) {
      json.String(key, value);
    }
  };
  optional("step", record.step);
  optional("name", record.name);
  optional("code", record.code);
  json.String("message", record.message);
  json.EndObject();
  return json.Finish();
}

absl::StatusOr<std::unique_ptr<LogFile>> LogFile::Open(const std::string& path, uint64_t max_size) {
  UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.ok()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open the log ", path));
  }
  struct stat status = {};
  fstat(fd.get(), &status);
  return absl::WrapUnique(new LogFile(std::move(fd), static_cast<uint64_t>(status.st_size), max_size));
}

void LogFile::Write(const LogRecord& record) {
  std::string line = FormatLogRecord(record);
  if (size_ + kLastWords > max_size_) {
    return;
  }
  if (size_ + line.size() + kLastWords > max_size_) {
    line =
        FormatLogRecord({.time = record.time, .level = LogLevel::kWarning, .message = "the log is full and ends here"});
    size_ = max_size_;
  }
  if (WriteAll(fd_.get(), AsBytes(line))) {
    size_ += line.size();
  }
}

void LastRecords::Write(const LogRecord& record) {
  records_.push_back(record);
  if (records_.size() > count_) {
    records_.pop_front();
  }
}

void Log::AddSink(LogLevel level, LogSink* sink) {
  absl::MutexLock lock(&mutex_);
  sinks_.push_back({level, sink});
}

void Log::MaskWith(std::function<std::string(std::string_view)> mask) {
  absl::MutexLock lock(&mutex_);
  mask_ = std::move(mask);
}

void Log::Write(LogRecord record) {
  absl::MutexLock lock(&mutex_);
  record.time = now_();
  if (mask_ != nullptr) {
    record.message = mask_(record.message);
  }
  const std::string message = std::move(record.message);
  for (std::string_view line : absl::StrSplit(absl::StripSuffix(message, "\n"), '\n')) {
    record.message = std::string(line);
    WriteLine(record);
  }
}

void Log::WriteLine(const LogRecord& record) {
  for (const auto& [level, sink] : sinks_) {
    if (record.level >= level) {
      sink->Write(record);
    }
  }
}

void Log::Say(LogLevel level, std::string_view message) { Write({.level = level, .message = std::string(message)}); }

void EventLog::OnEvent(const Event& event) {
  log_.Write({.level = LevelOf(event),
              .step = event.step.position,
              .name = event.step.name,
              .code = HasCode(event.kind) ? ResultCodeText(event.code) : "",
              .message = MessageOf(event)});
}

}  // namespace tsmedia
