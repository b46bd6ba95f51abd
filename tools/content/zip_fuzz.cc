// Fuzz target: the zip reader.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/content/byte_stream.h"
#include "tools/content/zip_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tsmedia::MemorySource source(std::string(reinterpret_cast<const char*>(data), size));
  absl::StatusOr<std::vector<tsmedia::ZipMember>> members = tsmedia::ReadZipDirectory(source);
  if (!members.ok()) {
    return 0;
  }
  for (const tsmedia::ZipMember& member : *members) {
    absl::StatusOr<std::unique_ptr<tsmedia::ByteStream>> stream = tsmedia::OpenZipMember(&source, member);
    if (stream.ok()) {
      // A few hundred bytes may inflate to a thousand times as many.
      (void)(*stream)->Skip(1 << 20);
    }
  }
  return 0;
}
