// What tells volumes apart for firmware and operating systems: GUIDs, serial numbers, dates. All of it derives from the
// media ID and the volume's number, so that equal media are equal and different ones are never mistaken for each other.

#ifndef TSMEDIA_TOOLS_PLAN_VOLUME_IDS_H_
#define TSMEDIA_TOOLS_PLAN_VOLUME_IDS_H_

#include <cstdint>
#include <string_view>

#include "tools/base/sha256.h"
#include "tools/gpt/guid.h"

namespace tsmedia {

class VolumeIds {
 public:
  VolumeIds() = default;
  VolumeIds(const Sha256Digest& media_id, uint32_t volume) : media_id_(media_id), volume_(volume) {}

  // GuidOf returns the GUID of the disk or a partition; `what` names it: "disk", "EFI system partition".
  Guid GuidOf(std::string_view what) const;

  // SerialOf returns the serial number of a FAT file system.
  uint32_t SerialOf(std::string_view what) const;

  // Date returns the modification date of an ISO 9660 volume, of which blkid makes a UUID: seconds since 1970, in 1980
  // to 2079, since FAT can say no earlier date and two digits of a year no later one.
  int64_t Date() const;

 private:
  Sha256Digest Derive(std::string_view what) const;

  Sha256Digest media_id_ = {};
  uint32_t volume_ = 0;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_VOLUME_IDS_H_
