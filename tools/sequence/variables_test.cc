#include "tools/sequence/variables.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tsmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Names(std::string_view text) {
  std::vector<std::string> names;
  for (const VariableReference& reference : FindReferences(text)) {
    EXPECT_EQ(text.substr(reference.offset, 1), "%");
    names.emplace_back(reference.name);
  }
  return names;
}

TEST(VariablesTest, Names) {
  EXPECT_TRUE(IsVariableName("OSDComputerName"));
  EXPECT_TRUE(IsVariableName("a-b_1"));
  EXPECT_TRUE(IsVariableName(std::string(256, 'a')));
  for (const std::string& bad : {std::string(), std::string("1a"), std::string("-a"), std::string("a b"),
                                 std::string("a%"), std::string("ä"), std::string(257, 'a'), std::string("_a")}) {
    EXPECT_FALSE(IsVariableName(bad)) << bad;
  }
  EXPECT_TRUE(IsReadOnlyVariable("_SMSTSMake"));
  EXPECT_FALSE(IsReadOnlyVariable("SMSTSMake"));
  EXPECT_FALSE(IsReadOnlyVariable("_a b"));
}

TEST(VariablesTest, References) {
  EXPECT_THAT(Names(""), IsEmpty());
  EXPECT_THAT(Names("100% of 50%"), IsEmpty());
  EXPECT_THAT(Names("%"), IsEmpty());
  EXPECT_THAT(Names("%%"), IsEmpty());
  EXPECT_THAT(Names("date +%Y %m"), IsEmpty());
  EXPECT_THAT(Names("date +%Y-%m"), ElementsAre("Y-"));  // a name may end in a hyphen
  EXPECT_THAT(Names("%a%"), ElementsAre("a"));
  EXPECT_THAT(Names("x%a%%_b%y"), ElementsAre("a", "_b"));
  EXPECT_THAT(Names("%a%b%"), ElementsAre("a"));
  EXPECT_THAT(Names("50% %a%"), ElementsAre("a"));
}

TEST(VariablesTest, SingleReferences) {
  EXPECT_TRUE(IsSingleReference("%Secret%"));
  for (std::string_view bad : {"", "%", "%%", "Secret", "x%Secret%", "%Secret%x", "%a%%b%", "%a b%"}) {
    EXPECT_FALSE(IsSingleReference(bad)) << bad;
  }
}

TEST(VariablesTest, BuiltIn) {
  EXPECT_TRUE(IsBuiltInVariable("_smstslastactionsucceeded"));
  EXPECT_TRUE(IsBuiltInVariable("OSDAdapter0IPAddressList"));
  EXPECT_FALSE(IsBuiltInVariable("_SMSTSNothing"));
  EXPECT_FALSE(IsBuiltInVariable("OSDComputerName2"));
  for (const std::string& name : BuiltInVariables()) {
    std::string_view stem = std::string_view(name).substr(0, name.find('*'));
    EXPECT_TRUE(IsVariableName(stem) || IsReadOnlyVariable(stem)) << name;
  }
}

}  // namespace
}  // namespace tsmedia
