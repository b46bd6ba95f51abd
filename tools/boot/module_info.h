// What a Linux kernel module says about itself.
//
// A module is an ELF relocatable file (System V ABI, chapter 4 "Object Files"); its section ".modinfo" is a run of
// "key=value" strings, each ended by NUL (linux/include/linux/moduleparam.h, __MODULE_INFO).

#ifndef TSMEDIA_TOOLS_BOOT_MODULE_INFO_H_
#define TSMEDIA_TOOLS_BOOT_MODULE_INFO_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/base/bytes.h"

namespace tsmedia {

struct ModuleInfo {
  std::string name;                  // "usb_storage"
  std::vector<std::string> depends;  // names of modules that must be loaded before
  // Names of modules that should be loaded before if they exist ("softdep=pre: ..."); the kernel asks for them while
  // this module is in use, for example for a checksum's implementation.
  std::vector<std::string> soft_depends;
  std::vector<std::string> aliases;  // patterns of the devices that it drives
};

// ParseModuleInfo reads an uncompressed 64-bit little-endian module. InvalidArgument says what is wrong with it.
absl::StatusOr<ModuleInfo> ParseModuleInfo(ByteSpan module);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BOOT_MODULE_INFO_H_
