#include "tools/fat/geometry.h"

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "tools/base/bytes.h"
#include "tools/fat/format.h"

namespace tsmedia::fat {
namespace {

absl::StatusOr<Geometry> Plan(std::optional<FatType> type, uint64_t size, uint32_t sector_size, uint64_t content) {
  return PlanGeometry({type, size, sector_size, 0}, [content](uint64_t cluster_size, FatType) {
    return RoundUp(content, cluster_size) / cluster_size;
  });
}

// Whether no implementation can take the type for another one.
bool IsSafe(const Geometry& geometry) {
  auto near = [&](uint64_t limit) { return geometry.clusters + 16 > limit && geometry.clusters < limit + 16; };
  FatType type = geometry.clusters < 4085    ? FatType::kFat12
                 : geometry.clusters < 65525 ? FatType::kFat16
                                             : FatType::kFat32;
  return type == geometry.type && !near(4085) && !near(65525);
}

TEST(GeometryTest, SmallestForContent) {
  struct {
    std::optional<FatType> type;
    uint64_t content;
    FatType expected;
    uint64_t clusters;
    uint64_t cluster_size;
  } cases[] = {
      {std::nullopt, 0, FatType::kFat12, 1, 2048},
      {std::nullopt, 3 * kMiB, FatType::kFat12, 1536, 2048},
      {std::nullopt, 4068 * 2048, FatType::kFat12, 4068, 2048},
      {std::nullopt, 4069 * 2048, FatType::kFat16, 4101, 2048},
      {std::nullopt, 16 * kMiB, FatType::kFat16, 8192, 2048},
      {FatType::kFat32, 1, FatType::kFat32, 65541, 512},
      {FatType::kFat32, 100 * kMiB, FatType::kFat32, 102400, 1024},
      {FatType::kFat32, 64 * kGiB, FatType::kFat32, 2097152, 32768},
      {FatType::kFat16, 200 * kMiB, FatType::kFat16, 51200, 4096},
      {FatType::kFat12, 16 * kMiB, FatType::kFat12, 2048, 8192},
  };
  for (const auto& c : cases) {
    absl::StatusOr<Geometry> geometry = Plan(c.type, 0, 512, c.content);
    ASSERT_TRUE(geometry.ok()) << geometry.status();
    EXPECT_EQ(geometry->type, c.expected) << c.content;
    EXPECT_EQ(geometry->clusters, c.clusters) << c.content;
    EXPECT_EQ(geometry->cluster_size(), c.cluster_size) << c.content;
    EXPECT_TRUE(IsSafe(*geometry));
    EXPECT_EQ(geometry->first_data_sector() % geometry->cluster_sectors, 0u);
  }
}

TEST(GeometryTest, FixedSizes) {
  struct {
    std::optional<FatType> type;
    uint64_t size;
    uint32_t sector_size;
    FatType expected;
    uint64_t cluster_size;
  } cases[] = {
      {std::nullopt, 1440 * kKiB, 512, FatType::kFat12, 2048},
      {std::nullopt, 16 * kMiB, 512, FatType::kFat16, 2048},
      {std::nullopt, 65535 * 512, 512, FatType::kFat16, 2048},
      {FatType::kFat32, 33 * kMiB, 512, FatType::kFat32, 512},
      {FatType::kFat32, 264 * kMiB, 4096, FatType::kFat32, 4096},
      {FatType::kFat32, 4 * kGiB, 512, FatType::kFat32, 4096},
      {FatType::kFat32, 16 * kGiB, 512, FatType::kFat32, 8192},
      {FatType::kFat32, 2047 * kGiB, 512, FatType::kFat32, 32768},
  };
  for (const auto& c : cases) {
    absl::StatusOr<Geometry> geometry = Plan(c.type, c.size, c.sector_size, 1000);
    ASSERT_TRUE(geometry.ok()) << geometry.status() << c.size;
    EXPECT_EQ(geometry->type, c.expected) << c.size;
    EXPECT_EQ(geometry->cluster_size(), c.cluster_size) << c.size;
    EXPECT_TRUE(IsSafe(*geometry));
    EXPECT_EQ(geometry->total_sectors * c.sector_size, c.size);
  }
}

TEST(GeometryTest, EverySizeIsSafeOrRefused) {
  for (uint64_t size = 64 * kKiB; size < 600 * kMiB; size += size / 97 / 512 * 512 + 512) {
    for (std::optional<FatType> type : {std::optional<FatType>(), std::optional(FatType::kFat12),
                                        std::optional(FatType::kFat16), std::optional(FatType::kFat32)}) {
      absl::StatusOr<Geometry> geometry = Plan(type, size, 512, 1000);
      if (geometry.ok()) {
        ASSERT_TRUE(IsSafe(*geometry)) << size;
        ASSERT_LE(geometry->first_data_sector() + geometry->clusters * geometry->cluster_sectors,
                  geometry->total_sectors);
        uint64_t bits = geometry->type == FatType::kFat12 ? 12 : geometry->type == FatType::kFat16 ? 16 : 32;
        ASSERT_GE(geometry->fat_sectors * 512 * 8, (geometry->clusters + 2) * bits);
      } else {
        // Only sizes outside of the type's range have no geometry.
        EXPECT_TRUE(type.has_value() || size < kMiB || size > 500 * kMiB) << size;
      }
    }
  }
}

TEST(GeometryTest, Refuses) {
  struct {
    std::optional<FatType> type;
    uint64_t size;
    uint32_t sector_size;
    uint64_t content;
    const char* message;
  } cases[] = {
      {FatType::kFat32, 32 * kMiB, 512, 1,
       "a size of 33554432 bytes gives no legal number of clusters for this type of FAT; FAT32 needs at least 33 MiB "
       "with "
       "512-byte and 264 MiB with 4 KiB sectors"},
      {FatType::kFat32, 256 * kMiB, 4096, 1,
       "a size of 268435456 bytes gives no legal number of clusters for this type of FAT; FAT32 needs at least 33 MiB "
       "with 512-byte and 264 MiB with 4 KiB sectors"},
      {FatType::kFat32, 64 * kMiB, 512, 65 * kMiB, "the files do not fit into 67108864 bytes"},
      {FatType::kFat32, 2049 * kGiB, 512, 1, "a size of 2200096997376 bytes is not 1 to 2^32-1 sectors of 512 bytes"},
      {std::nullopt, 1000, 512, 1, "a size of 1000 bytes is not 1 to 2^32-1 sectors of 512 bytes"},
      {std::nullopt, 0, 1024, 1, "a sector size of 1024 is not 512 or 4096"},
      {FatType::kFat12, 0, 512, kGiB, "the content is too large for this type of FAT"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Plan(c.type, c.size, c.sector_size, c.content).status().message(), c.message);
  }
}

}  // namespace
}  // namespace tsmedia::fat
