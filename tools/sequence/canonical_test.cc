#include "tools/sequence/canonical.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/sequence/limits.h"
#include "tools/sequence/references.h"

namespace tsmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TaskSequence Sample() {
  TaskSequence sequence;
  sequence.set_name("Deploy");
  Step* group = sequence.add_steps();
  group->set_name("Install");
  Step* command = group->mutable_group()->add_steps();
  command->set_name("Command");
  command->mutable_run_command_line()->set_command_line("true");
  command->mutable_run_command_line()->set_package("LAB00011");
  Step* image = sequence.add_steps();
  image->set_name("Image");
  image->mutable_apply_operating_system_image()->set_image("LAB00001");
  TaskSequence* child = sequence.add_children();
  child->set_name("Child");
  Step* applications = child->add_steps();
  applications->mutable_install_application()->add_applications("LAB00021");
  applications->mutable_install_application()->add_applications("LAB00011");
  return sequence;
}

std::string ReadError(const std::string& bytes) {
  absl::StatusOr<TaskSequence> sequence = ReadSequence(bytes);
  return sequence.ok() ? "" : std::string(sequence.status().message());
}

TEST(CanonicalTest, RoundTrip) {
  absl::StatusOr<std::string> bytes = WriteSequence(Sample());
  ASSERT_TRUE(bytes.ok());
  EXPECT_THAT(*bytes, testing::StartsWith("\n\x13tsmedia/sequence/v1"));
  absl::StatusOr<TaskSequence> read = ReadSequence(*bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->context(), "tsmedia/sequence/v1");
  EXPECT_EQ(*WriteSequence(*read), *bytes);
}

TEST(CanonicalTest, RefusesEverythingElse) {
  std::string bytes = *WriteSequence(Sample());
  EXPECT_THAT(ReadError(""), HasSubstr("context"));
  std::string other_context = bytes;
  other_context[5] ^= 1;
  EXPECT_THAT(ReadError(other_context), HasSubstr("context"));
  EXPECT_THAT(ReadError(bytes.substr(0, bytes.size() - 1)), HasSubstr("damaged"));
  EXPECT_THAT(ReadError(bytes + "\x12\x01x"), HasSubstr("not canonical"));     // the name again, at the end
  EXPECT_THAT(ReadError(bytes + "\xf8\x3f\x01"), HasSubstr("not canonical"));  // field 1023
  EXPECT_THAT(ReadError(std::string(kMaxSequenceSize + 1, 'x')), HasSubstr("at most 2097152"));
}

TEST(CanonicalTest, RefusesDeepNesting) {
  TaskSequence sequence;
  Step* step = sequence.add_steps();
  for (int i = 0; i < kMaxMessageDepth / 2; ++i) {
    step = step->mutable_group()->add_steps();
  }
  EXPECT_THAT(ReadError(*WriteSequence(sequence)), HasSubstr("nested more than 90 deep"));
}

TEST(CanonicalTest, RefusesToWriteTooMuch) {
  TaskSequence sequence;
  sequence.set_description(std::string(kMaxSequenceSize, 'x'));
  EXPECT_EQ(WriteSequence(sequence).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(ReferencesTest, InOrderOfFirstUse) {
  EXPECT_THAT(PackageReferences(Sample()), ElementsAre("LAB00011", "LAB00001", "LAB00021"));
  EXPECT_TRUE(PackageReferences(TaskSequence()).empty());
}

}  // namespace
}  // namespace tsmedia
