// For fuzz targets: tables whose checksums are right, as nothing behind a checksum would be reached otherwise.

#ifndef TSMEDIA_TOOLS_GPT_RIGHT_CHECKSUMS_H_
#define TSMEDIA_TOOLS_GPT_RIGHT_CHECKSUMS_H_

#include <cstdint>
#include <string>

namespace tsmedia {

// MakeChecksumsRight gives both headers of a GUID partition table the checksums that belong to what they say. `disk`
// may hold anything.
void MakeChecksumsRight(std::string& disk, uint32_t sector_size);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_GPT_RIGHT_CHECKSUMS_H_
