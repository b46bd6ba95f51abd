#include "tools/medium/volumes.h"

#include <numeric>
#include <set>

#include "absl/strings/str_cat.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {

std::vector<uint32_t> SingleVolume::AtHand() {
  std::vector<uint32_t> numbers(volumes_);
  std::iota(numbers.begin(), numbers.end(), 1);
  return numbers;
}

std::string VolumeText(const Manifest& manifest, uint32_t number) {
  const auto count = static_cast<uint32_t>(manifest.volumes_size());
  return absl::StrCat("volume ", number, " of ", count, " (\"", manifest.label(), VolumeEnding(number, count), "\")");
}

std::vector<uint32_t> VolumesOf(const PackageEntry& package) {
  std::set<uint32_t> numbers;
  for (const SegmentEntry& segment : package.segments()) {
    numbers.insert(segment.volume());
  }
  return std::vector<uint32_t>(numbers.begin(), numbers.end());
}

}  // namespace tsmedia
