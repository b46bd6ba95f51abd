#include "tools/journal/disk_identity.h"

#include "absl/status/status.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/gpt/gpt.h"
#include "tools/gpt/mbr.h"

namespace tsmedia {

absl::StatusOr<std::string> DiskIdentity(const ByteSource& disk, uint32_t sector_size) {
  const absl::StatusOr<Gpt> gpt = ReadGpt(disk, sector_size);
  if (gpt.ok()) {
    return std::string(AsText(ByteSpan(gpt->disk_id)));
  }
  if (!absl::IsNotFound(gpt.status())) {
    return gpt.status();
  }
  TSM_ASSIGN_OR_RETURN(const std::string sector, disk.ReadString(0, kMbrSize));
  TSM_ASSIGN_OR_RETURN(const Mbr mbr, ReadMbr(AsBytes(sector)));
  std::string identity(16, '\0');
  StoreLittle(mbr.signature, reinterpret_cast<uint8_t*>(identity.data()) + 12);
  return identity;
}

}  // namespace tsmedia
