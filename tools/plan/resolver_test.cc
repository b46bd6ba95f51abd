#include "tools/plan/resolver.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tsmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

PackInfo Pack(const std::string& id, const std::string& version = "1", const std::string& digest = "d") {
  PackInfo info;
  info.set_package_id(id);
  info.set_version(version);
  info.set_pack_digest(digest);
  return info;
}

std::vector<std::string> Ids(const std::vector<ResolvedPackage>& packages) {
  std::vector<std::string> ids;
  for (const ResolvedPackage& package : packages) {
    ids.push_back(package.info.package_id());
  }
  return ids;
}

TEST(ResolverTest, DependenciesComeFirstAndOnceInAnyOrderOfInput) {
  ResolverInput input;
  input.packages = {Pack("C"), Pack("A"), Pack("B"), Pack("D"), Pack("B")};
  input.dependencies = {{"A", {"B"}}, {"C", {"B", "D"}}};
  input.roots = {{"the task sequence", "C"}, {"content", "A"}};
  absl::StatusOr<std::vector<ResolvedPackage>> resolved = Resolve(input);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_THAT(Ids(*resolved), ElementsAre("B", "D", "C", "A"));
  EXPECT_EQ((*resolved)[0].reason, "the task sequence -> C -> B");
  EXPECT_EQ((*resolved)[3].reason, "content -> A");

  std::ranges::sort(input.packages, {}, [](const PackInfo& info) { return info.package_id(); });
  EXPECT_THAT(Ids(*Resolve(input)), ElementsAre("B", "D", "C", "A"));
}

TEST(ResolverTest, Refusals) {
  struct Case {
    const char* what;
    ResolverInput input;
    const char* message;
  };
  const Case cases[] = {
      {"missing",
       {{Pack("A")}, {{"A", {"B"}}}, {{"content", "A"}}},
       "package B is needed but not there (content -> A -> B)"},
      {"two versions", {{Pack("A", "2"), Pack("A", "1")}, {}, {{"content", "A"}}}, "in two versions, 1 and 2"},
      {"two contents", {{Pack("A", "1", "x"), Pack("A", "1", "y")}, {}, {{"content", "A"}}}, "two different packages"},
      {"circle",
       {{Pack("A"), Pack("B")}, {{"A", {"B"}}, {"B", {"A"}}}, {{"content", "A"}}},
       "package A depends on itself (content -> A -> B -> A)"},
      {"not needed", {{Pack("A"), Pack("B")}, {}, {{"content", "A"}}}, "package B is given but nothing needs it"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Resolve(c.input).status().message(), HasSubstr(c.message)) << c.what;
  }
}

TEST(ResolverTest, EndlessChainsEnd) {
  ResolverInput input;
  for (int i = 0; i < 5000; ++i) {
    input.packages.push_back(Pack(absl::StrCat("P", i)));
    input.dependencies[absl::StrCat("P", i)] = {absl::StrCat("P", i + 1)};
  }
  input.roots = {{"content", "P0"}};
  EXPECT_FALSE(Resolve(input).ok());
}

}  // namespace
}  // namespace tsmedia
