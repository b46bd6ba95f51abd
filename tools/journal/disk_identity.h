// What tells one disk from another, whatever the kernel calls it today.

#ifndef TSMEDIA_TOOLS_JOURNAL_DISK_IDENTITY_H_
#define TSMEDIA_TOOLS_JOURNAL_DISK_IDENTITY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"

namespace tsmedia {

// DiskIdentity returns 16 bytes: the disk's GUID in its GPT (UEFI 2.10, table 5.5, DiskGUID), or the signature of its
// MBR (table 5.1, UniqueMBRDiskSignature) behind twelve zeros. Both are drawn at random when a disk is partitioned.
// NotFound if the disk has no partition table.
absl::StatusOr<std::string> DiskIdentity(const ByteSource& disk, uint32_t sector_size);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_JOURNAL_DISK_IDENTITY_H_
