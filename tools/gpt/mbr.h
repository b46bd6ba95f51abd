// Master boot records: the partition table of disks for BIOS machines, and the one that protects a GPT.
//
// Layout (512 bytes at the start of the disk; UEFI 2.10, section 5.2.1): boot code to byte 440, disk signature at 440,
// four partition entries of 16 bytes at 446, 0x55 0xAA at 510.

#ifndef TSMEDIA_TOOLS_GPT_MBR_H_
#define TSMEDIA_TOOLS_GPT_MBR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/base/bytes.h"

namespace tsmedia {

inline constexpr size_t kMbrSize = 512;
inline constexpr size_t kMbrBootCodeSize = 440;

// Types of partitions.
inline constexpr uint8_t kMbrTypeNone = 0x00;  // only of an active entry that stands for no partition
inline constexpr uint8_t kMbrTypeNtfs = 0x07;
inline constexpr uint8_t kMbrTypeFat32 = 0x0c;     // with LBA
inline constexpr uint8_t kMbrTypeRecovery = 0x27;  // hidden NTFS, Windows RE
inline constexpr uint8_t kMbrTypeLinux = 0x83;
inline constexpr uint8_t kMbrTypeProtective = 0xee;

struct MbrPartition {
  uint32_t number = 0;  // 1 to 4
  uint8_t type = 0;
  bool active = false;
  uint64_t first_lba = 0;
  uint64_t sectors = 0;
};

struct Mbr {
  std::string boot_code;  // at most 440 bytes
  uint32_t signature = 0;
  std::vector<MbrPartition> partitions;
};

// WriteMbr returns 512 bytes. InvalidArgument for numbers that are not 1 to 4 or stand twice, and for what 32 bits
// cannot say.
absl::StatusOr<std::string> WriteMbr(const Mbr& mbr);

// ReadMbr reads the first 512 bytes of a disk; logical partitions are not followed. NotFound without 0x55 0xAA;
// InvalidArgument for entries that overlap or whose flag is neither 0x00 nor 0x80 (then it is probably the boot sector
// of a file system).
absl::StatusOr<Mbr> ReadMbr(ByteSpan sector);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_GPT_MBR_H_
