#include "tools/base/render.h"

#include <algorithm>
#include <string_view>
#include <variant>

#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// Bytes that are gathered before they are appended; a longer slice of an input goes from there to the sink as it is.
constexpr size_t kPartSize = kMiB;

// Index of the first extent that ends after `offset`.
size_t FirstExtentAfter(const Layout& layout, uint64_t offset) {
  auto it = std::partition_point(layout.extents.begin(), layout.extents.end(),
                                 [offset](const Extent& extent) { return extent.offset + extent.length <= offset; });
  return static_cast<size_t>(it - layout.extents.begin());
}

// Renderer appends the bytes of an image in order.
class Renderer {
 public:
  Renderer(InputOpener open, ByteSink* sink) : open_(open), sink_(sink) { part_.reserve(kPartSize); }

  // AppendZeros appends `length` bytes of a gap.
  absl::Status AppendZeros(uint64_t length) {
    while (length > 0) {
      TSM_ASSIGN_OR_RETURN(size_t count, MakeRoom(length));
      part_.append(count, '\0');
      length -= count;
    }
    return absl::OkStatus();
  }

  // AppendExtent appends the bytes [begin, begin + length) of `extent`.
  absl::Status AppendExtent(const Extent& extent, uint64_t begin, uint64_t length) {
    if (const auto* bytes = std::get_if<InlineBytes>(&extent.content)) {
      return AppendBytes(std::string_view(bytes->bytes).substr(begin, length));
    }
    if (const auto* words = std::get_if<CountingWords>(&extent.content)) {
      return AppendCounting(*words, begin, length);
    }
    const InputSlice& slice = std::get<InputSlice>(extent.content);
    TSM_RETURN_IF_ERROR(UseInput(extent, slice));
    if (length >= kPartSize) {
      TSM_RETURN_IF_ERROR(Flush());
      return sink_->AppendFrom(*source_, slice.offset + begin, length);
    }
    TSM_ASSIGN_OR_RETURN(std::string bytes, source_->ReadString(slice.offset + begin, length));
    return AppendBytes(bytes);
  }

  absl::Status Flush() {
    absl::Status status = part_.empty() ? absl::OkStatus() : sink_->Append(part_);
    part_.clear();
    return status;
  }

 private:
  // Returns how many of `wanted` bytes fit into part_; at least 1.
  absl::StatusOr<size_t> MakeRoom(uint64_t wanted) {
    if (part_.size() == kPartSize) {
      TSM_RETURN_IF_ERROR(Flush());
    }
    return std::min<uint64_t>(wanted, kPartSize - part_.size());
  }

  absl::Status AppendCounting(CountingWords words, uint64_t begin, uint64_t length) {
    for (uint64_t done = 0; done < length;) {
      const uint64_t count = std::min<uint64_t>(length - done, kPartSize);
      TSM_RETURN_IF_ERROR(AppendBytes(CountingBytes(words, begin + done, count)));
      done += count;
    }
    return absl::OkStatus();
  }

  absl::Status AppendBytes(std::string_view bytes) {
    while (!bytes.empty()) {
      TSM_ASSIGN_OR_RETURN(size_t count, MakeRoom(bytes.size()));
      part_.append(bytes.substr(0, count));
      bytes.remove_prefix(count);
    }
    return absl::OkStatus();
  }

  // Makes source_ the input of `slice` and checks that it is long enough.
  absl::Status UseInput(const Extent& extent, const InputSlice& slice) {
    if (source_ == nullptr || source_name_ != slice.input) {
      source_.reset();
      TSM_ASSIGN_OR_RETURN(source_, open_(slice.input));
      source_name_ = slice.input;
    }
    if (slice.offset > source_->size() || extent.length > source_->size() - slice.offset) {
      return absl::FailedPreconditionError(absl::StrCat(
          "input ", slice.input, " (", source_->name(), ") has ", source_->size(), " bytes, but ", extent.region,
          " needs its bytes ", slice.offset, " to ", slice.offset + extent.length, ": it is not the planned file"));
    }
    return absl::OkStatus();
  }

  InputOpener open_;
  ByteSink* sink_;
  std::string part_;
  std::shared_ptr<const ByteSource> source_;
  std::string source_name_;
};

}  // namespace

absl::Status CheckLayout(const Layout& layout) {
  uint64_t position = 0;
  for (const Extent& extent : layout.extents) {
    if (extent.offset < position || extent.offset > layout.size || extent.length > layout.size - extent.offset) {
      return absl::InvalidArgumentError(absl::StrCat("layout: the extent of ", extent.region, " at offset ",
                                                     extent.offset, " with ", extent.length,
                                                     " bytes overlaps its predecessor or the end of the image"));
    }
    const auto* bytes = std::get_if<InlineBytes>(&extent.content);
    if (bytes != nullptr && bytes->bytes.size() != extent.length) {
      return absl::InvalidArgumentError(absl::StrCat("layout: the extent of ", extent.region, " at offset ",
                                                     extent.offset, " is ", extent.length, " bytes long but holds ",
                                                     bytes->bytes.size()));
    }
    if (std::holds_alternative<CountingWords>(extent.content) && extent.length % sizeof(uint32_t) != 0) {
      return absl::InvalidArgumentError(absl::StrCat("layout: the extent of ", extent.region, " at offset ",
                                                     extent.offset, " is no number of 32-bit words long"));
    }
    position = extent.offset + extent.length;
  }
  return absl::OkStatus();
}

absl::Status Render(const Layout& layout, InputOpener open, uint64_t begin, uint64_t end, ByteSink* sink) {
  TSM_RETURN_IF_ERROR(CheckLayout(layout));
  if (begin > end || end > layout.size) {
    return absl::OutOfRangeError(
        absl::StrCat("layout: bytes ", begin, " to ", end, " of an image of ", layout.size, " bytes"));
  }
  Renderer renderer(open, sink);
  uint64_t position = begin;
  for (size_t i = FirstExtentAfter(layout, begin); i < layout.extents.size() && position < end; ++i) {
    const Extent& extent = layout.extents[i];
    if (extent.offset > position) {
      uint64_t gap_end = std::min(extent.offset, end);
      TSM_RETURN_IF_ERROR(renderer.AppendZeros(gap_end - position));
      position = gap_end;
    }
    uint64_t extent_end = std::min(extent.offset + extent.length, end);
    if (position < extent_end) {
      TSM_RETURN_IF_ERROR(renderer.AppendExtent(extent, position - extent.offset, extent_end - position));
      position = extent_end;
    }
  }
  TSM_RETURN_IF_ERROR(renderer.AppendZeros(end - position));
  return renderer.Flush();
}

absl::Status Render(const Layout& layout, const std::map<std::string, const ByteSource*>& inputs, uint64_t begin,
                    uint64_t end, ByteSink* sink) {
  auto open = [&inputs](const std::string& name) -> absl::StatusOr<std::shared_ptr<const ByteSource>> {
    auto it = inputs.find(name);
    if (it == inputs.end()) {
      return absl::NotFoundError(absl::StrCat("input ", name, " is missing"));
    }
    // The caller owns the source: an empty owner shares nothing.
    return std::shared_ptr<const ByteSource>(std::shared_ptr<void>(), it->second);
  };
  return Render(layout, open, begin, end, sink);
}

Region RegionAt(const Layout& layout, uint64_t offset) {
  size_t index = FirstExtentAfter(layout, offset);
  if (index < layout.extents.size() && layout.extents[index].offset <= offset) {
    const Extent& extent = layout.extents[index];
    return Region{extent.region, extent.structure, extent.offset, extent.offset + extent.length};
  }
  Region gap{"zero padding", true, 0, index < layout.extents.size() ? layout.extents[index].offset : layout.size};
  if (index > 0) {
    const Extent& before = layout.extents[index - 1];
    gap.name = absl::StrCat("zero padding after ", before.region);
    gap.begin = before.offset + before.length;
  }
  return gap;
}

}  // namespace tsmedia
