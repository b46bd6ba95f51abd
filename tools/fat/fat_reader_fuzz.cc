// Fuzz target: everything that FatReader offers, on any bytes.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/fat/fat_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tsmedia::MemorySource source(std::string(reinterpret_cast<const char*>(data), size));
  absl::StatusOr<std::unique_ptr<tsmedia::FatReader>> reader = tsmedia::FatReader::Open(&source);
  if (!reader.ok()) {
    return 0;
  }
  int files = 0;
  std::string last;
  absl::Status status = (*reader)->Walk([&](const tsmedia::FatEntry& entry) -> absl::Status {
    if (++files > 10000) {
      return absl::AbortedError("enough");
    }
    last = entry.path;
    absl::StatusOr<std::unique_ptr<tsmedia::ByteSource>> content = (*reader)->OpenFile(entry);
    if (content.ok() && (*content)->size() > 0) {
      (*content)->ReadString((*content)->size() / 2, 1).status().IgnoreError();
    }
    return absl::OkStatus();
  });
  status.IgnoreError();
  (*reader)->Lookup(last).status().IgnoreError();
  return 0;
}
