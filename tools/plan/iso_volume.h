// A volume as an ISO 9660 image.

#ifndef TSMEDIA_TOOLS_PLAN_ISO_VOLUME_H_
#define TSMEDIA_TOOLS_PLAN_ISO_VOLUME_H_

#include "absl/status/statusor.h"
#include "tools/iso9660/iso_layout.h"
#include "tools/plan/volume_content.h"

namespace tsmedia {

// PlanIsoVolume returns the image, planned. Errors are those of IsoImage and LayoutFat.
absl::StatusOr<IsoImage> PlanIsoVolume(VolumeContent volume);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_ISO_VOLUME_H_
