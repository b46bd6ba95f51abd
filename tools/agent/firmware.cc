#include "tools/agent/firmware.h"

#include <cstdint>
#include <filesystem>
#include <system_error>

#include "absl/status/statusor.h"
#include "tools/base/kernel_file.h"

namespace tsmedia {
namespace {

// struct boot_params (linux/arch/x86/include/uapi/asm/bootparam.h): its size, the offset of `secure_boot`, and that
// field's value for "enabled" (linux/include/linux/efi.h, enum efi_secureboot_mode).
constexpr uint64_t kBootParamsSize = 4096;
constexpr size_t kSecureBootOffset = 0x1ec;
constexpr char kSecureBootEnabled = 3;

}  // namespace

Firmware DetectFirmware(const std::string& root) {
  std::error_code error;
  if (!std::filesystem::exists(root + "/sys/firmware/efi", error)) {
    return Firmware::kBios;
  }
  const absl::StatusOr<std::string> parameters = ReadKernelFile(root + "/sys/kernel/boot_params/data", kBootParamsSize);
  const bool secure = parameters.ok() && parameters->size() > kSecureBootOffset &&
                      (*parameters)[kSecureBootOffset] == kSecureBootEnabled;
  return secure ? Firmware::kUefiSecureBoot : Firmware::kUefi;
}

std::string_view FirmwareText(Firmware firmware) {
  switch (firmware) {
    case Firmware::kUefi:
      return "UEFI";
    case Firmware::kUefiSecureBoot:
      return "UEFI with Secure Boot";
    case Firmware::kBios:
      break;
  }
  return "BIOS";
}

}  // namespace tsmedia
