#include "tools/plan/volume_image.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"
#include "tools/plan/drive_layout.h"
#include "tools/plan/iso_volume.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {

absl::StatusOr<Layout> VolumeImage::LayOut(uint64_t manifest_size) {
  if (form_.format() == USB) {
    std::ranges::find(content_.files, kManifestPath, &MediumFile::path)->size = manifest_size;
    return LayoutDrive(content_, form_);
  }
  if (!iso_.has_value()) {
    TSM_ASSIGN_OR_RETURN(iso_, PlanIsoVolume(std::move(content_)));
  }
  TSM_RETURN_IF_ERROR(iso_->Resize(absl::StrCat("/", kManifestPath), manifest_size));
  return iso_->LayOut();
}

}  // namespace tsmedia
