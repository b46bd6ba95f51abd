// Fuzz target: the reader of packs.

#include <cstddef>
#include <cstdint>
#include <string>

#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/content/pack_info.h"
#include "tools/content/pack_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tsmedia::MemorySource source(std::string(reinterpret_cast<const char*>(data), size));
  tsmedia::PackReader reader(&source, tsmedia::PackInfo::ZSTD);
  (void)reader.Skip(uint64_t{1} << 26);
  return 0;
}
