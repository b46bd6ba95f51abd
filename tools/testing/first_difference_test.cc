#include "tools/testing/first_difference.h"

#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tsmedia {
namespace {

using ::testing::Eq;
using ::testing::Optional;

std::optional<uint64_t> Compare(std::string first, std::string second) {
  absl::StatusOr<std::optional<uint64_t>> result =
      FirstDifference(MemorySource(std::move(first)), MemorySource(std::move(second)));
  EXPECT_TRUE(result.ok()) << result.status();
  return *result;
}

TEST(FirstDifferenceTest, EqualSourcesHaveNone) {
  EXPECT_THAT(Compare("", ""), Eq(std::nullopt));
  EXPECT_THAT(Compare("abc", "abc"), Eq(std::nullopt));
}

TEST(FirstDifferenceTest, FindsTheFirstOfSeveral) { EXPECT_THAT(Compare("abcd", "aXcX"), Optional(1)); }

TEST(FirstDifferenceTest, FindsMissingBytes) {
  EXPECT_THAT(Compare("abc", "ab"), Optional(2));
  EXPECT_THAT(Compare("", "a"), Optional(0));
}

TEST(FirstDifferenceTest, FindsADifferenceBeyondTheFirstPart) {
  constexpr size_t kOffset = (size_t{1} << 20) + 17;
  const std::string first(kOffset + 100, 'x');
  std::string second = first;
  second[kOffset] = 'y';
  EXPECT_THAT(Compare(first, second), Optional(kOffset));
}

}  // namespace
}  // namespace tsmedia
