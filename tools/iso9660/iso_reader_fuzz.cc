// Fuzz target: everything that IsoReader offers, on any bytes, with all kinds of names.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/iso9660/iso_reader.h"

namespace tsmedia {
namespace {

void ReadAll(const ByteSource& source, IsoNames names) {
  absl::StatusOr<std::unique_ptr<IsoReader>> reader = IsoReader::Open(&source, names);
  if (!reader.ok()) {
    return;
  }
  int files = 0;
  std::string last;
  absl::Status status = (*reader)->Walk([&](const IsoEntry& entry) -> absl::Status {
    if (++files > 10000) {
      return absl::AbortedError("enough");
    }
    last = entry.path;
    absl::StatusOr<std::unique_ptr<ByteSource>> content = (*reader)->OpenFile(entry);
    if (content.ok() && (*content)->size() > 0) {
      (*content)->ReadString((*content)->size() / 2, 1).status().IgnoreError();
    }
    return absl::OkStatus();
  });
  status.IgnoreError();
  (*reader)->Lookup(last).status().IgnoreError();
}

}  // namespace
}  // namespace tsmedia

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tsmedia::MemorySource source(std::string(reinterpret_cast<const char*>(data), size));
  for (tsmedia::IsoNames names :
       {tsmedia::IsoNames::kRockRidge, tsmedia::IsoNames::kJoliet, tsmedia::IsoNames::kPlain}) {
    tsmedia::ReadAll(source, names);
  }
  return 0;
}
