// Memory that devices read and write directly.

#ifndef TSMEDIA_TOOLS_DRIVE_ALIGNED_BUFFER_H_
#define TSMEDIA_TOOLS_DRIVE_ALIGNED_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "tools/base/bytes.h"
#include "tools/drive/block_target.h"

namespace tsmedia {

// AlignedBuffer is `size` bytes that begin at a multiple of kTargetAlignment. Their values are undefined at first.
class AlignedBuffer {
 public:
  explicit AlignedBuffer(size_t size) : bytes_(static_cast<uint8_t*>(operator new(size, kAlignment))), size_(size) {}

  MutableByteSpan bytes() { return MutableByteSpan(bytes_.get(), size_); }

 private:
  static constexpr std::align_val_t kAlignment{kTargetAlignment};
  struct Delete {
    void operator()(uint8_t* bytes) const { operator delete(bytes, kAlignment); }
  };

  std::unique_ptr<uint8_t, Delete> bytes_;
  size_t size_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_DRIVE_ALIGNED_BUFFER_H_
