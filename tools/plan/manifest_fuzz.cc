#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/status/statusor.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/plan/manifest.h"
#include "tools/plan/manifest.pb.h"

// What is accepted has one form only.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes = tsmedia::AsText(tsmedia::ByteSpan(data, size));
  absl::StatusOr<tsmedia::Manifest> manifest = tsmedia::ParseManifest(bytes);
  if (manifest.ok() && tsmedia::SerializeCanonical(*manifest) != bytes) {
    std::abort();
  }
  (void)tsmedia::ReadAnchors(bytes);
  return 0;
}
