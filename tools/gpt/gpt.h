// GUID partition tables: UEFI 2.10, sections 5.3.1 to 5.3.3.
//
// A disk holds two copies. The primary one stands behind a protective MBR: header in sector 1, entries from sector 2.
// The backup ends the disk: entries, then the header in the last sector.

#ifndef TSMEDIA_TOOLS_GPT_GPT_H_
#define TSMEDIA_TOOLS_GPT_GPT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/gpt/guid.h"

namespace tsmedia {

// Types of partitions: UEFI 2.10, table 5.7, and the Discoverable Partitions Specification.
Guid EfiSystemType();
Guid MicrosoftBasicDataType();
Guid MicrosoftReservedType();
Guid WindowsRecoveryType();
Guid BiosBootType();
Guid LinuxFileSystemType();

// Attributes of partitions: UEFI 2.10, table 5.8, and for basic data partitions Microsoft's.
inline constexpr uint64_t kGptRequired = uint64_t{1} << 0;      // the machine needs it; tools leave it alone
inline constexpr uint64_t kGptNoAutomount = uint64_t{1} << 63;  // no drive letter

// Entries that every table of ours has, as all tools write them.
inline constexpr uint32_t kGptEntries = 128;

struct GptPartition {
  uint32_t number = 0;  // from 1
  Guid type = {};
  Guid id = {};
  uint64_t first_lba = 0;
  uint64_t last_lba = 0;  // inclusive
  uint64_t attributes = 0;
  std::string name = {};  // UTF-8; at most 36 UTF-16 units
};

struct Gpt {
  uint32_t sector_size = 512;
  uint64_t sectors = 0;  // of the disk
  Guid disk_id = {};
  std::vector<GptPartition> partitions = {};  // ascending by number
  // Boot code for a BIOS in the protective MBR, at most kMbrBootCodeSize bytes. With it the MBR has a second entry, of
  // no type and active: without an active entry some BIOSes do not start the disk, and an active protective entry keeps
  // some UEFI firmware from reading the GPT. Reading leaves it empty.
  std::string boot_code = {};
};

// GptBytes is a table as it stands on the disk. `primary` goes to the start, with the protective MBR; `backup` ends at
// the disk's end.
struct GptBytes {
  std::string primary;
  std::string backup;
};

// FirstUsableLba and LastUsableLba bound what partitions may occupy on a disk with kGptEntries entries.
uint64_t FirstUsableLba(uint32_t sector_size);
uint64_t LastUsableLba(uint32_t sector_size, uint64_t sectors);

// WriteGpt returns both copies. InvalidArgument for partitions that overlap, leave the usable area, stand twice, or
// have a name that is too long; for sectors that are not 512 or 4096 bytes; for a disk too small for any partition.
absl::StatusOr<GptBytes> WriteGpt(const Gpt& gpt);

// ReadGpt reads the table of a disk, which may hold anything: the primary copy, or the backup if that is damaged, as
// firmware does. NotFound if neither begins like one; DataLoss if there is one and both copies are damaged.
absl::StatusOr<Gpt> ReadGpt(const ByteSource& disk, uint32_t sector_size);

// ResizeGpt returns the table of `disk`, boot code included, as it is on a disk of `sectors` sectors: the backup moves
// to that one's end, and primary copy and protective MBR say so. Errors are those of ReadGpt and WriteGpt.
absl::StatusOr<GptBytes> ResizeGpt(const ByteSource& disk, uint32_t sector_size, uint64_t sectors);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_GPT_GPT_H_
