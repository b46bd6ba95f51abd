// A file that lies in several places of an image, as one sequence of bytes.

#ifndef TSMEDIA_TOOLS_BASE_RANGES_SOURCE_H_
#define TSMEDIA_TOOLS_BASE_RANGES_SOURCE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tools/base/byte_source.h"

namespace tsmedia {

// A run of bytes.
struct ByteRange {
  uint64_t offset = 0;
  uint64_t length = 0;

  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

// RangesSource is the ranges of `base`, one behind the other. `base` must outlive it; a range outside of it shows when
// it is read.
class RangesSource : public ByteSource {
 public:
  RangesSource(const ByteSource* base, const std::vector<ByteRange>& ranges, std::string name);

  uint64_t size() const override { return size_; }
  const std::string& name() const override { return name_; }

 private:
  struct Part {
    uint64_t start;  // in this source
    ByteRange range;
  };

  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override;

  const ByteSource* base_;
  std::vector<Part> parts_;
  uint64_t size_ = 0;
  std::string name_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_RANGES_SOURCE_H_
