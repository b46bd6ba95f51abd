// Reading ahead on other threads, so that what makes bytes and what uses them work at the same time.

#ifndef TSMEDIA_TOOLS_BASE_READ_AHEAD_SOURCE_H_
#define TSMEDIA_TOOLS_BASE_READ_AHEAD_SOURCE_H_

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
// while threads read the next blocks. Memory: a block of 4 MiB a thread, and two more. Reading anything else than the
// bytes that follow is FailedPrecondition.
class ReadAheadSource : public ByteSource {
 public:
  // `source` must outlive it. `threads` >= 1 read it at once.
  explicit ReadAheadSource(const ByteSource* source, int threads = 2);
  ~ReadAheadSource() override;

  uint64_t size() const override { return source_->size(); }
  const std::string& name() const override { return source_->name(); }

 private:
  // Belongs to the thread that fills it until `full`, then to the reader.
  struct Block {
    std::vector<uint8_t> bytes;
    absl::Status status;
    bool full = false;  // guarded by mutex_
  };

  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override;
  void FillBlocks();

  const ByteSource* source_;
  mutable uint64_t position_ = 0;  // of the reader
  mutable std::vector<Block> blocks_;
  mutable absl::Mutex mutex_;
  uint64_t next_ ABSL_GUARDED_BY(mutex_) = 0;          // number of the block that a thread takes next
  mutable uint64_t done_ ABSL_GUARDED_BY(mutex_) = 0;  // blocks that the reader has read to their end
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_READ_AHEAD_SOURCE_H_
