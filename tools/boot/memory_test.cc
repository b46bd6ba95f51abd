#include "tools/boot/memory.h"

#include "gtest/gtest.h"
#include "tools/base/bytes.h"

namespace tsmedia {
namespace {

TEST(MinimumMemoryTest, IsTheSumInStepsOf64) {
  EXPECT_EQ(MinimumMemoryMb(0, 0), 512u);                      // 481
  EXPECT_EQ(MinimumMemoryMb(11 * kMiB, 20 * kMiB), 512u);      // 512
  EXPECT_EQ(MinimumMemoryMb(11 * kMiB + 1, 20 * kMiB), 576u);  // 513
  EXPECT_EQ(MinimumMemoryMb(96 * kMiB, 300 * kMiB), 896u);     // 877
}

TEST(MinimumMemoryTest, FilesTakeHalfAtMost) {
  EXPECT_EQ(MinimumMemoryMb(100 * kMiB, 2000 * kMiB), 4160u);  // 2 * 2000 + 128 = 4128
}

}  // namespace
}  // namespace tsmedia
