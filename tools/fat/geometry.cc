#include "tools/fat/geometry.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"

namespace tsmedia::fat {
namespace {

// Implementations differ by a few clusters in where a type ends, so none is planned within 16 of a limit (fatgen, "FAT
// Type Determination").
constexpr uint64_t kMargin = 16;
// Larger clusters than 32 KiB are not portable (fatgen, BPB_SecPerClus).
constexpr uint64_t kMaxClusterSize = 32 * kKiB;
// Sectors are numbered with 32 bits.
constexpr uint64_t kMaxSectors = 0xffffffff;
// A UEFI boot image is read from a disc of 2048-byte sectors: smaller clusters would split them.
constexpr uint64_t kPreferredSmallCluster = 2048;
// FAT12 and FAT16: what fatgen recommends for FAT16.
constexpr uint64_t kMinRootEntries = 512;
// FAT32: boot sectors, FSInfo and their backups fit into it (fatgen, BPB_RsvdSecCnt).
constexpr uint32_t kFat32ReservedSectors = 32;

struct ClusterRange {
  uint64_t min;
  uint64_t max;
};

ClusterRange RangeOf(FatType type) {
  switch (type) {
    case FatType::kFat12:
      return {1, kFat16MinClusters - kMargin - 1};
    case FatType::kFat16:
      return {kFat16MinClusters + kMargin, kFat32MinClusters - kMargin - 1};
    case FatType::kFat32:
      break;
  }
  return {kFat32MinClusters + kMargin, kFat32MaxClusters};
}

bool InRange(FatType type, uint64_t clusters) { return clusters >= RangeOf(type).min && clusters <= RangeOf(type).max; }

uint64_t BitsPerEntry(FatType type) {
  switch (type) {
    case FatType::kFat12:
      return 12;
    case FatType::kFat16:
      return 16;
    case FatType::kFat32:
      break;
  }
  return 32;
}

uint64_t FatSectorsFor(FatType type, uint64_t clusters, uint32_t sector_size) {
  uint64_t bytes = ((clusters + kFirstCluster) * BitsPerEntry(type) + 7) / 8;
  return RoundUp(bytes, sector_size) / sector_size;
}

// Geometry of `type` without table size and clusters.
Geometry Frame(FatType type, const GeometryRequest& request, uint64_t cluster_size) {
  Geometry geometry;
  geometry.type = type;
  geometry.sector_size = request.sector_size;
  geometry.cluster_sectors = static_cast<uint32_t>(cluster_size / request.sector_size);
  if (type != FatType::kFat32) {
    uint64_t entries = RoundUp(std::max(request.root_entries, kMinRootEntries), request.sector_size / kEntrySize);
    geometry.root_entries = static_cast<uint32_t>(entries);
    geometry.root_sectors = static_cast<uint32_t>(entries * kEntrySize / request.sector_size);
  }
  return geometry;
}

// Sets the size of the tables, and as many reserved sectors as bring the first cluster to a multiple of the cluster
// size: flash blocks and CD sectors are then never shared by two clusters.
void SetTables(uint64_t fat_sectors, Geometry* geometry) {
  geometry->fat_sectors = static_cast<uint32_t>(fat_sectors);
  uint32_t reserved = geometry->type == FatType::kFat32 ? kFat32ReservedSectors : 1;
  geometry->reserved_sectors = 0;
  uint64_t before = geometry->first_data_sector();
  geometry->reserved_sectors = static_cast<uint32_t>(RoundUp(before + reserved, geometry->cluster_sectors) - before);
}

// The geometry for exactly `clusters` clusters.
Geometry ForClusters(Geometry geometry, uint64_t clusters) {
  SetTables(FatSectorsFor(geometry.type, clusters, geometry.sector_size), &geometry);
  geometry.clusters = clusters;
  geometry.total_sectors = geometry.first_data_sector() + clusters * geometry.cluster_sectors;
  return geometry;
}

// The geometry for exactly `total_sectors`; no clusters if it is too small.
Geometry ForSectors(Geometry geometry, uint64_t total_sectors) {
  geometry.total_sectors = total_sectors;
  uint64_t fat_sectors = 1;
  while (true) {
    SetTables(fat_sectors, &geometry);
    if (geometry.first_data_sector() >= total_sectors) {
      geometry.clusters = 0;
      return geometry;
    }
    geometry.clusters = (total_sectors - geometry.first_data_sector()) / geometry.cluster_sectors;
    uint64_t wanted = FatSectorsFor(geometry.type, geometry.clusters, geometry.sector_size);
    if (wanted <= fat_sectors) {
      return geometry;
    }
    fat_sectors = wanted;  // grows until it is enough: larger tables leave fewer clusters
  }
}

// Cluster size that Windows takes for FAT32 of this size.
uint64_t UsualFat32Cluster(uint64_t size) {
  if (size <= 64 * kMiB) return 512;
  if (size <= 128 * kMiB) return kKiB;
  if (size <= 256 * kMiB) return 2 * kKiB;
  if (size <= 8 * kGiB) return 4 * kKiB;
  if (size <= 16 * kGiB) return 8 * kKiB;
  if (size <= 32 * kGiB) return 16 * kKiB;
  return kMaxClusterSize;
}

std::vector<FatType> TypesOf(const GeometryRequest& request) {
  return request.type.has_value() ? std::vector<FatType>{*request.type}
                                  : std::vector<FatType>{FatType::kFat12, FatType::kFat16};
}

// Cluster sizes in the order in which they are tried: the usual one, larger ones, then smaller ones. If the type is
// open, FAT12 gets the usual one only: FAT16 with small clusters rather than FAT12 with large ones.
std::vector<uint64_t> ClusterSizes(const GeometryRequest& request, FatType type, uint64_t size) {
  uint64_t usual = type == FatType::kFat32 ? UsualFat32Cluster(size) : kPreferredSmallCluster;
  usual = std::max<uint64_t>(usual, request.sector_size);
  if (!request.type.has_value() && type == FatType::kFat12) {
    return {usual};
  }
  std::vector<uint64_t> sizes;
  for (uint64_t size = usual; size <= kMaxClusterSize; size *= 2) {
    sizes.push_back(size);
  }
  for (uint64_t size = usual / 2; size >= request.sector_size; size /= 2) {
    sizes.push_back(size);
  }
  return sizes;
}

absl::StatusOr<Geometry> SmallestGeometry(const GeometryRequest& request,
                                          absl::FunctionRef<uint64_t(uint64_t, FatType)> clusters_needed) {
  auto all_clusters = [&](uint64_t cluster_size, FatType type) {
    return clusters_needed(cluster_size, type) + RoundUp(request.free_space, cluster_size) / cluster_size;
  };
  for (FatType type : TypesOf(request)) {
    const uint64_t size = all_clusters(request.sector_size, type) * request.sector_size;
    for (uint64_t cluster_size : ClusterSizes(request, type, size)) {
      uint64_t clusters = std::max(all_clusters(cluster_size, type), RangeOf(type).min);
      Geometry geometry = ForClusters(Frame(type, request, cluster_size), clusters);
      if (InRange(type, clusters) && geometry.total_sectors <= kMaxSectors) {
        return geometry;
      }
    }
  }
  return absl::InvalidArgumentError("the content is too large for this type of FAT");
}

absl::StatusOr<Geometry> FixedGeometry(const GeometryRequest& request,
                                       absl::FunctionRef<uint64_t(uint64_t, FatType)> clusters_needed) {
  uint64_t sectors = request.size / request.sector_size;
  if (request.size % request.sector_size != 0 || sectors > kMaxSectors) {
    return absl::InvalidArgumentError(absl::StrCat("a size of ", request.size, " bytes is not 1 to 2^32-1 sectors of ",
                                                   request.sector_size, " bytes"));
  }
  bool too_small = false;
  for (FatType type : TypesOf(request)) {
    for (uint64_t cluster_size : ClusterSizes(request, type, request.size)) {
      Geometry geometry = ForSectors(Frame(type, request, cluster_size), sectors);
      if (!InRange(type, geometry.clusters)) {
        continue;
      }
      if (clusters_needed(cluster_size, type) <= geometry.clusters) {
        return geometry;
      }
      too_small = true;
    }
  }
  return absl::InvalidArgumentError(
      too_small
          ? absl::StrCat("the files do not fit into ", request.size, " bytes")
          : absl::StrCat("a size of ", request.size, " bytes gives no legal number of clusters for this type of FAT; ",
                         "FAT32 needs at least 33 MiB with 512-byte and 264 MiB with 4 KiB sectors"));
}

}  // namespace

absl::StatusOr<Geometry> PlanGeometry(const GeometryRequest& request,
                                      absl::FunctionRef<uint64_t(uint64_t, FatType)> clusters_needed) {
  if (request.sector_size != 512 && request.sector_size != 4096) {
    return absl::InvalidArgumentError(absl::StrCat("a sector size of ", request.sector_size, " is not 512 or 4096"));
  }
  return request.size == 0 ? SmallestGeometry(request, clusters_needed) : FixedGeometry(request, clusters_needed);
}

}  // namespace tsmedia::fat
