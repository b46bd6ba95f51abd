// Fuzz target: PackInfo.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tools/base/bytes.h"
#include "tools/content/pack_info.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)tsmedia::ParsePackInfo(tsmedia::AsText(tsmedia::ByteSpan(data, size)));
  return 0;
}
