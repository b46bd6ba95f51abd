#include "tools/engine/log.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/base/json_writer.h"
#include "tools/engine/trace.h"

namespace tsmedia {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// Keeps the lines.
class Lines : public LogSink {
 public:
  void Write(const LogRecord& record) override { lines.push_back(FormatLogRecord(record)); }
  std::vector<std::string> lines;
};

class LogTest : public testing::Test {
 protected:
  LogTest() : log_([] { return absl::FromUnixMillis(1700000000123); }) { log_.AddSink(LogLevel::kInfo, &lines_); }

  Log log_;
  Lines lines_;
};

TEST_F(LogTest, WritesOneLineARecord) {
  log_.Write({.level = LogLevel::kError, .step = "2.1", .name = "Apply \"x\"", .code = "0x80091007", .message = "bad"});
  log_.Say(LogLevel::kInfo, "hello\nworld\n");
  log_.Say(LogLevel::kDebug, "not for this sink");
  EXPECT_THAT(lines_.lines,
              ElementsAre("{\"time\": \"2023-11-14T22:13:20.123Z\",\"level\": \"error\",\"step\": \"2.1\","
                          "\"name\": \"Apply \\\"x\\\"\",\"code\": \"0x80091007\",\"message\": \"bad\"}\n",
                          HasSubstr("\"message\": \"hello\""), HasSubstr("\"message\": \"world\"")));
}

TEST_F(LogTest, MasksEveryMessage) {
  log_.MaskWith([](std::string_view text) { return absl::StrReplaceAll(text, {{"hunter22", "***"}}); });
  log_.Say(LogLevel::kInfo, "the word is hunter22");
  EXPECT_THAT(lines_.lines, ElementsAre(AllOf(HasSubstr("the word is ***"), Not(HasSubstr("hunter22")))));
}

TEST_F(LogTest, LevelsHaveNames) {
  for (LogLevel level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    EXPECT_EQ(ParseLogLevel(LogLevelName(level)).value(), level);
  }
  EXPECT_FALSE(ParseLogLevel("loud").ok());
}

TEST_F(LogTest, EventsBecomeRecords) {
  EventLog events(log_);
  const StepInfo step = {.position = "1.2", .name = "Tools", .type = "Run Command Line", .depth = 2};
  events.OnEvent({.kind = Event::Kind::kSequenceStarted, .text = "Deploy"});
  events.OnEvent({.kind = Event::Kind::kStepStarted, .step = step});
  events.OnEvent({.kind = Event::Kind::kAttemptFailed, .step = step, .succeeded = false, .code = 4, .text = "again"});
  events.OnEvent(
      {.kind = Event::Kind::kStepFinished, .step = step, .succeeded = false, .code = -2147467259, .text = "broken"});
  events.OnEvent({.kind = Event::Kind::kGroupFinished, .step = step});  // not worth a line at this level
  EXPECT_THAT(
      lines_.lines,
      ElementsAre(HasSubstr("\"message\": \"task sequence: Deploy\""),
                  AllOf(HasSubstr("\"step\": \"1.2\",\"name\": \"Tools\",\"message\": \"begins: Run Command Line\"")),
                  AllOf(HasSubstr("\"level\": \"warning\""), HasSubstr("\"code\": \"4\"")),
                  AllOf(HasSubstr("\"level\": \"error\""), HasSubstr("\"code\": \"0x80004005\""),
                        HasSubstr("failed: broken"))));
}

TEST_F(LogTest, LastRecordsAreKept) {
  LastRecords last(2);
  log_.AddSink(LogLevel::kWarning, &last);
  for (int i = 0; i < 5; ++i) {
    log_.Say(LogLevel::kWarning, absl::StrCat("w", i));
    log_.Say(LogLevel::kInfo, absl::StrCat("i", i));
  }
  ASSERT_EQ(last.records().size(), 2u);
  EXPECT_EQ(last.records()[0].message, "w3");
  EXPECT_EQ(last.records()[1].message, "w4");
}

TEST_F(LogTest, FileIsAppendedToAndEnds) {
  const std::string path = testing::TempDir() + "/log.jsonl";
  std::filesystem::remove(path);
  constexpr uint64_t kMost = 2000;
  for (int run = 0; run < 2; ++run) {
    std::unique_ptr<LogFile> file = LogFile::Open(path, kMost).value();
    for (int i = 0; i < 6; ++i) {
      file->Write({.message = absl::StrCat("run ", run, " line ", i)});
    }
  }
  std::string text = ReadWholeFile(path, kMost).value();
  EXPECT_THAT(text, AllOf(HasSubstr("run 0 line 0"), HasSubstr("run 1 line 5")));

  std::unique_ptr<LogFile> file = LogFile::Open(path, kMost).value();
  for (int i = 0; i < 1000; ++i) {
    file->Write({.message = "much"});
  }
  text = ReadWholeFile(path, kMost).value();
  EXPECT_THAT(text, EndsWith("\"message\": \"the log is full and ends here\"}\n"));
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const std::string& line) { return line.find("is full") != std::string::npos; }),
            1);
}

TEST_F(LogTest, FileIsNotOpenedThroughALink) {
  const std::string path = testing::TempDir() + "/link.jsonl";
  std::filesystem::remove(path);
  std::filesystem::create_symlink("/etc/passwd", path);
  EXPECT_FALSE(LogFile::Open(path, 1000).ok());
}

TEST(TraceTest, Text) {
  std::string text;
  TextTrace trace([&text](std::string_view line) { text += line; });
  const StepInfo group = {.position = "1", .name = "G", .type = "Group", .depth = 1};
  const StepInfo step = {.position = "1.1", .name = "S", .type = "Check Readiness", .depth = 2};
  trace.OnEvent({.kind = Event::Kind::kGroupStarted, .step = group});
  trace.OnEvent({.kind = Event::Kind::kStepStarted, .step = step});
  trace.OnEvent({.kind = Event::Kind::kDetail, .step = step, .text = "detail"});
  trace.OnEvent({.kind = Event::Kind::kStepFinished, .step = step, .succeeded = false, .code = 3, .text = "bad"});
  trace.OnEvent({.kind = Event::Kind::kGroupFinished, .step = group, .succeeded = false});
  trace.OnEvent({.kind = Event::Kind::kSkipped, .step = step, .text = "disabled"});
  EXPECT_EQ(text,
            "1       G\n"
            "1.1       S  (Check Readiness)\n"
            "            detail\n"
            "            failed with 3: bad\n"
            "1       G  failed, the rest of it is not run\n"
            "1.1       S  skipped: disabled\n");
}

TEST(TraceTest, Json) {
  JsonWriter json(JsonWriter::Layout::kOneLine);
  json.BeginArray();
  JsonTrace trace(json);
  const StepInfo step = {
      .position = "1", .name = "S", .type = "Run Command Line", .packages = {"LAB00001"}, .depth = 1};
  trace.OnEvent({.kind = Event::Kind::kStepStarted, .step = step});
  trace.OnEvent({.kind = Event::Kind::kStepFinished, .step = step, .succeeded = false, .code = 3, .text = "bad"});
  json.EndArray();
  EXPECT_EQ(json.Finish(),
            "[{\"event\": \"step_started\",\"position\": \"1\",\"name\": \"S\",\"type\": \"Run Command Line\","
            "\"packages\": [\"LAB00001\"]},"
            "{\"event\": \"step_finished\",\"position\": \"1\",\"name\": \"S\",\"type\": \"Run Command Line\","
            "\"packages\": [\"LAB00001\"],\"succeeded\": false,\"code\": \"3\",\"text\": \"bad\"}]\n");
}

}  // namespace
}  // namespace tsmedia
