#include "tools/plan/volume_packing.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/bytes.h"
#include "tools/content/pack_info.h"

namespace tsmedia {
namespace {

using testing::HasSubstr;

constexpr uint64_t kSector = 2048;

uint64_t SegmentBytes(const std::vector<uint64_t>& sizes, const PackedSegment& segment) {
  const uint64_t begin = segment.first_block * kBlockSize;
  return std::min(segment.block_count * kBlockSize, sizes[segment.pack] - begin);
}

// A format whose structures take a fixed number of bytes, some for each pack, and a few for each segment.
struct Format {
  uint64_t first_volume = 40 * kMiB;
  uint64_t other_volumes = kMiB;
  uint64_t pack = 4 * kSector;
  uint64_t segment = 100;

  uint64_t SizeOf(const std::vector<uint64_t>& sizes, uint32_t number, const PackedVolume& volume) const {
    uint64_t size = number == 1 ? first_volume : other_volumes;
    uint64_t structures = 0;
    for (size_t i = 0; i < volume.size(); ++i) {
      size += RoundUp(SegmentBytes(sizes, volume[i]), kSector);
      structures += segment;
      structures += i == 0 || volume[i].pack != volume[i - 1].pack ? pack : 0;
    }
    return size + RoundUp(structures, kSector);
  }
};

absl::StatusOr<std::vector<PackedVolume>> Pack(const std::vector<uint64_t>& sizes, uint64_t volume_size,
                                               const Format& format = {}) {
  return PackVolumes(sizes, volume_size, [&](uint32_t number, const PackedVolume& volume) -> absl::StatusOr<uint64_t> {
    return format.SizeOf(sizes, number, volume);
  });
}

// Checks that the volumes hold each block of each pack once and in order, in segments that may be.
void ExpectComplete(const std::vector<uint64_t>& sizes, const std::vector<PackedVolume>& volumes) {
  size_t pack = 0;
  uint64_t block = 0;
  auto skip_ended = [&] {
    while (pack < sizes.size() && block * kBlockSize >= sizes[pack]) {
      ++pack;
      block = 0;
    }
  };
  for (const PackedVolume& volume : volumes) {
    for (const PackedSegment& segment : volume) {
      skip_ended();
      ASSERT_EQ(segment.pack, pack);
      ASSERT_EQ(segment.first_block, block);
      ASSERT_GE(segment.block_count, 1u);
      ASSERT_LE(segment.block_count, kMaxSegmentBlocks);
      block += segment.block_count;
      ASSERT_LT((block - 1) * kBlockSize, sizes[pack]);
    }
  }
  skip_ended();
  EXPECT_EQ(pack, sizes.size());
}

// What follows the last segment of `volume`: bytes of the next block, 0 if there is none.
uint64_t NextBlock(const std::vector<uint64_t>& sizes, const PackedSegment& last) {
  const uint64_t end = (last.first_block + last.block_count) * kBlockSize;
  if (end < sizes[last.pack]) {
    return std::min(kBlockSize, sizes[last.pack] - end);
  }
  const auto next = std::find_if(sizes.begin() + static_cast<ptrdiff_t>(last.pack) + 1, sizes.end(),
                                 [](uint64_t size) { return size > 0; });
  return next == sizes.end() ? 0 : std::min(kBlockSize, *next);
}

std::vector<uint64_t> RandomSizes(std::mt19937_64& random) {
  const std::vector<uint64_t> limits = {1, 10 * kKiB, 3 * kMiB, 50 * kMiB, 3 * kGiB};
  std::vector<uint64_t> sizes(random() % 200);
  for (uint64_t& size : sizes) {
    size = random() % limits[random() % limits.size()];
  }
  return sizes;
}

bool AreEqual(const PackedVolume& a, const PackedVolume& b) {
  return std::ranges::equal(a, b, [](const PackedSegment& x, const PackedSegment& y) {
    return x.pack == y.pack && x.first_block == y.first_block && x.block_count == y.block_count;
  });
}

TEST(VolumePackingTest, EveryBlockOnceVolumesFullAndNeverTooFull) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 2000; ++round) {
    const std::vector<uint64_t> sizes = RandomSizes(random);
    const uint64_t volume_size = 60 * kMiB + random() % (2 * kGiB);
    const absl::StatusOr<std::vector<PackedVolume>> volumes = Pack(sizes, volume_size);
    ASSERT_TRUE(volumes.ok()) << volumes.status();
    ExpectComplete(sizes, *volumes);
    const Format format;
    for (size_t i = 0; i < volumes->size(); ++i) {
      const uint32_t number = static_cast<uint32_t>(i + 1);
      const uint64_t used = format.SizeOf(sizes, number, (*volumes)[i]);
      ASSERT_LE(used, volume_size);
      // Not even the next block would fit.
      if (i + 1 < volumes->size()) {
        PackedVolume fuller = (*volumes)[i];
        fuller.push_back((*volumes)[i + 1].front());
        fuller.back().block_count = 1;
        ASSERT_GT(format.SizeOf(sizes, number, fuller), volume_size);
        if (!(*volumes)[i].empty()) {
          ASSERT_LT(volume_size - used, NextBlock(sizes, (*volumes)[i].back()) + format.pack + 2 * kSector);
        }
      }
    }
  }
}

TEST(VolumePackingTest, APackAtTheEndMovesNothingBefore) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 500; ++round) {
    std::vector<uint64_t> sizes = RandomSizes(random);
    const uint64_t volume_size = 60 * kMiB + random() % kGiB;
    const absl::StatusOr<std::vector<PackedVolume>> before = Pack(sizes, volume_size);
    sizes.push_back(random() % (100 * kMiB));
    const absl::StatusOr<std::vector<PackedVolume>> after = Pack(sizes, volume_size);
    ASSERT_TRUE(before.ok() && after.ok());
    ASSERT_GE(after->size(), before->size());
    for (size_t i = 0; i + 1 < before->size(); ++i) {
      ASSERT_TRUE(AreEqual((*before)[i], (*after)[i])) << i;
    }
  }
}

TEST(VolumePackingTest, WithoutALimitThereIsOneVolume) {
  const std::vector<uint64_t> sizes = {0, 1, 5 * kGiB + 7, 0};
  absl::StatusOr<std::vector<PackedVolume>> volumes =
      PackVolumes(sizes, 0, [](uint32_t, const PackedVolume&) -> absl::StatusOr<uint64_t> {
        return absl::InternalError("nobody has to ask");
      });
  ASSERT_TRUE(volumes.ok()) << volumes.status();
  ASSERT_EQ(volumes->size(), 1u);
  EXPECT_EQ((*volumes)[0].size(), 4u);
  ExpectComplete(sizes, *volumes);
}

TEST(VolumePackingTest, NothingIsOneVolumeAsWell) {
  absl::StatusOr<std::vector<PackedVolume>> volumes = Pack({}, 100 * kMiB);
  ASSERT_TRUE(volumes.ok()) << volumes.status();
  ASSERT_EQ(volumes->size(), 1u);
  EXPECT_TRUE((*volumes)[0].empty());
}

TEST(VolumePackingTest, SaysWhatDoesNotFit) {
  // The boot parts alone.
  absl::Status status = Pack({kMiB}, 39 * kMiB).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_THAT(status.message(), HasSubstr("volume_size: a volume of 40894464 bytes"));
  EXPECT_THAT(status.message(), HasSubstr("41943040 bytes"));
  // A volume of its own for the boot parts is none for content.
  EXPECT_TRUE(Pack({100 * kMiB}, 40 * kMiB).ok());
  status = Pack({100 * kMiB}, 40 * kMiB, {.other_volumes = 37 * kMiB}).status();
  EXPECT_THAT(status.message(), HasSubstr("no room for a block of content: volume 2"));
}

}  // namespace
}  // namespace tsmedia
