// Segments of an initial RAM disk.
//
// The kernel unpacks the segments that the boot loader hands over one after the other, each a compressed cpio archive
// of its own; a file in a later one replaces a file in an earlier one
// (linux/Documentation/driver-api/early-userspace/buffer-format.rst).

#ifndef TSMEDIA_TOOLS_BOOT_SEGMENT_H_
#define TSMEDIA_TOOLS_BOOT_SEGMENT_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace tsmedia {

// A regular file of a segment, or a symbolic link.
struct SegmentFile {
  uint32_t mode = 0644;
  std::string bytes = {};
  std::string link_target = {};  // not empty: a link
  bool operator==(const SegmentFile&) const = default;
};

// MakeSegment returns a segment with `files` (by path, without a leading slash) and the directories above them, as cpio
// in Zstandard. Equal files give equal bytes.
absl::StatusOr<std::string> MakeSegment(const std::map<std::string, SegmentFile>& files);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BOOT_SEGMENT_H_
