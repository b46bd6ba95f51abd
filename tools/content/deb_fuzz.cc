// Fuzz target: Debian packages and the compression within.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/content/byte_stream.h"
#include "tools/content/deb.h"
#include "tools/content/decompress.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tsmedia::MemorySource source(std::string(reinterpret_cast<const char*>(data), size));
  absl::StatusOr<std::unique_ptr<tsmedia::ByteSource>> tar = tsmedia::OpenDebData(&source);
  if (!tar.ok()) {
    return 0;
  }
  absl::StatusOr<std::unique_ptr<tsmedia::ByteStream>> stream = tsmedia::OpenDecompressed(tar->get());
  if (stream.ok()) {
    (void)(*stream)->Skip(1 << 20);
  }
  return 0;
}
