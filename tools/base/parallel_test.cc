#include "tools/base/parallel.h"

#include <cstddef>
#include <set>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tsmedia {
namespace {

using ::testing::Each;

TEST(RunOnThreadsTest, DoesEveryPieceOnceWithABufferOfItsOwn) {
  constexpr size_t kCount = 1000;
  constexpr int kThreads = 4;
  std::vector<int> done(kCount);
  absl::Mutex mutex;
  std::set<const void*> buffers;
  RunOnThreads(kThreads, kCount, 16, [&](size_t number, MutableByteSpan buffer) {
    ASSERT_EQ(buffer.size(), 16u);
    ++done[number];
    absl::MutexLock lock(&mutex);
    buffers.insert(buffer.data());
  });
  EXPECT_THAT(done, Each(1));
  EXPECT_LE(buffers.size(), static_cast<size_t>(kThreads));
}

TEST(RunOnThreadsTest, MayHaveNothingToDo) {
  RunOnThreads(3, 0, 1, [](size_t, MutableByteSpan) { FAIL(); });
}

}  // namespace
}  // namespace tsmedia
