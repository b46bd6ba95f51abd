// Reading ahead on a thread of its own, so that what makes bytes and what uses them work at the same time.

#ifndef TSMEDIA_TOOLS_BASE_READ_AHEAD_SOURCE_H_
#define TSMEDIA_TOOLS_BASE_READ_AHEAD_SOURCE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"

namespace tsmedia {

// ReadAheadSource gives the bytes of another source to one reader who goes through them from the first to the last,
// while a thread reads the next blocks. Memory: three blocks of 4 MiB. Reading anything else than the bytes that follow
// is FailedPrecondition.
class ReadAheadSource : public ByteSource {
 public:
  // `source` must outlive it.
  explicit ReadAheadSource(const ByteSource* source);
  ~ReadAheadSource() override;

  uint64_t size() const override { return source_->size(); }
  const std::string& name() const override { return source_->name(); }

 private:
  struct Block {
    std::vector<uint8_t> bytes;
    absl::Status status;
    bool full = false;
  };

  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override;
  void FillBlocks();

  const ByteSource* source_;
  mutable uint64_t position_ = 0;  // of the reader
  mutable absl::Mutex mutex_;
  mutable std::array<Block, 3> blocks_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_READ_AHEAD_SOURCE_H_
