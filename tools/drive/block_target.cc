#include "tools/drive/block_target.h"

#include "absl/strings/str_cat.h"

namespace tsmedia {

absl::Status BlockTarget::WriteAt(uint64_t offset, ByteSpan bytes) {
  if (offset > size() || bytes.size() > size() - offset) {
    return absl::OutOfRangeError(
        absl::StrCat(name(), ": it ends at ", size(), ", before offset ", offset, " + ", bytes.size()));
  }
  return bytes.empty() ? absl::OkStatus() : DoWriteAt(offset, bytes);
}

}  // namespace tsmedia
