#include "tools/agent/validity.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

// 2026-01-01T00:00:00Z and 2027-01-01T00:00:00Z.
constexpr int64_t kBegin = 1767225600;
constexpr int64_t kEnd = 1798761600;

Manifest WithPeriod(int64_t not_before, int64_t not_after) {
  Manifest manifest;
  manifest.set_not_before(not_before);
  manifest.set_not_after(not_after);
  return manifest;
}

TEST(ValidityTest, BothEndsBelongToThePeriod) {
  const Manifest manifest = WithPeriod(kBegin, kEnd);
  EXPECT_TRUE(CheckValidity(manifest, kBegin).ok());
  EXPECT_TRUE(CheckValidity(manifest, kEnd).ok());
  EXPECT_EQ(ValidityText(manifest), "from 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z");
}

TEST(ValidityTest, AnEarlierClockIsWrong) {
  EXPECT_THAT(CheckValidity(WithPeriod(kBegin, kEnd), kBegin - 1).message(),
              HasSubstr("clock of this machine is wrong: it says 2025-12-31T23:59:59Z"));
}

TEST(ValidityTest, ALaterClockMeansExpired) {
  EXPECT_THAT(CheckValidity(WithPeriod(kBegin, kEnd), kEnd + 1).message(),
              HasSubstr("was valid until 2027-01-01T00:00:00Z and it is 2027-01-01T00:00:01Z"));
}

TEST(ValidityTest, ZeroIsNoLimit) {
  EXPECT_TRUE(CheckValidity(WithPeriod(0, kEnd), 0).ok());
  EXPECT_TRUE(CheckValidity(WithPeriod(kBegin, 0), kEnd * 2).ok());
  EXPECT_EQ(ValidityText(WithPeriod(0, kEnd)), "to 2027-01-01T00:00:00Z");
  EXPECT_EQ(ValidityText(WithPeriod(kBegin, 0)), "from 2026-01-01T00:00:00Z");
  EXPECT_EQ(ValidityText(WithPeriod(0, 0)), "without limit");
}

}  // namespace
}  // namespace tsmedia
