// Sizes of the parts of a FAT file system. Internal to the writer.

#ifndef TSMEDIA_TOOLS_FAT_GEOMETRY_H_
#define TSMEDIA_TOOLS_FAT_GEOMETRY_H_

#include <cstdint>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "tools/fat/format.h"

namespace tsmedia::fat {

struct Geometry {
  FatType type = FatType::kFat12;
  uint32_t sector_size = 512;
  uint32_t cluster_sectors = 1;
  uint32_t reserved_sectors = 1;
  uint32_t fat_sectors = 0;   // of one of the two tables
  uint32_t root_entries = 0;  // FAT12 and FAT16
  uint32_t root_sectors = 0;
  uint64_t total_sectors = 0;
  uint64_t clusters = 0;

  uint64_t cluster_size() const { return uint64_t{sector_size} * cluster_sectors; }
  uint64_t first_data_sector() const { return reserved_sectors + 2 * uint64_t{fat_sectors} + root_sectors; }
};

struct GeometryRequest {
  std::optional<FatType> type;  // absent: FAT12 or FAT16
  uint64_t size = 0;            // bytes; 0: as few as needed
  uint32_t sector_size = 512;
  uint64_t root_entries = 0;  // that the root directory needs
  uint64_t free_space = 0;    // bytes beyond the content, at least
};

// PlanGeometry chooses type and cluster size and computes the rest. `clusters_needed` returns, for a cluster size in
// bytes and a type, how many clusters the content takes. InvalidArgument says what does not fit.
absl::StatusOr<Geometry> PlanGeometry(const GeometryRequest& request,
                                      absl::FunctionRef<uint64_t(uint64_t cluster_size, FatType type)> clusters_needed);

}  // namespace tsmedia::fat

#endif  // TSMEDIA_TOOLS_FAT_GEOMETRY_H_
