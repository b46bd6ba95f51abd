#include "tools/drive/image_layout.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tools/base/ranges_source.h"
#include "tools/base/render.h"
#include "tools/base/status_macros.h"
#include "tools/plan/manifest.pb.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

Extent ImagePart(uint64_t begin, uint64_t end, std::string region, bool structure) {
  return {begin, end - begin, InputSlice{std::string(kImageInput), begin}, std::move(region), structure};
}

}  // namespace

absl::StatusOr<Layout> LayoutOfImage(const Medium& medium, const AcceptedMedium& accepted) {
  const VolumeEntry& volume = accepted.manifest.manifest.volumes(static_cast<int>(accepted.volume.number()) - 1);
  std::vector<Extent> known;
  for (const RegionEntry& region : volume.structures()) {
    known.push_back(ImagePart(region.offset(), region.offset() + region.length(), region.name(), true));
  }
  TSM_ASSIGN_OR_RETURN(const std::vector<ByteRange> signature, medium.Locate(kSignaturePath));
  for (const ByteRange& range : signature) {
    known.push_back(
        ImagePart(range.offset, range.offset + range.length, absl::StrCat("file /", kSignaturePath), false));
  }
  std::ranges::sort(known, {}, &Extent::offset);
  Layout layout = {.size = volume.size(), .extents = {}};
  uint64_t end = 0;
  for (Extent& extent : known) {
    if (extent.offset > end) {
      layout.extents.push_back(ImagePart(end, extent.offset, "content", false));
    }
    end = extent.offset + extent.length;
    layout.extents.push_back(std::move(extent));
  }
  if (end < layout.size) {
    layout.extents.push_back(ImagePart(end, layout.size, "content", false));
  }
  TSM_RETURN_IF_ERROR(CheckLayout(layout));
  return layout;
}

}  // namespace tsmedia
