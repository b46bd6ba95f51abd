// What started this machine.

#ifndef TSMEDIA_TOOLS_AGENT_FIRMWARE_H_
#define TSMEDIA_TOOLS_AGENT_FIRMWARE_H_

#include <string>
#include <string_view>

namespace tsmedia {

enum class Firmware { kBios, kUefi, kUefiSecureBoot };

// DetectFirmware asks the kernel below `root` ("" on a machine).
Firmware DetectFirmware(const std::string& root);

// FirmwareText returns "BIOS", "UEFI" or "UEFI with Secure Boot".
std::string_view FirmwareText(Firmware firmware);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_FIRMWARE_H_
