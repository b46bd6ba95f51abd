// What every byte of a drive shall be: the image of a medium, made to fit a device of another size.

#ifndef TSMEDIA_TOOLS_DRIVE_DEVICE_LAYOUT_H_
#define TSMEDIA_TOOLS_DRIVE_DEVICE_LAYOUT_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/base/extent.h"
#include "tools/base/layout_source.h"
#include "tools/base/ranges_source.h"

namespace tsmedia {

struct DeviceLayout {
  // Of the whole device. Behind `content_size` only the backup GPT counts: the rest stays what it is.
  Layout layout;
  // Bytes at the device's start that the image decides.
  uint64_t content_size = 0;
  // What makes the device a medium, in whole sectors, ascending and disjoint: the partition table and the volume
  // descriptor; and what makes the medium one to be believed: the signature. They are written last, in this order.
  std::vector<ByteRange> structures;
  std::vector<ByteRange> signature;
};

// LayoutForDevice fits `image`, whose inputs `open` opens, to a device of `size` bytes with sectors of `sector_size`.
// If the image has a GPT, its backup moves to the device's end, and primary GPT and protective MBR say so; the
// partitions stay. FailedPrecondition: the device is too small. InvalidArgument: the image has no signature, so it is
// no medium.
absl::StatusOr<DeviceLayout> LayoutForDevice(const Layout& image, const OpenInput& open, uint64_t size,
                                             uint32_t sector_size);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_DRIVE_DEVICE_LAYOUT_H_
