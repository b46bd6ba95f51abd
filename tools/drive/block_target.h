// What a medium is written to: a drive, or a file that stands for one.

#ifndef TSMEDIA_TOOLS_DRIVE_BLOCK_TARGET_H_
#define TSMEDIA_TOOLS_DRIVE_BLOCK_TARGET_H_

#include <cstdint>

#include "absl/status/status.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"

namespace tsmedia {

// Buffers that begin at a multiple of this travel to and from a device without a copy in between.
inline constexpr size_t kTargetAlignment = 4096;

// BlockTarget can be written, and says truthfully what it holds: ReadAt reads the device itself wherever that is
// possible, not a copy in memory of what was written. All methods may be called from several threads at once. Errors
// name the target and the offset.
class BlockTarget : public ByteSource {
 public:
  // Bytes of a logical sector: what the target writes wholly or not at all.
  virtual uint32_t sector_size() const = 0;

  // WriteAt writes all of `bytes`. What lies outside of the target is OutOfRange and nothing is written. Until Flush
  // returns, nobody knows how much has arrived, nor in which order.
  absl::Status WriteAt(uint64_t offset, ByteSpan bytes);

  // Flush returns when everything that was written has arrived.
  virtual absl::Status Flush() = 0;

 private:
  // Called with a range that lies inside the target and is not empty.
  virtual absl::Status DoWriteAt(uint64_t offset, ByteSpan bytes) = 0;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_DRIVE_BLOCK_TARGET_H_
