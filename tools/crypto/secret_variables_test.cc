#include "tools/crypto/secret_variables.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/crypto/secret_file.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(SecretVariablesTest, ReadsNamesAndValues) {
  absl::StatusOr<std::vector<SecretVariable>> variables =
      ParseSecretVariables(absl::StrCat(NewSaltLine(), "# comment\n\nOSDJoinPassword=a=b #c \nEmpty=\nLast=x"));
  ASSERT_TRUE(variables.ok()) << variables.status();
  ASSERT_EQ(variables->size(), 3u);
  EXPECT_EQ((*variables)[0].name, "OSDJoinPassword");
  EXPECT_EQ((*variables)[0].value.text(), "a=b #c ");
  EXPECT_EQ((*variables)[1].value.text(), "");
  EXPECT_EQ((*variables)[2].name, "Last");
}

TEST(SecretVariablesTest, ErrorsNameTheLineAndKeepTheSecret) {
  for (const char* line : {"hunter2", "=hunter2"}) {
    const absl::Status status = ParseSecretVariables(absl::StrCat(NewSaltLine(), "A=b\n", line, "\n")).status();
    EXPECT_EQ(status.message(), "line 3 is not NAME=VALUE");
  }
  const absl::Status unsalted = ParseSecretVariables("A=hunter2\n").status();
  EXPECT_FALSE(unsalted.ok());
  EXPECT_THAT(std::string(unsalted.message()), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace tsmedia
