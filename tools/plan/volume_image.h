// The image of a volume: an ISO 9660 image or that of a USB drive.

#ifndef TSMEDIA_TOOLS_PLAN_VOLUME_IMAGE_H_
#define TSMEDIA_TOOLS_PLAN_VOLUME_IMAGE_H_

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "tools/base/extent.h"
#include "tools/iso9660/iso_layout.h"
#include "tools/plan/media.pb.h"
#include "tools/plan/volume_content.h"

namespace tsmedia {

// VolumeImage lays a volume out again and again while it is found out how long the manifest is, which describes all
// volumes. Names and directories are planned once.
class VolumeImage {
 public:
  // `content`, one of whose files is the manifest, views nothing that ends before this object. So does `form`.
  VolumeImage(VolumeContent content, const MediaForm& form) : content_(std::move(content)), form_(form) {}

  // LayOut returns the layout with a manifest of `manifest_size` bytes. Errors are those of the formats.
  absl::StatusOr<Layout> LayOut(uint64_t manifest_size);

 private:
  VolumeContent content_;  // of an ISO image: until it is planned
  const MediaForm& form_;
  std::optional<IsoImage> iso_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_VOLUME_IMAGE_H_
