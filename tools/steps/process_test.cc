#include "tools/steps/process.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/base/unique_fd.h"

namespace tsmedia {
namespace {

using testing::ElementsAre;

// Runs a shell script.
absl::StatusOr<ProcessResult> Shell(const std::string& script, ProcessRequest request = {}) {
  request.arguments = {"sh", "-c", script};
  return RunProcess(request);
}

TEST(ProcessTest, ExitCodes) {
  EXPECT_EQ(Shell("exit 0")->exit_code, 0);
  EXPECT_EQ(Shell("exit 42")->exit_code, 42);
  EXPECT_EQ(Shell("kill -9 $$")->exit_code, 128 + 9);
}

TEST(ProcessTest, OutputComesByLines) {
  std::vector<std::string> lines;
  ProcessRequest request;
  request.on_line = [&lines](std::string_view line) { lines.emplace_back(line); };
  absl::StatusOr<ProcessResult> result = Shell("echo one; printf 'two\\n\\nthree'", request);
  EXPECT_THAT(lines, ElementsAre("one", "two", "", "three"));
  EXPECT_EQ(result->output_tail, "one\ntwo\n\nthree");
  lines.clear();
  result = Shell("echo error >&2", request);
  EXPECT_THAT(lines, ElementsAre("error"));
  EXPECT_EQ(result->output_tail, "");
}

TEST(ProcessTest, MuchOutputIsBounded) {
  size_t longest = 0;
  ProcessRequest request;
  request.on_line = [&longest](std::string_view line) { longest = std::max(longest, line.size()); };
  absl::StatusOr<ProcessResult> result = Shell("head -c 3000000 /dev/zero | tr '\\0' x; echo end", request);
  EXPECT_EQ(result->output_tail.size(), kOutputTail);
  EXPECT_TRUE(result->output_tail.ends_with("xend\n"));
  EXPECT_EQ(longest, 4096u);
}

TEST(ProcessTest, EnvironmentIsItsOwn) {
  ProcessRequest request;
  request.environment = {{"TS_Site", "north 'x'"}};
  request.directory = "/tmp";
  EXPECT_EQ(Shell("echo \"$TS_Site $(pwd) $HOME ${TEST_TMPDIR-none}\"", request)->output_tail,
            "north 'x' /tmp /root none\n");
  EXPECT_EQ(Shell("cat; echo end")->output_tail, "end\n");  // there is no input
}

TEST(ProcessTest, HiddenValuesComeOnADescriptor) {
  ProcessRequest request;
  request.hidden = "Password=hunter22\n";
  EXPECT_EQ(Shell("cat <&$TSMEDIA_HIDDEN_FD", request)->output_tail, "Password=hunter22\n");
  EXPECT_EQ(Shell("env | grep -c hunter22; tr '\\0' ' ' </proc/$$/cmdline | grep -c hunter22", request)->output_tail,
            "0\n1\n");  // the script itself
  EXPECT_EQ(Shell("echo ${TSMEDIA_HIDDEN_FD-none}")->output_tail, "none\n");
}

TEST(ProcessTest, SettingsComeBack) {
  EXPECT_EQ(Shell("echo A=1 >&$TSMEDIA_SET_FD; echo B=2 >&4")->settings, "A=1\nB=2\n");
}

TEST(ProcessTest, NoOtherDescriptorsAreInherited) {
  const UniqueFd careless(dup(STDIN_FILENO));
  EXPECT_EQ(Shell("ls /proc/$$/fd | tr '\\n' ' '")->output_tail, "0 1 2 4 ");
}

TEST(ProcessTest, WhatCannotBeStarted) {
  EXPECT_TRUE(absl::IsNotFound(RunProcess({.arguments = {"no-such-program"}}).status()));
  const std::string path = testing::TempDir() + "/data";
  ASSERT_TRUE(WriteFileAtomically(path, "no program").ok());
  EXPECT_TRUE(absl::IsPermissionDenied(RunProcess({.arguments = {path}}).status()));
  EXPECT_FALSE(RunProcess({.arguments = {"true"}, .directory = "/no/such/directory"}).ok());
}

TEST(ProcessTest, TimeLimitStopsAll) {
  ProcessRequest request;
  request.time_limit = absl::Milliseconds(300);
  const absl::Time start = absl::Now();
  EXPECT_TRUE(absl::IsDeadlineExceeded(Shell("sleep 100 & sleep 100", request).status()));
  EXPECT_LT(absl::Now() - start, absl::Seconds(4));
}

TEST(ProcessTest, TimeLimitStopsTheStubborn) {
  ProcessRequest request;
  request.time_limit = absl::Milliseconds(100);
  absl::StatusOr<ProcessResult> result = Shell("trap '' TERM; while :; do sleep 1; done", request);
  EXPECT_TRUE(absl::IsDeadlineExceeded(result.status())) << result.status();
}

TEST(ProcessTest, BackgroundProcessesDoNotDelay) {
  const absl::Time start = absl::Now();
  EXPECT_EQ(Shell("sleep 20 & echo done")->output_tail, "done\n");
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

}  // namespace
}  // namespace tsmedia
