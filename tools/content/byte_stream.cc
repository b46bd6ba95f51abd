#include "tools/content/byte_stream.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

constexpr size_t kCopySize = 256 * kKiB;

absl::Status Truncated(const ByteStream& stream) {
  return absl::DataLossError(absl::StrCat(stream.name(), ": truncated: the data ends too early"));
}

}  // namespace

absl::Status ByteStream::Skip(uint64_t count) {
  auto buffer = std::make_unique_for_overwrite<uint8_t[]>(kCopySize);
  while (count > 0) {
    size_t wanted = static_cast<size_t>(std::min<uint64_t>(count, kCopySize));
    TSM_ASSIGN_OR_RETURN(size_t got, Read(MutableByteSpan(buffer.get(), wanted)));
    if (got == 0) {
      return Truncated(*this);
    }
    count -= got;
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> SourceStream::Read(MutableByteSpan out) {
  size_t count = static_cast<size_t>(std::min<uint64_t>(out.size(), end_ - position_));
  if (count > 0) {
    TSM_RETURN_IF_ERROR(source_->ReadAt(position_, out.subspan(0, count)));
    position_ += count;
  }
  return count;
}

absl::Status SourceStream::Skip(uint64_t count) {
  if (count > end_ - position_) {
    return Truncated(*this);
  }
  position_ += count;
  return absl::OkStatus();
}

absl::StatusOr<size_t> ReadUpTo(ByteStream& stream, MutableByteSpan out) {
  size_t filled = 0;
  while (filled < out.size()) {
    TSM_ASSIGN_OR_RETURN(size_t got, stream.Read(out.subspan(filled)));
    if (got == 0) {
      break;
    }
    filled += got;
  }
  return filled;
}

absl::Status ReadExactly(ByteStream& stream, MutableByteSpan out) {
  TSM_ASSIGN_OR_RETURN(size_t got, ReadUpTo(stream, out));
  return got == out.size() ? absl::OkStatus() : Truncated(stream);
}

absl::StatusOr<uint64_t> CopyAll(ByteStream& stream, ByteSink& sink) {
  auto buffer = std::make_unique_for_overwrite<uint8_t[]>(kCopySize);
  uint64_t total = 0;
  while (true) {
    TSM_ASSIGN_OR_RETURN(size_t got, stream.Read(MutableByteSpan(buffer.get(), kCopySize)));
    if (got == 0) {
      return total;
    }
    TSM_RETURN_IF_ERROR(sink.Append(ByteSpan(buffer.get(), got)));
    total += got;
  }
}

}  // namespace tsmedia
