#include "tools/sequence/reference.h"

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "tools/sequence/schema.h"
#include "tools/sequence/sequence.pb.h"
#include "tools/sequence/sequence_testing.h"

namespace tsmedia {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

SchemaComments Comments() {
  absl::StatusOr<SchemaComments> comments = ReadSchemaComments(ReadTestFile("tools/sequence/sequence.proto"));
  EXPECT_TRUE(comments.ok()) << comments.status();
  return *comments;
}

bool IsAction(const FieldDescriptor* field) {
  return field->containing_type() == Step::descriptor() && field->real_containing_oneof() != nullptr;
}

// File systems need no words.
bool SpeaksForItself(const EnumDescriptor* type) { return type == Partition::FileSystem_descriptor(); }

TEST(ReferenceTest, EveryMessageFieldAndValueHasADescription) {
  SchemaComments comments = Comments();
  const auto* file = Step::descriptor()->file();
  for (int i = 0; i < file->message_type_count(); ++i) {
    const Descriptor* message = file->message_type(i);
    EXPECT_TRUE(comments.contains(std::string(message->full_name()))) << message->full_name();
    for (int j = 0; j < message->field_count(); ++j) {
      const FieldDescriptor* field = message->field(j);
      EXPECT_TRUE(IsAction(field) || comments.contains(std::string(field->full_name()))) << field->full_name();
    }
    for (int j = 0; j < message->enum_type_count(); ++j) {
      const EnumDescriptor* type = message->enum_type(j);
      for (int k = 0; k < type->value_count() && !SpeaksForItself(type); ++k) {
        EXPECT_TRUE(absl::EndsWith(type->value(k)->name(), "_UNSPECIFIED") ||
                    comments.contains(std::string(type->value(k)->full_name())))
            << type->value(k)->full_name();
      }
    }
  }
}

TEST(ReferenceTest, EveryStepSaysItsName) {
  std::set<std::string> titles;
  for (const FieldDescriptor* action : ActionFields()) {
    EXPECT_NE(ActionTitle(action), "") << action->name();
    EXPECT_TRUE(titles.insert(ActionTitle(action)).second) << action->name();
  }
}

TEST(ReferenceTest, ManualIsUpToDate) {
  EXPECT_TRUE(ReferenceManual(Comments()) == ReadTestFile("rules/docs/task_sequence_reference.md"))
      << "rules/docs/task_sequence_reference.md is stale; run: tools/bazel run //tools/sequence:reference";
}

TEST(ReferenceTest, BrokenSchema) { EXPECT_FALSE(ReadSchemaComments("message {").ok()); }

TEST(NearestNameTest, OffersOnlyWhatIsNear) {
  EXPECT_EQ(NearestName("run_comand_line", {"run_task_sequence", "run_command_line"}), "run_command_line");
  EXPECT_EQ(NearestName("TARGETT", {"BOOT_IMAGE", "TARGET"}), "TARGET");
  EXPECT_EQ(NearestName("target", {"TARGET"}), "TARGET");
  EXPECT_EQ(NearestName("x", {"abc"}), "");
  EXPECT_EQ(NearestName(std::string(65, 'a'), {std::string(65, 'a')}), "");
}

}  // namespace
}  // namespace tsmedia
