// The machine's block devices.

#ifndef TSMEDIA_TOOLS_AGENT_BLOCK_DEVICES_H_
#define TSMEDIA_TOOLS_AGENT_BLOCK_DEVICES_H_

#include <string>
#include <string_view>
#include <vector>

namespace tsmedia {

// BlockDevices returns the names (as below /dev) of the whole disks and partitions that could hold a medium, in
// ascending order. Left out are devices of the kernel's own making (loop, RAM disks, zram), network block devices,
// floppy drives (a missing one takes seconds to say so) and the boot areas of eMMC. `root` is "" on a machine.
std::vector<std::string> BlockDevices(const std::string& root);

// MayHoldMedium is the rule by which BlockDevices leaves out names.
bool MayHoldMedium(std::string_view name);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_BLOCK_DEVICES_H_
