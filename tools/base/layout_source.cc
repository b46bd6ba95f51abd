#include "tools/base/layout_source.h"

#include <algorithm>

#include "absl/status/status.h"
#include "tools/base/byte_sink.h"
#include "tools/base/render.h"

namespace tsmedia {
namespace {

// A sink that fills memory which has room for all that will come.
class SpanSink : public ByteSink {
 public:
  explicit SpanSink(MutableByteSpan room) : room_(room) {}

  absl::Status Append(ByteSpan bytes) override {
    std::copy(bytes.begin(), bytes.end(), room_.begin());
    room_.remove_prefix(bytes.size());
    return absl::OkStatus();
  }

  // Large slices are read to where they belong, without a copy.
  absl::Status AppendFrom(const ByteSource& source, uint64_t offset, uint64_t length) override {
    absl::Status status = source.ReadAt(offset, room_.first(length));
    room_.remove_prefix(length);
    return status;
  }

 private:
  MutableByteSpan room_;
};

}  // namespace

absl::Status LayoutSource::DoReadAt(uint64_t offset, MutableByteSpan out) const {
  SpanSink sink(out);
  return Render(layout_, open_, offset, offset + out.size(), &sink);
}

}  // namespace tsmedia
