#include "tools/plan/definition.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

MediaDefinition Good() {
  MediaDefinition definition;
  definition.label = "BRANCH01";
  definition.arch = "x86_64";
  return definition;
}

TEST(DefinitionTest, Times) {
  EXPECT_EQ(*ParseTime("not_before", "2026-01-01T00:00:00Z"), 1767225600);
  EXPECT_EQ(FormatTime(1767225600), "2026-01-01T00:00:00Z");
  EXPECT_EQ(*ParseTime("not_before", ""), 0);
  for (const char* text :
       {"2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00+01:00", "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z", " 2026-01-01T00:00:00Z", "2026-01-01T00:00:60Z", "26-01-01T00:00:00Z"}) {
    EXPECT_THAT(ParseTime("not_before", text).status().message(), HasSubstr("not_before: ")) << text;
  }
}

TEST(DefinitionTest, RefusesWhatMediaCannotCarry) {
  EXPECT_TRUE(ValidateDefinition(Good()).ok());
  struct Case {
    void (*change)(MediaDefinition&);
    const char* message;
  };
  const Case cases[] = {
      {[](MediaDefinition& d) { d.label = ""; }, "label: "},
      {[](MediaDefinition& d) { d.label = std::string(33, 'A'); }, "label: "},
      {[](MediaDefinition& d) { d.label = " A"; }, "label: "},
      {[](MediaDefinition& d) { d.label = "A\nB"; }, "label: "},
      {[](MediaDefinition& d) { d.not_before = 2, d.not_after = 1; }, "not_after: "},
      {[](MediaDefinition& d) { d.file_time = 0; }, "file_time: "},
      {[](MediaDefinition& d) { d.file_time = int64_t{1} << 40; }, "file_time: "},
      {[](MediaDefinition& d) { d.variables["_SMSTSMake"] = ""; }, "variables: "},
      {[](MediaDefinition& d) { d.variables["a b"] = ""; }, "variables: "},
      {[](MediaDefinition& d) { d.variables["A"] = std::string(4001, 'x'); }, "variables: A: "},
      {[](MediaDefinition& d) { d.prestart = Prestart{"x", "run"}; }, "package ID"},
      {[](MediaDefinition& d) { d.prestart = Prestart{"LAB00001", ""}; }, "prestart: "},
  };
  for (const Case& c : cases) {
    MediaDefinition definition = Good();
    c.change(definition);
    EXPECT_THAT(ValidateDefinition(definition).message(), HasSubstr(c.message));
  }
}

TEST(DefinitionTest, VariableNamesIgnoreCase) {
  MediaDefinition definition;
  definition.variables["OSDTimeZone"] = "UTC";
  EXPECT_FALSE(definition.variables.insert({"osdtimezone", "CET"}).second);
}

}  // namespace
}  // namespace tsmedia
