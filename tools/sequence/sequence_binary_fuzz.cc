// Any bytes as the task sequence of a medium.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/sequence/canonical.h"
#include "tools/sequence/diagnostics.h"
#include "tools/sequence/graph.h"
#include "tools/sequence/references.h"
#include "tools/sequence/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  absl::StatusOr<tsmedia::TaskSequence> sequence = tsmedia::ReadSequence(bytes);
  if (!sequence.ok()) {
    return 0;
  }
  tsmedia::Diagnostics diagnostics;
  tsmedia::ValidateSequence(*sequence, nullptr, {}, &diagnostics);
  tsmedia::PackageReferences(*sequence);
  tsmedia::GraphToDot(tsmedia::BuildGraph(*sequence));
  if (*tsmedia::WriteSequence(*sequence) != bytes) {
    std::abort();  // two files with one meaning
  }
  return 0;
}
