// A medium's image that exists already, as a layout.

#ifndef TSMEDIA_TOOLS_DRIVE_IMAGE_LAYOUT_H_
#define TSMEDIA_TOOLS_DRIVE_IMAGE_LAYOUT_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "tools/base/extent.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"

namespace tsmedia {

// The only input of the layout.
inline constexpr std::string_view kImageInput = "image";

// LayoutOfImage returns the layout of the image that `medium` was read from: slices of that image and nothing else. The
// image's structures and the signature have their regions as in the plan, what is between them is called "content".
// Errors are those of finding the signature, and InvalidArgument if the manifest's regions overlap or leave the image.
absl::StatusOr<Layout> LayoutOfImage(const Medium& medium, const AcceptedMedium& accepted);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_DRIVE_IMAGE_LAYOUT_H_
