// Reads an archive to its end or to the first error.

#include <cstddef>
#include <cstdint>
#include <string>

#include "tools/base/byte_source.h"
#include "tools/cpio/cpio_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tsmedia::MemorySource archive(std::string(reinterpret_cast<const char*>(data), size));
  tsmedia::CpioReader reader(&archive);
  while (true) {
    const auto member = reader.Next();
    if (!member.ok() || !member->has_value()) {
      return 0;
    }
    if ((*member)->data_offset + (*member)->entry.size > size) {
      __builtin_trap();
    }
  }
}
