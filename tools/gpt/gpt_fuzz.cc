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
#include "tools/gpt/right_checksums.h"

namespace tsmedia {
namespace {

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
    tsmedia::MakeChecksumsRight(disk, sector_size);
    tsmedia::Read(disk, sector_size);
  }
  return 0;
}
