// Fuzz target: ParseKeymap on any bytes; what it takes is as long as its tables.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/status/statusor.h"
#include "tools/base/bytes.h"
#include "tools/boot/keymap.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::StatusOr<tsmedia::Keymap> keymap = tsmedia::ParseKeymap(tsmedia::ByteSpan(data, size));
  if (keymap.ok() &&
      size != 7 + tsmedia::kKeymapTables + keymap->tables.size() * tsmedia::kKeymapKeys * sizeof(uint16_t)) {
    std::abort();
  }
  return 0;
}
