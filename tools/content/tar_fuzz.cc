// Fuzz target: the tar reader.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/content/byte_stream.h"
#include "tools/content/tar_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tsmedia::MemorySource source(std::string(reinterpret_cast<const char*>(data), size));
  tsmedia::SourceStream stream(&source);
  tsmedia::TarReader reader(&stream);
  uint8_t buffer[4096];
  while (true) {
    absl::StatusOr<std::optional<tsmedia::TarEntry>> entry = reader.Next();
    if (!entry.ok() || !entry->has_value()) {
      return 0;
    }
    // Every other file is skipped by Next.
    if (((*entry)->path.size() & 1) != 0) {
      for (absl::StatusOr<size_t> got = 1; got.ok() && *got > 0; got = reader.Read(absl::MakeSpan(buffer))) {
      }
    }
  }
}
