// Boot entries in the memory of UEFI firmware, through the kernel's efivarfs.

#ifndef TSMEDIA_TOOLS_STEPS_EFI_BOOT_ENTRY_H_
#define TSMEDIA_TOOLS_STEPS_EFI_BOOT_ENTRY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/gpt/guid.h"

namespace tsmedia {

// Where Linux shows the firmware's variables.
inline constexpr std::string_view kEfiVariables = "/sys/firmware/efi/efivars";

struct EfiBootEntry {
  std::string description;  // in the firmware's menu
  uint32_t partition = 0;   // number of the EFI system partition
  uint64_t first_lba = 0;
  uint64_t sectors = 0;
  Guid partition_id = {};
};

// EntryOfDisk returns the entry that starts the loader \EFI\BOOT\BOOTX64.EFI on a disk's EFI system partition.
// NotFound if the disk has no GPT with such a partition.
absl::StatusOr<EfiBootEntry> EntryOfDisk(const ByteSource& disk, uint32_t sector_size, std::string description);

// FormatLoadOption returns the entry as firmware keeps it: EFI_LOAD_OPTION (UEFI 2.10, section 3.1.3) with a file path
// of a hard drive's partition (section 10.3.5.1) and a file (section 10.3.5.4).
std::string FormatLoadOption(const EfiBootEntry& entry);

// StartNext has the firmware start `entry` next, once (BootNext, UEFI 2.10, section 3.3), whatever is first in its
// order. An entry that is not there yet is made, and becomes the first in the order; one with the same description is
// replaced, as it is that of a deployment before. `variables` is the directory of the variables. An error leaves what
// the firmware does to its own order.
absl::Status StartNext(const EfiBootEntry& entry, const std::string& variables);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_STEPS_EFI_BOOT_ENTRY_H_
