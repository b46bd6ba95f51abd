#include "tools/drive/pieces.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/bytes.h"
#include "tools/base/ranges_source.h"
#include "tools/drive/block_target.h"
#include "tools/drive/grains.h"

namespace tsmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kSize = 10 * kGrainSize + 100;

TEST(GrainsTest, All) {
  const Grains grains(kSize, true);
  EXPECT_EQ(grains.MarkedSize(), kSize);
  EXPECT_THAT(grains.MarkedIn({0, kSize}), ElementsAre(ByteRange{0, kSize}));
  EXPECT_THAT(grains.MarkedIn({8 * kGrainSize, 4 * kGrainSize}),
              ElementsAre(ByteRange{8 * kGrainSize, 2 * kGrainSize + 100}));
}

TEST(GrainsTest, Some) {
  Grains grains(kSize, false);
  EXPECT_EQ(grains.MarkedSize(), 0u);
  EXPECT_THAT(grains.MarkedIn({0, kSize}), IsEmpty());
  grains.Mark({kGrainSize + 5, 0});
  grains.Mark({kSize, 100 * kGrainSize});
  EXPECT_EQ(grains.MarkedSize(), 0u);
  grains.Mark({kGrainSize - 1, 2});
  grains.Mark({5 * kGrainSize, kGrainSize});
  grains.Mark({kSize - 1, 1000 * kGrainSize});
  EXPECT_EQ(grains.MarkedSize(), 3 * kGrainSize + 100);
  EXPECT_THAT(grains.MarkedIn({0, kSize}),
              ElementsAre(ByteRange{0, 2 * kGrainSize}, ByteRange{5 * kGrainSize, kGrainSize},
                          ByteRange{10 * kGrainSize, 100}));
  EXPECT_THAT(grains.MarkedIn({kGrainSize, kGrainSize}), ElementsAre(ByteRange{kGrainSize, kGrainSize}));
}

TEST(PiecesTest, EveryByteOnceWithAlignedBuffers) {
  const Grains grains(kSize, true);
  for (int threads : {1, 3}) {
    std::vector<uint8_t> seen(kSize);
    absl::Status status = ForEachPiece("testing", grains, kSize, {.threads = threads, .piece_size = 4 * kGrainSize},
                                       [&seen](uint64_t offset, MutableByteSpan first, MutableByteSpan second) {
                                         EXPECT_EQ(reinterpret_cast<uintptr_t>(first.data()) % kTargetAlignment, 0u);
                                         EXPECT_EQ(reinterpret_cast<uintptr_t>(second.data()) % kTargetAlignment, 0u);
                                         EXPECT_EQ(first.size(), second.size());
                                         std::fill(first.begin(), first.end(), uint8_t{1});
                                         std::fill(second.begin(), second.end(), uint8_t{2});
                                         for (size_t i = 0; i < first.size(); ++i) {
                                           seen[offset + i] = static_cast<uint8_t>(seen[offset + i] + first[i]);
                                         }
                                         return absl::OkStatus();
                                       });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(std::ranges::count(seen, 1), static_cast<std::ptrdiff_t>(kSize));
  }
}

TEST(PiecesTest, TheFirstErrorEndsTheWork) {
  const Grains grains(kSize, true);
  int calls = 0;
  absl::Status status =
      ForEachPiece("testing", grains, kSize, {.threads = 1, .piece_size = kGrainSize},
                   [&calls](uint64_t offset, MutableByteSpan, MutableByteSpan) {
                     return ++calls < 3 ? absl::OkStatus() : absl::DataLossError(absl::StrCat(offset));
                   });
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(status.message(), absl::StrCat(2 * kGrainSize));
}

}  // namespace
}  // namespace tsmedia
