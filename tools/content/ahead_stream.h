// Reading a stream on another thread, so that what makes its bytes and what uses them work at the same time.

#ifndef TSMEDIA_TOOLS_CONTENT_AHEAD_STREAM_H_
#define TSMEDIA_TOOLS_CONTENT_AHEAD_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "tools/base/bytes.h"
#include "tools/content/byte_stream.h"

namespace tsmedia {

// AheadStream gives the bytes of another stream. A thread of its own reads them before they are asked for, at most 4
// MiB. An error comes where the bytes that could not be read would have come.
class AheadStream : public ByteStream {
 public:
  // `stream` must outlive it and is used by nobody else.
  explicit AheadStream(ByteStream* stream);
  ~AheadStream() override;
  AheadStream(const AheadStream&) = delete;
  AheadStream& operator=(const AheadStream&) = delete;

  absl::StatusOr<size_t> Read(MutableByteSpan out) override;
  const std::string& name() const override { return stream_->name(); }

 private:
  // Belongs to the thread that fills it, then to the reader: `filled_` and `emptied_` say whose it is.
  struct Part {
    std::vector<uint8_t> bytes;
    absl::StatusOr<size_t> size = 0;  // how many of them there are; 0: the end
  };

  void Fill();

  ByteStream* const stream_;
  std::vector<Part> parts_;
  absl::Mutex mutex_;
  uint64_t filled_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t emptied_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t current_ = 0;  // number of the part that the reader is in
  size_t position_ = 0;   // in it
  bool has_current_ = false;
  std::thread thread_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_AHEAD_STREAM_H_
