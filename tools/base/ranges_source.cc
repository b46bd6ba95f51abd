#include "tools/base/ranges_source.h"

#include <algorithm>

#include "tools/base/status_macros.h"

namespace tsmedia {

RangesSource::RangesSource(const ByteSource* base, const std::vector<ByteRange>& ranges, std::string name)
    : base_(base), name_(std::move(name)) {
  parts_.reserve(ranges.size());
  for (const ByteRange& range : ranges) {
    parts_.push_back({size_, range});
    size_ += range.length;
  }
}

absl::Status RangesSource::DoReadAt(uint64_t offset, MutableByteSpan out) const {
  auto part = std::partition_point(parts_.begin(), parts_.end(),
                                   [offset](const Part& p) { return p.start + p.range.length <= offset; });
  for (; !out.empty(); ++part) {
    uint64_t within = offset - part->start;
    size_t count = std::min<uint64_t>(out.size(), part->range.length - within);
    TSM_RETURN_IF_ERROR(base_->ReadAt(part->range.offset + within, out.first(count)));
    offset += count;
    out.remove_prefix(count);
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
