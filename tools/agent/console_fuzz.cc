// Fuzz target: any bytes as what somebody typed, and as what is to be shown on a console.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tools/agent/console.h"
#include "tools/base/printable.h"
#include "tools/base/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string shown = tsmedia::PrintableLine(bytes);
  for (const char c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      std::abort();
    }
  }
  if (!tsmedia::IsValidUtf8(shown) || tsmedia::PrintableLine(shown) != shown || shown.size() > size) {
    std::abort();
  }
  const std::string_view line = tsmedia::TypedLine(bytes);
  if (!bytes.starts_with(line) || line.ends_with('\n') || line.ends_with('\r')) {
    std::abort();
  }
  return 0;
}
