// What a block device is, and whether it may be overwritten.

#ifndef TSMEDIA_TOOLS_DRIVE_DEVICE_CHECKS_H_
#define TSMEDIA_TOOLS_DRIVE_DEVICE_CHECKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tsmedia {

// A partition, as the kernel knows it.
struct PartitionFacts {
  std::string device;  // "/dev/sdb1"
  uint64_t size = 0;   // bytes
  std::string label;   // its name in a GPT; may be empty
};

// What the kernel says of a whole device.
struct DeviceFacts {
  std::string device;  // "/dev/sdb"
  std::string vendor;  // empty if it has none
  std::string model;
  uint64_t size = 0;  // bytes
  uint32_t sector_size = 512;
  bool removable = false;  // the medium, or the device as a whole (a stick, a memory card), can be taken out
  bool read_only = false;
  std::vector<PartitionFacts> partitions;
  // Who uses the device or something on it, one sentence each: "/dev/sdb1 is mounted at /media/stick".
  std::vector<std::string> uses;
  // Those of the uses that the running system stands on: / or /boot, directly or through volume groups and RAIDs.
  std::vector<std::string> system_uses;
};

// ReadDeviceFacts reads what /sys and /proc below `root` ("" on a machine) say of the block device with these numbers.
// InvalidArgument: it is a partition. NotFound: the kernel does not know the device.
absl::StatusOr<DeviceFacts> ReadDeviceFacts(const std::string& root, uint32_t major, uint32_t minor);

// DescribeDevice returns what people recognize a device by: a line of vendor, model and size, and a line for each
// partition.
std::string DescribeDevice(const DeviceFacts& facts);

// What a medium needs of a device.
struct DeviceNeeds {
  uint64_t size = 0;
  uint32_t sector_size = 512;
  bool is_iso = false;       // an ISO image cannot be made for other sectors
  bool allow_fixed = false;  // the user insists on a device that is not removable
};

// CheckDevice is FailedPrecondition, with what was seen and what to do, unless a medium may be written to the device:
// it is not in use, not the system's, not write-protected, large enough, has the right sectors, and is removable.
// Nothing but the last can be insisted on.
absl::Status CheckDevice(const DeviceFacts& facts, const DeviceNeeds& needs);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_DRIVE_DEVICE_CHECKS_H_
