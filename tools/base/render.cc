#include "tools/base/render.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

constexpr size_t kPartSize = kMiB;
// Parts between the reading and the writing thread: enough that neither waits for the other's every hiccup.
constexpr size_t kParts = 4;

// Index of the first extent that ends after `offset`.
size_t FirstExtentAfter(const Layout& layout, uint64_t offset) {
  auto it = std::partition_point(layout.extents.begin(), layout.extents.end(),
                                 [offset](const Extent& extent) { return extent.offset + extent.length <= offset; });
  return static_cast<size_t>(it - layout.extents.begin());
}

// PartReader produces the bytes of an image in order.
class PartReader {
 public:
  PartReader(const Layout& layout, InputOpener open, uint64_t begin, uint64_t end)
      : layout_(layout), open_(open), position_(begin), end_(end), extent_(FirstExtentAfter(layout, begin)) {}

  // Next fills the start of `part` and returns how much: less than all of it only at the end.
  absl::StatusOr<size_t> Next(MutableByteSpan part) {
    size_t filled = 0;
    while (filled < part.size() && position_ < end_) {
      uint64_t limit = std::min<uint64_t>(part.size() - filled, end_ - position_);
      TSM_ASSIGN_OR_RETURN(size_t count, FillRun(part.subspan(filled, limit)));
      filled += count;
      position_ += count;
    }
    return filled;
  }

 private:
  // Fills the start of `out` from the extent or the gap at position_.
  absl::StatusOr<size_t> FillRun(MutableByteSpan out) {
    while (extent_ < layout_.extents.size() &&
           layout_.extents[extent_].offset + layout_.extents[extent_].length <= position_) {
      ++extent_;
    }
    if (extent_ == layout_.extents.size() || layout_.extents[extent_].offset > position_) {
      uint64_t gap_end = extent_ == layout_.extents.size() ? layout_.size : layout_.extents[extent_].offset;
      size_t count = std::min<uint64_t>(out.size(), gap_end - position_);
      std::memset(out.data(), 0, count);
      return count;
    }
    const Extent& extent = layout_.extents[extent_];
    uint64_t within = position_ - extent.offset;
    size_t count = std::min<uint64_t>(out.size(), extent.length - within);
    if (const auto* bytes = std::get_if<InlineBytes>(&extent.content)) {
      std::memcpy(out.data(), bytes->bytes.data() + within, count);
      return count;
    }
    const InputSlice& slice = std::get<InputSlice>(extent.content);
    TSM_RETURN_IF_ERROR(UseInput(extent, slice));
    TSM_RETURN_IF_ERROR(source_->ReadAt(slice.offset + within, out.first(count)));
    return count;
  }

  // Makes source_ the input of `slice` and checks, once for each extent, that it is long enough.
  absl::Status UseInput(const Extent& extent, const InputSlice& slice) {
    if (checked_extent_ == &extent) {
      return absl::OkStatus();
    }
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
    checked_extent_ = &extent;
    return absl::OkStatus();
  }

  const Layout& layout_;
  InputOpener open_;
  uint64_t position_;
  const uint64_t end_;
  size_t extent_;
  std::shared_ptr<const ByteSource> source_;
  std::string source_name_;
  const Extent* checked_extent_ = nullptr;
};

// Pipe hands parts from the reading to the writing thread, which give the buffers back.
class Pipe {
 public:
  // FillLoop runs on the reading thread until the end, an error, or Stop.
  void FillLoop(PartReader* reader) {
    for (size_t i = 0;; i = (i + 1) % kParts) {
      Part& part = parts_[i];
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopped_ || !part.full; });
        if (stopped_) {
          return;
        }
      }
      if (part.buffer == nullptr) {
        part.buffer = std::make_unique_for_overwrite<uint8_t[]>(kPartSize);
      }
      absl::StatusOr<size_t> size = reader->Next(MutableByteSpan(part.buffer.get(), kPartSize));
      part.status = size.status();
      part.size = size.ok() ? *size : 0;
      SetFull(&part, true);
      if (!size.ok() || *size < kPartSize) {
        return;
      }
    }
  }

  // DrainLoop appends all parts to `sink`; the reading thread has ended or will, when it returns.
  absl::Status DrainLoop(ByteSink* sink) {
    for (size_t i = 0;; i = (i + 1) % kParts) {
      Part& part = parts_[i];
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return part.full; });
      }
      TSM_RETURN_IF_ERROR(part.status);
      TSM_RETURN_IF_ERROR(sink->Append(ByteSpan(part.buffer.get(), part.size)));
      if (part.size < kPartSize) {
        return absl::OkStatus();
      }
      SetFull(&part, false);
    }
  }

  void Stop() {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  struct Part {
    std::unique_ptr<uint8_t[]> buffer;
    size_t size = 0;
    absl::Status status;
    bool full = false;
  };

  void SetFull(Part* part, bool full) {
    std::lock_guard lock(mutex_);
    part->full = full;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<Part, kParts> parts_;
  bool stopped_ = false;
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
  PartReader reader(layout, open, begin, end);
  if (end - begin <= kPartSize) {
    // Not worth a thread.
    std::string bytes(end - begin, '\0');
    TSM_RETURN_IF_ERROR(reader.Next(MutableByteSpan(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size())).status());
    return sink->Append(bytes);
  }
  Pipe pipe;
  std::thread thread([&] { pipe.FillLoop(&reader); });
  absl::Status status = pipe.DrainLoop(sink);
  pipe.Stop();
  thread.join();
  return status;
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
