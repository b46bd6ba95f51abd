#include "tools/drive/device_layout.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/gpt/gpt.h"
#include "tools/gpt/gpt_layout.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

constexpr std::string_view kVolumeDescriptorRegion = "ISO 9660 primary volume descriptor";

constexpr std::array kGptRegions = {kProtectiveMbrRegion, kPrimaryGptRegion, kBackupGptRegion};

bool IsGpt(const Extent& extent) { return std::ranges::find(kGptRegions, extent.region) != kGptRegions.end(); }

bool IsSignature(const Extent& extent) { return extent.region == absl::StrCat("file /", kSignaturePath); }

Extent Structure(uint64_t offset, std::string bytes, std::string_view region) {
  const uint64_t length = bytes.size();
  return {offset, length, InlineBytes{std::move(bytes)}, std::string(region), true};
}

// The whole sectors that the extents lie in for which `wanted` is true.
template <typename Wanted>
std::vector<ByteRange> SectorsOf(const Layout& layout, uint32_t sector_size, Wanted wanted) {
  std::vector<ByteRange> sectors;
  for (const Extent& extent : layout.extents) {
    if (!wanted(extent) || extent.length == 0) {
      continue;
    }
    const uint64_t begin = extent.offset / sector_size * sector_size;
    const uint64_t end = std::min(RoundUp(extent.offset + extent.length, sector_size), layout.size);
    if (!sectors.empty() && sectors.back().offset + sectors.back().length >= begin) {
      sectors.back().length = end - sectors.back().offset;
    } else {
      sectors.push_back({begin, end - begin});
    }
  }
  return sectors;
}

// The image's table for a larger disk takes the place of its own.
absl::Status MoveBackup(const Layout& image, const OpenInput& open, Layout* layout) {
  auto primary = std::ranges::find(image.extents, kPrimaryGptRegion, &Extent::region);
  if (primary == image.extents.end() || layout->size == image.size) {
    return absl::OkStatus();
  }
  // The header lies in the second sector.
  const uint32_t sector_size = static_cast<uint32_t>(primary->offset);
  const uint64_t sectors = layout->size / sector_size;
  TSM_ASSIGN_OR_RETURN(GptBytes gpt, ResizeGpt(LayoutSource(image, open, "the image"), sector_size, sectors));
  std::erase_if(layout->extents, IsGpt);
  layout->extents.insert(layout->extents.begin(),
                         {Structure(0, gpt.primary.substr(0, sector_size), kProtectiveMbrRegion),
                          Structure(sector_size, gpt.primary.substr(sector_size), kPrimaryGptRegion)});
  const uint64_t backup = sectors * sector_size - gpt.backup.size();
  layout->extents.push_back(Structure(backup, std::move(gpt.backup), kBackupGptRegion));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DeviceLayout> LayoutForDevice(const Layout& image, const OpenInput& open, uint64_t size,
                                             uint32_t sector_size) {
  if (size < image.size) {
    return absl::FailedPreconditionError(
        absl::StrCat("too small: it has ", size, " bytes, the medium needs ", image.size));
  }
  DeviceLayout device = {
      .layout = {size, image.extents}, .content_size = image.size, .structures = {}, .signature = {}};
  TSM_RETURN_IF_ERROR(MoveBackup(image, open, &device.layout));
  device.structures = SectorsOf(device.layout, sector_size, [](const Extent& extent) {
    return IsGpt(extent) || extent.region == kVolumeDescriptorRegion;
  });
  device.signature = SectorsOf(device.layout, sector_size, IsSignature);
  if (device.signature.empty()) {
    return absl::InvalidArgumentError("the image holds no signature: it is not a medium");
  }
  return device;
}

}  // namespace tsmedia
