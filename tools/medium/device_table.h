// The partition table of a device that is larger than the image that was written to it.

#ifndef TSMEDIA_TOOLS_MEDIUM_DEVICE_TABLE_H_
#define TSMEDIA_TOOLS_MEDIUM_DEVICE_TABLE_H_

#include <map>
#include <string>

#include "tools/base/byte_source.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

// MovedTable returns what the regions of the partition table of `volume` have become on `device`, by their names: where
// they are, and the digests that they must have. `mediactl write` moves the backup GPT to a larger device's end, and
// MBR and primary GPT say so. That it is still the image's table shows when it is made for the image's size again: then
// it has the digests of the manifest.
//
// Empty if the device holds the image as it is (or something else): then all regions are where the manifest says.
std::map<std::string, RegionEntry> MovedTable(const ByteSource& device, const VolumeEntry& volume);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIUM_DEVICE_TABLE_H_
