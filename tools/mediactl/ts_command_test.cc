#include "tools/mediactl/ts_command.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/program.h"
#include "tools/sequence/canonical.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kHeader =
    "# proto-file: tools/sequence/sequence.proto\n# proto-message: tsmedia.TaskSequence\n";

std::string Path(std::string_view name) { return absl::StrCat(testing::TempDir(), "/", name); }

std::string Write(std::string_view name, std::string_view text) {
  EXPECT_TRUE(WriteFileAtomically(Path(name), text).ok());
  return Path(name);
}

absl::Status RunTsWith(std::vector<std::string> arguments) {
  absl::StatusOr<Args> args = Args::Parse(std::move(arguments));
  EXPECT_TRUE(args.ok());
  return RunTs(*args);
}

TEST(TsCommandTest, FormatsAndChecks) {
  std::string path = Write("a.textproto", absl::StrCat(kHeader, "name :\"T\"\n"));
  EXPECT_EQ(RunTsWith({"fmt", "--check", path}).message(),
            absl::StrCat(path, " is not in canonical layout; run mediactl ts fmt"));
  EXPECT_EQ(*ReadWholeFile(path, 1000), absl::StrCat(kHeader, "name :\"T\"\n"));
  EXPECT_TRUE(RunTsWith({"fmt", path}).ok());
  EXPECT_EQ(*ReadWholeFile(path, 1000), absl::StrCat(kHeader, "name: \"T\"\n"));
  EXPECT_TRUE(RunTsWith({"fmt", "--check", path}).ok());
}

TEST(TsCommandTest, RefusesWhatDoesNotParseAndGoesOn) {
  std::string bad = Write("bad.textproto", absl::StrCat(kHeader, "name: 5\n"));
  std::string good = Write("good.textproto", absl::StrCat(kHeader, "name :\"T\"\n"));
  testing::internal::CaptureStderr();
  absl::Status status = RunTsWith({"fmt", bad, good});
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("bad.textproto:3:7: cannot be parsed"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("not a task sequence"));
  EXPECT_EQ(*ReadWholeFile(bad, 1000), absl::StrCat(kHeader, "name: 5\n"));
  EXPECT_EQ(*ReadWholeFile(good, 1000), absl::StrCat(kHeader, "name: \"T\"\n"));
}

TEST(TsCommandTest, GraphOfTextAndOfBinary) {
  TaskSequence sequence;
  sequence.set_name("T");
  std::string text = Write("t.textproto", absl::StrCat(kHeader, "name: \"T\"\n"));
  std::string binary = Write("t.binpb", *WriteSequence(sequence));
  for (const std::string& path : {text, binary}) {
    testing::internal::CaptureStdout();
    EXPECT_TRUE(RunTsWith({"graph", path}).ok());
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "T [Task Sequence]\n");
  }
  testing::internal::CaptureStdout();
  EXPECT_TRUE(RunTsWith({"graph", "--format=json", text}).ok());
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "{\n \"name\": \"T\",\n \"type\": \"Task Sequence\"\n}\n");
  testing::internal::CaptureStdout();
  EXPECT_TRUE(RunTsWith({"graph", "--format=dot", text}).ok());
  EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr("digraph task_sequence"));
  std::string damaged = Write("damaged.binpb", WriteSequence(sequence)->substr(0, 22));
  EXPECT_THAT(std::string(RunTsWith({"graph", damaged}).message()), HasSubstr("damaged"));
}

TEST(TsCommandTest, UsageErrors) {
  EXPECT_TRUE(IsUsageError(RunTsWith({})));
  EXPECT_TRUE(IsUsageError(RunTsWith({"frobnicate"})));
  EXPECT_TRUE(IsUsageError(RunTsWith({"fmt"})));
  EXPECT_TRUE(IsUsageError(RunTsWith({"graph"})));
  EXPECT_TRUE(IsUsageError(RunTsWith({"graph", "--format=xml", "a"})));
  EXPECT_FALSE(RunTsWith({"graph", Path("missing")}).ok());
}

}  // namespace
}  // namespace tsmedia
