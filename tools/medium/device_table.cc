#include "tools/medium/device_table.h"

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/base/sha256.h"
#include "tools/gpt/gpt.h"
#include "tools/gpt/gpt_layout.h"

namespace tsmedia {
namespace {

using Table = std::map<std::string, RegionEntry>;

RegionEntry Region(std::string_view name, uint64_t offset, std::string_view bytes) {
  RegionEntry region;
  region.set_name(std::string(name));
  region.set_offset(offset);
  region.set_length(bytes.size());
  region.set_sha256(std::string(DigestText(Sha256(bytes))));
  return region;
}

// The regions of the table that is on `device`, as it is on a disk of `sectors`. Empty if there is none.
Table ResizedTable(const ByteSource& device, uint32_t sector_size, uint64_t sectors) {
  absl::StatusOr<GptBytes> gpt = ResizeGpt(device, sector_size, sectors);
  if (!gpt.ok()) {
    return {};
  }
  const std::string_view primary = gpt->primary;
  Table table;
  for (const RegionEntry& region :
       {Region(kProtectiveMbrRegion, 0, primary.substr(0, sector_size)),
        Region(kPrimaryGptRegion, sector_size, primary.substr(sector_size)),
        Region(kBackupGptRegion, sectors * sector_size - gpt->backup.size(), gpt->backup)}) {
    table.emplace(region.name(), region);
  }
  return table;
}

// The regions of the table as the manifest has them.
Table ListedTable(const VolumeEntry& volume) {
  Table table;
  for (const RegionEntry& region : volume.structures()) {
    if (region.name() == kProtectiveMbrRegion || region.name() == kPrimaryGptRegion ||
        region.name() == kBackupGptRegion) {
      table.emplace(region.name(), region);
    }
  }
  return table;
}

bool IsAsListed(const Table& table, const Table& listed, std::string_view name) {
  auto a = table.find(std::string(name));
  auto b = listed.find(std::string(name));
  return a != table.end() && b != listed.end() && a->second.sha256() == b->second.sha256();
}

// Whether the device still has the primary GPT of the image.
bool HoldsImagesTable(const ByteSource& device, const RegionEntry& primary) {
  absl::StatusOr<std::string> bytes = device.ReadString(primary.offset(), primary.length());
  return bytes.ok() && DigestText(Sha256(*bytes)) == primary.sha256();
}

}  // namespace

std::map<std::string, RegionEntry> MovedTable(const ByteSource& device, const VolumeEntry& volume) {
  const Table listed = ListedTable(volume);
  const auto primary = listed.find(std::string(kPrimaryGptRegion));
  if (primary == listed.end() || device.size() <= volume.size()) {
    return {};
  }
  // The header lies in the second sector.
  const uint64_t sector_size = primary->second.offset();
  if ((sector_size != 512 && sector_size != 4096) || HoldsImagesTable(device, primary->second)) {
    return {};
  }
  const Table of_image = ResizedTable(device, static_cast<uint32_t>(sector_size), volume.size() / sector_size);
  if (!IsAsListed(of_image, listed, kPrimaryGptRegion) || !IsAsListed(of_image, listed, kBackupGptRegion)) {
    return {};
  }
  Table moved = ResizedTable(device, static_cast<uint32_t>(sector_size), device.size() / sector_size);
  if (!IsAsListed(of_image, listed, kProtectiveMbrRegion)) {
    // Its boot code was carried over from a damaged one: what the manifest says of it is not fulfilled.
    moved.erase(std::string(kProtectiveMbrRegion));
  }
  return moved;
}

}  // namespace tsmedia
