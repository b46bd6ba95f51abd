// Fuzz target: ReadGpt and ReadMbr on any bytes; and on the same bytes with the checksums of both headers made right,
// as nothing behind a checksum would be reached otherwise. What is read can be written.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/gpt/gpt.h"
#include "tools/gpt/mbr.h"
#include "zlib.h"

namespace tsmedia {
namespace {

void MakeChecksumsRight(std::string& disk, uint64_t lba, uint32_t sector_size) {
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

void Read(const std::string& disk, uint32_t sector_size) {
  absl::StatusOr<Gpt> gpt = ReadGpt(MemorySource(disk), sector_size);
  if (!gpt.ok()) {
    return;
  }
  for (const GptPartition& partition : gpt->partitions) {
    if (partition.first_lba > partition.last_lba || partition.last_lba >= gpt->sectors) {
      std::abort();
    }
  }
  WriteGpt(*gpt).status().IgnoreError();
}

}  // namespace
}  // namespace tsmedia

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string disk(reinterpret_cast<const char*>(data), size);
  tsmedia::ReadMbr(tsmedia::AsBytes(disk)).status().IgnoreError();
  for (uint32_t sector_size : {512u, 4096u}) {
    tsmedia::Read(disk, sector_size);
    if (disk.size() / sector_size >= 3) {
      tsmedia::MakeChecksumsRight(disk, 1, sector_size);
      tsmedia::MakeChecksumsRight(disk, disk.size() / sector_size - 1, sector_size);
      tsmedia::Read(disk, sector_size);
    }
  }
  return 0;
}
