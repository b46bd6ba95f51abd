// A temporary file without a name: what an archive holds, once it is decompressed.

#ifndef TSMEDIA_TOOLS_CONTENT_SPOOL_H_
#define TSMEDIA_TOOLS_CONTENT_SPOOL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/unique_fd.h"

namespace tsmedia {

// Spool is written first, then read. It vanishes with the object, and with the process however that ends.
class Spool : public ByteSink, public ByteSource {
 public:
  // Create makes the file in `directory`.
  static absl::StatusOr<std::unique_ptr<Spool>> Create(const std::string& directory);
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  using ByteSink::Append;
  absl::Status Append(ByteSpan bytes) override;
  // Flush must come between the last Append and the first reading.
  absl::Status Flush();

  uint64_t size() const override { return size_; }
  const std::string& name() const override { return name_; }

 private:
  Spool(std::string name, UniqueFd fd) : name_(std::move(name)), fd_(std::move(fd)) {}
  absl::Status Write(ByteSpan bytes);
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override;

  std::string name_;
  UniqueFd fd_;
  uint64_t size_ = 0;
  std::string pending_;  // small writes are collected
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_SPOOL_H_
