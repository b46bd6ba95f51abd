#include "tools/actions/validate_action.h"

#include <string>
#include <string_view>
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
#include "tools/sequence/limits.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kHeader =
    "# proto-file: tools/sequence/sequence.proto\n# proto-message: tsmedia.TaskSequence\n";

std::string Path(std::string_view name) { return absl::StrCat(testing::TempDir(), "/", name); }

std::string Write(std::string_view name, std::string_view bytes) {
  EXPECT_TRUE(WriteFileAtomically(Path(name), bytes).ok());
  return Path(name);
}

struct Outcome {
  absl::Status status;
  std::string errors;
  std::string message() const { return std::string(status.message()); }
};

// Validate runs the action on a text whose header is added, with further arguments.
Outcome Validate(std::string_view text, std::vector<std::string> arguments, std::string_view out = "out.binpb") {
  arguments.push_back("--sequence=" + Write("in.textproto", absl::StrCat(kHeader, text)));
  arguments.push_back("--source_path=pkg/deploy.textproto");
  arguments.push_back("--out=" + Path(out));
  absl::StatusOr<Args> args = Args::Parse(std::move(arguments));
  EXPECT_TRUE(args.ok());
  testing::internal::CaptureStderr();
  absl::Status status = RunValidate(*args);
  return {status, testing::internal::GetCapturedStderr()};
}

constexpr std::string_view kCommand =
    "name: \"T\" steps { name: \"S\" run_command_line { command_line: \"%X%\" package: \"LAB00010\" } }";
const std::string kReference = "--reference=package=LAB00010=1";

TEST(ValidateActionTest, WritesTheBinaryForm) {
  Outcome outcome = Validate(kCommand, {kReference});
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.errors, "");
  absl::StatusOr<TaskSequence> sequence = ReadSequence(*ReadWholeFile(Path("out.binpb"), kMaxSequenceSize));
  ASSERT_TRUE(sequence.ok());
  EXPECT_EQ(sequence->name(), "T");
}

TEST(ValidateActionTest, LayoutAndCommentsChangeNothing) {
  ASSERT_TRUE(Validate(kCommand, {kReference}, "a.binpb").status.ok());
  ASSERT_TRUE(Validate(absl::StrCat("# comment\n\n", kCommand, "\n"), {kReference}, "b.binpb").status.ok());
  EXPECT_EQ(*ReadWholeFile(Path("a.binpb"), 1000), *ReadWholeFile(Path("b.binpb"), 1000));
}

TEST(ValidateActionTest, WarningsDoNotFail) {
  Outcome outcome = Validate(kCommand, {kReference, "--media_kind=bootable"});
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_THAT(outcome.errors, HasSubstr("pkg/deploy.textproto:3:48: warning: variable X is read here"));
  EXPECT_EQ(Validate(kCommand, {kReference, "--media_kind=bootable", "--variable=x"}).errors, "");
}

TEST(ValidateActionTest, ErrorsLeaveNoOutput) {
  Outcome outcome = Validate("name: \"T\" foo: 1 steps { name: \"S\" }", {}, "none.binpb");
  EXPECT_EQ(outcome.message(), "src: 2 errors in pkg/deploy.textproto; correct what is listed above");
  EXPECT_THAT(outcome.errors, HasSubstr("pkg/deploy.textproto:3:11: unknown field"));
  EXPECT_THAT(outcome.errors, HasSubstr("pkg/deploy.textproto:3:18: the step does nothing"));
  EXPECT_FALSE(ReadWholeFile(Path("none.binpb"), 1000).ok());
  EXPECT_EQ(Validate("name: 5", {}).message(), "src: 1 error in pkg/deploy.textproto; correct what is listed above");
}

TEST(ValidateActionTest, TooLargeAFileIsNamed) {
  Outcome outcome = Validate(std::string(kMaxSequenceSize, ' '), {});
  EXPECT_THAT(outcome.errors, HasSubstr("pkg/deploy.textproto: the file has more than 2097152 bytes"));
}

TEST(ValidateActionTest, ChildrenComeWithTheirChildren) {
  constexpr std::string_view kInner = "name: \"Inner\" steps { name: \"S\" check_readiness { tpm: true } }";
  constexpr std::string_view kOuter =
      "name: \"Outer\" steps { name: \"S\" run_task_sequence { task_sequence: \"Inner\" } }";
  ASSERT_TRUE(Validate(kInner, {}, "inner.binpb").status.ok());
  std::string inner = absl::StrCat("--child=", Path("inner.binpb"));
  ASSERT_TRUE(Validate(kOuter, {inner}, "outer.binpb").status.ok());
  std::string outer = absl::StrCat("--child=", Path("outer.binpb"));
  Outcome outcome = Validate("name: \"T\" steps { name: \"S\" run_task_sequence { task_sequence: \"Outer\" } }",
                             {outer, inner}, "t.binpb");
  ASSERT_TRUE(outcome.status.ok()) << outcome.errors << outcome.status;
  TaskSequence sequence = *ReadSequence(*ReadWholeFile(Path("t.binpb"), kMaxSequenceSize));
  ASSERT_EQ(sequence.children_size(), 2);
  EXPECT_EQ(sequence.children(0).name(), "Outer");
  EXPECT_EQ(sequence.children(0).children_size(), 0);
  EXPECT_EQ(sequence.children(1).name(), "Inner");

  ASSERT_TRUE(Validate("name: \"Inner\" steps { name: \"S\" check_readiness { min_memory_mb: 5 } }", {}, "other.binpb")
                  .status.ok());
  EXPECT_EQ(Validate(kOuter, {inner, absl::StrCat("--child=", Path("other.binpb"))}).message(),
            "references bring in two different task sequences \"Inner\"; rename one");
  EXPECT_THAT(Validate(kOuter, {absl::StrCat("--child=", Write("bad.binpb", "x"))}).message(), HasSubstr("context"));
}

TEST(ValidateActionTest, UsageErrors) {
  EXPECT_TRUE(IsUsageError(Validate(kCommand, {"--media_kind=floppy"}).status));
  EXPECT_TRUE(IsUsageError(Validate(kCommand, {"--media_kind=media_kind_unspecified"}).status));
  EXPECT_TRUE(IsUsageError(Validate(kCommand, {"--reference=LAB00010"}).status));
  EXPECT_FALSE(Validate(kCommand, {"--no_such_flag=1"}).status.ok());
}

}  // namespace
}  // namespace tsmedia
