#include "tools/drive/grains.h"

#include <algorithm>

namespace tsmedia {

void Grains::Mark(const ByteRange& range) {
  absl::MutexLock lock(&mutex_);
  const uint64_t end = std::min(size_, range.offset + range.length);
  for (uint64_t offset = range.offset; offset < end; offset = RoundUp(offset + 1, kGrainSize)) {
    marked_[offset / kGrainSize] = true;
  }
}

std::vector<ByteRange> Grains::MarkedIn(const ByteRange& range) const {
  absl::MutexLock lock(&mutex_);
  std::vector<ByteRange> parts;
  const uint64_t end = std::min(size_, range.offset + range.length);
  for (uint64_t offset = range.offset; offset < end; offset += kGrainSize) {
    if (!marked_[offset / kGrainSize]) {
      continue;
    }
    const uint64_t length = std::min(kGrainSize, end - offset);
    if (!parts.empty() && parts.back().offset + parts.back().length == offset) {
      parts.back().length += length;
    } else {
      parts.push_back({offset, length});
    }
  }
  return parts;
}

uint64_t Grains::MarkedSize() const {
  absl::MutexLock lock(&mutex_);
  const uint64_t all = static_cast<uint64_t>(std::ranges::count(marked_, true)) * kGrainSize;
  // The last grain may be a part of one.
  return marked_.empty() || !marked_.back() ? all : all - (marked_.size() * kGrainSize - size_);
}

}  // namespace tsmedia
