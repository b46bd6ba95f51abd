#include "tools/gpt/right_checksums.h"

#include "tools/base/bytes.h"
#include "zlib.h"

namespace tsmedia {
namespace {

// Of the header in sector `lba`. Offsets: UEFI 2.10, table 5.5.
void MakeHeaderRight(std::string& disk, uint64_t lba, uint32_t sector_size) {
  uint8_t* bytes = reinterpret_cast<uint8_t*>(disk.data());
  uint8_t* header = bytes + lba * sector_size;
  const uint64_t entries = LoadLittle<uint64_t>(header + 72);
  const uint64_t size = uint64_t{LoadLittle<uint32_t>(header + 80)} * LoadLittle<uint32_t>(header + 84);
  if (entries < disk.size() / sector_size && size <= disk.size() - entries * sector_size) {
    StoreLittle(static_cast<uint32_t>(crc32(0, bytes + entries * sector_size, static_cast<uInt>(size))), header + 88);
  }
  const uint32_t header_size = LoadLittle<uint32_t>(header + 12);
  if (header_size <= sector_size) {
    StoreLittle(uint32_t{0}, header + 16);
    StoreLittle(static_cast<uint32_t>(crc32(0, header, header_size)), header + 16);
  }
}

}  // namespace

void MakeChecksumsRight(std::string& disk, uint32_t sector_size) {
  const uint64_t sectors = disk.size() / sector_size;
  if (sectors >= 3) {
    MakeHeaderRight(disk, 1, sector_size);
    MakeHeaderRight(disk, sectors - 1, sector_size);
  }
}

}  // namespace tsmedia
