// Random-access reading of bytes whose number is known: a file, a block device, memory, or a part of one of them.

#ifndef TSMEDIA_TOOLS_BASE_BYTE_SOURCE_H_
#define TSMEDIA_TOOLS_BASE_BYTE_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/bytes.h"
#include "tools/base/unique_fd.h"

namespace tsmedia {

// ByteSource is an immutable sequence of `size()` bytes. ReadAt may be called from several threads at once.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Number of bytes.
  virtual uint64_t size() const = 0;

  // What an error message calls this source, for example its path.
  virtual const std::string& name() const = 0;

  // ReadAt fills `out` with the bytes at `offset`. A range that is not wholly inside the source is OutOfRange
  // ("NAME: truncated: wanted 2048 bytes at offset 32768, but the size is 33000"); a failing read is DataLoss or
  // Internal. Nothing else than success leaves `out` defined.
  absl::Status ReadAt(uint64_t offset, MutableByteSpan out) const;

  // ReadString returns `length` bytes at `offset`. The caller bounds `length`.
  absl::StatusOr<std::string> ReadString(uint64_t offset, uint64_t length) const;

 private:
  // Called with a range that lies inside the source and is not empty.
  virtual absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const = 0;
};

// FileSource reads a regular file or a block device. A device's size comes from the kernel, and its bytes from the
// device as it is when it is opened, not from what the kernel has kept of it.
class FileSource : public ByteSource {
 public:
  static absl::StatusOr<std::unique_ptr<FileSource>> Open(const std::string& path);

  uint64_t size() const override { return size_; }
  const std::string& name() const override { return path_; }
  int fd() const { return fd_.get(); }

 private:
  FileSource(std::string path, UniqueFd fd, uint64_t size) : path_(std::move(path)), fd_(std::move(fd)), size_(size) {}
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override;

  std::string path_;
  UniqueFd fd_;
  uint64_t size_;
};

// MemorySource reads bytes that it owns.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string bytes, std::string name = "memory")
      : bytes_(std::move(bytes)), name_(std::move(name)) {}

  uint64_t size() const override { return bytes_.size(); }
  const std::string& name() const override { return name_; }

 private:
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override;

  std::string bytes_;
  std::string name_;
};

// SliceSource is the range [offset, offset + length) of `base`, which must outlive it and contain that range.
class SliceSource : public ByteSource {
 public:
  static absl::StatusOr<std::unique_ptr<SliceSource>> Create(const ByteSource* base, uint64_t offset, uint64_t length,
                                                             std::string name);

  uint64_t size() const override { return length_; }
  const std::string& name() const override { return name_; }

 private:
  SliceSource(const ByteSource* base, uint64_t offset, uint64_t length, std::string name)
      : base_(base), offset_(offset), length_(length), name_(std::move(name)) {}
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override;

  const ByteSource* base_;
  uint64_t offset_;
  uint64_t length_;
  std::string name_;
};

// ReadWholeFile returns the content of a file of at most `max_size` bytes; a larger one is ResourceExhausted.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path, uint64_t max_size);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_BYTE_SOURCE_H_
