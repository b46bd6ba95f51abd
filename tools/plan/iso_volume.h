// A volume as an ISO 9660 image.

#ifndef TSMEDIA_TOOLS_PLAN_ISO_VOLUME_H_
#define TSMEDIA_TOOLS_PLAN_ISO_VOLUME_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "tools/base/extent.h"
#include "tools/plan/volume_content.h"

namespace tsmedia {

// LayoutIsoVolume returns the layout of the image. Errors are those of LayoutIso and LayoutFat.
absl::StatusOr<Layout> LayoutIsoVolume(const VolumeContent& volume);

// IsoVolumeSize returns its size in bytes, in a fraction of the time.
absl::StatusOr<uint64_t> IsoVolumeSize(const VolumeContent& volume);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_ISO_VOLUME_H_
