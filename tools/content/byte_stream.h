// Bytes that come in order and whose number is not known before: a decompressed archive, a pack being read.

#ifndef TSMEDIA_TOOLS_CONTENT_BYTE_STREAM_H_
#define TSMEDIA_TOOLS_CONTENT_BYTE_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"

namespace tsmedia {

// ByteStream gives bytes in order, once.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Read fills the beginning of `out` (not empty) and returns how many bytes it wrote; 0 is the end of the stream.
  virtual absl::StatusOr<size_t> Read(MutableByteSpan out) = 0;

  // Skip passes over `count` bytes; fewer are DataLoss.
  virtual absl::Status Skip(uint64_t count);

  // What an error message calls this stream.
  virtual const std::string& name() const = 0;
};

// SourceStream reads a ByteSource, which must outlive it, or a part that lies inside it.
class SourceStream : public ByteStream {
 public:
  explicit SourceStream(const ByteSource* source) : SourceStream(source, 0, source->size()) {}
  SourceStream(const ByteSource* source, uint64_t offset, uint64_t length)
      : source_(source), position_(offset), end_(offset + length) {}

  absl::StatusOr<size_t> Read(MutableByteSpan out) override;
  absl::Status Skip(uint64_t count) override;
  const std::string& name() const override { return source_->name(); }

 private:
  const ByteSource* source_;
  uint64_t position_;
  uint64_t end_;
};

// ReadUpTo reads until `out` is full or the stream ends, and returns how many bytes there were.
absl::StatusOr<size_t> ReadUpTo(ByteStream& stream, MutableByteSpan out);

// ReadExactly fills `out`; a stream that ends before is DataLoss.
absl::Status ReadExactly(ByteStream& stream, MutableByteSpan out);

// CopyAll appends everything up to the stream's end to `sink`, and returns how many bytes there were.
absl::StatusOr<uint64_t> CopyAll(ByteStream& stream, ByteSink& sink);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_BYTE_STREAM_H_
