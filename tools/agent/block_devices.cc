#include "tools/agent/block_devices.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"

namespace tsmedia {

bool MayHoldMedium(std::string_view name) {
  // NFIT devices (pmem) stay: firmware that boots from HTTP hands the medium over as one.
  for (std::string_view prefix : {"loop", "ram", "zram", "nbd", "fd", "dm-", "md"}) {
    if (absl::StartsWith(name, prefix)) {
      return false;
    }
  }
  // mmcblk0boot0, mmcblk0boot1 and mmcblk0rpmb belong to the firmware.
  const bool emmc = absl::StartsWith(name, "mmcblk");
  return !emmc || (!absl::StrContains(name, "boot") && !absl::StrContains(name, "rpmb"));
}

std::vector<std::string> BlockDevices(const std::string& root) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(root + "/sys/class/block", error), end; !error && it != end;
       it.increment(error)) {
    std::string name = it->path().filename();
    if (MayHoldMedium(name)) {
      names.push_back(std::move(name));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tsmedia
