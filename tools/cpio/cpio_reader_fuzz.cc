// Fuzz target: everything that CpioReader offers, on any bytes.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/cpio/cpio.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tsmedia::MemorySource source(std::string(reinterpret_cast<const char*>(data), size));
  tsmedia::CpioReader reader(&source);
  while (true) {
    absl::StatusOr<std::optional<tsmedia::CpioHeader>> header = reader.Next();
    if (!header.ok() || !header->has_value()) {
      return 0;
    }
    reader.ReadTarget(**header).status().IgnoreError();
    reader.OpenFile(**header).status().IgnoreError();
  }
}
