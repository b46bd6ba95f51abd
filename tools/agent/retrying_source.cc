#include "tools/agent/retrying_source.h"

#include "absl/status/status.h"

namespace tsmedia {

absl::Status RetryingSource::DoReadAt(uint64_t offset, MutableByteSpan out) const {
  absl::Status status;
  absl::Duration wait = absl::Milliseconds(100);
  for (int attempt = 1; attempt <= kReadAttempts; ++attempt) {
    status = base_->ReadAt(offset, out);
    if (status.ok()) {
      return status;
    }
    if (attempt < kReadAttempts) {
      pause_(wait);
      wait *= 2;
    }
  }
  return status;
}

}  // namespace tsmedia
