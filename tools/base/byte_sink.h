// Sequential writing of bytes, and files that appear under their name only when they are complete.

#ifndef TSMEDIA_TOOLS_BASE_BYTE_SINK_H_
#define TSMEDIA_TOOLS_BASE_BYTE_SINK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"

namespace tsmedia {

// ByteSink takes bytes in order.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  // Append takes all of `bytes` or fails.
  virtual absl::Status Append(ByteSpan bytes) = 0;
  absl::Status Append(std::string_view text) { return Append(AsBytes(text)); }
  // AppendFrom appends the bytes [offset, offset + length) of `source`, in bounded memory.
  virtual absl::Status AppendFrom(const ByteSource& source, uint64_t offset, uint64_t length);
};

// StringSink collects bytes in memory.
class StringSink : public ByteSink {
 public:
  using ByteSink::Append;
  absl::Status Append(ByteSpan bytes) override {
    bytes_.append(AsText(bytes));
    return absl::OkStatus();
  }
  const std::string& bytes() const { return bytes_; }
  std::string TakeBytes() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// AtomicFile is a file that replaces `path` in one step when it is complete: it is written beside it under a
// temporary name, flushed to the disk and renamed by Commit. Without Commit the destructor removes it and `path`
// stays as it was.
class AtomicFile : public ByteSink {
 public:
  // Create starts a new file. `mode` is exact: the process's umask has no part in it.
  static absl::StatusOr<std::unique_ptr<AtomicFile>> Create(const std::string& path, int mode = 0644);
  ~AtomicFile() override;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  using ByteSink::Append;
  absl::Status Append(ByteSpan bytes) override;
  // A file is copied inside of the kernel where file system and kernel can.
  absl::Status AppendFrom(const ByteSource& source, uint64_t offset, uint64_t length) override;
  // WriteAt writes `bytes` at `offset` without moving the position of Append; threads may write disjoint ranges.
  absl::Status WriteAt(uint64_t offset, ByteSpan bytes);
  // Commit flushes to the disk and renames. The object takes no more bytes afterwards.
  absl::Status Commit();

  const std::string& path() const { return path_; }
  int fd() const { return fd_; }
  // Bytes appended so far.
  uint64_t position() const { return position_; }

 private:
  AtomicFile(std::string path, std::string temporary_path, int fd)
      : path_(std::move(path)), temporary_path_(std::move(temporary_path)), fd_(fd) {}

  void AdvanceBy(uint64_t length);

  std::string path_;
  std::string temporary_path_;
  int fd_;
  uint64_t position_ = 0;
  uint64_t writeback_position_ = 0;  // up to here the disk has been told to write
};

// WriteFileAtomically replaces `path` by a file with exactly these bytes.
absl::Status WriteFileAtomically(const std::string& path, std::string_view bytes, int mode = 0644);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_BYTE_SINK_H_
