#include "tools/sequence/sequence_testing.h"

#include "absl/log/check.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"

namespace tsmedia {

std::string ReadTestFile(const std::string& path) {
  absl::StatusOr<std::string> text = ReadWholeFile(path, 16 * kMiB);
  CHECK_OK(text.status());
  return *std::move(text);
}

}  // namespace tsmedia
