// Which parts of a device are to be written.

#ifndef TSMEDIA_TOOLS_DRIVE_GRAINS_H_
#define TSMEDIA_TOOLS_DRIVE_GRAINS_H_

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tools/base/bytes.h"
#include "tools/base/ranges_source.h"

namespace tsmedia {

// Parts are multiples of this; a page of flash memory has 4 to 16 KiB.
inline constexpr uint64_t kGrainSize = 16 * kKiB;

// Grains is a set of the grains of `size` bytes: one bit each. Several threads may use it at once.
class Grains {
 public:
  Grains(uint64_t size, bool all) : size_(size), marked_((size + kGrainSize - 1) / kGrainSize, all) {}

  // Mark adds the grains that have a byte in `range`; what lies behind the end has none.
  void Mark(const ByteRange& range) ABSL_LOCKS_EXCLUDED(mutex_);

  // MarkedIn returns the marked parts of `range`, which begins at a multiple of kGrainSize; neighbours are one part.
  std::vector<ByteRange> MarkedIn(const ByteRange& range) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Bytes in all marked grains.
  uint64_t MarkedSize() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const uint64_t size_;
  mutable absl::Mutex mutex_;
  std::vector<bool> marked_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_DRIVE_GRAINS_H_
