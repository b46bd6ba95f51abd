#include "tools/content/pack_reader.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_writer.h"
#include "zstd.h"

namespace tsmedia {
namespace {

// RFC 8878, section 3.1.1.1: magic number and frame header descriptor.
constexpr uint32_t kFrameMagic = 0xfd2fb528;
constexpr size_t kDescriptorOffset = 4;
constexpr uint8_t kChecksumFlag = 1 << 2;
constexpr uint8_t kDictionaryFlags = 3;

}  // namespace

// Decoder is what decompression needs. The compressed side holds one frame at its longest.
struct PackReader::Decoder {
  Decoder()
      : context(ZSTD_createDCtx()),
        compressed_capacity(ZSTD_compressBound(kFrameSize)),
        compressed(std::make_unique_for_overwrite<uint8_t[]>(compressed_capacity)),
        plain(std::make_unique_for_overwrite<uint8_t[]>(kFrameSize)) {}
  ~Decoder() { ZSTD_freeDCtx(context); }

  ZSTD_DCtx* context;
  size_t compressed_capacity;
  std::unique_ptr<uint8_t[]> compressed;  // the source from position_ on
  size_t compressed_size = 0;
  std::unique_ptr<uint8_t[]> plain;
};

PackReader::PackReader(const ByteSource* source, PackInfo::Compression compression)
    : source_(source), decoder_(compression == PackInfo::ZSTD ? std::make_unique<Decoder>() : nullptr) {}

PackReader::~PackReader() = default;

absl::StatusOr<size_t> PackReader::Read(MutableByteSpan out) {
  if (decoder_ == nullptr) {
    size_t count = static_cast<size_t>(std::min<uint64_t>(out.size(), source_->size() - position_));
    if (count > 0) {
      TSM_RETURN_IF_ERROR(source_->ReadAt(position_, out.subspan(0, count)));
    }
    position_ += count;
    return count;
  }
  if (plain_.empty()) {
    TSM_RETURN_IF_ERROR(NextFrame());
  }
  size_t count = std::min(out.size(), plain_.size());
  std::copy_n(plain_.data(), count, out.data());
  plain_.remove_prefix(count);
  return count;
}

absl::Status PackReader::Damaged(std::string_view problem) const {
  return absl::DataLossError(
      absl::StrCat(source_->name(), ": damaged pack: zstd frame at offset ", position_, ": ", problem));
}

absl::Status PackReader::NextFrame() {
  uint64_t rest = source_->size() - position_;
  if (rest == 0) {
    return position_ == 0 ? Damaged("the pack is empty") : absl::OkStatus();
  }
  if (short_frame_seen_) {
    return Damaged("it follows a frame that is too short not to be the last");
  }
  // Every byte is read once: the source may have to verify what it gives.
  size_t old_size = decoder_->compressed_size;
  decoder_->compressed_size = static_cast<size_t>(std::min<uint64_t>(rest, decoder_->compressed_capacity));
  MutableByteSpan data(decoder_->compressed.get(), decoder_->compressed_size);
  if (data.size() > old_size) {
    TSM_RETURN_IF_ERROR(source_->ReadAt(position_ + old_size, data.subspan(old_size)));
  }
  TSM_ASSIGN_OR_RETURN(size_t plain_size, CheckFrameHeader(data));
  size_t frame_size = ZSTD_findFrameCompressedSize(data.data(), data.size());
  if (ZSTD_isError(frame_size)) {
    return Damaged("it is truncated or damaged");
  }
  size_t result = ZSTD_decompressDCtx(decoder_->context, decoder_->plain.get(), kFrameSize, data.data(), frame_size);
  if (ZSTD_isError(result) || result != plain_size) {
    return Damaged(ZSTD_isError(result) ? ZSTD_getErrorName(result) : "it has another size than it says");
  }
  plain_ = ByteSpan(decoder_->plain.get(), plain_size);
  short_frame_seen_ = plain_size < kFrameSize;
  std::copy(data.begin() + static_cast<ptrdiff_t>(frame_size), data.end(), data.begin());
  decoder_->compressed_size -= frame_size;
  position_ += frame_size;
  return absl::OkStatus();
}

absl::StatusOr<size_t> PackReader::CheckFrameHeader(ByteSpan data) {
  if (data.size() <= kDescriptorOffset || LoadLittle<uint32_t>(data.data()) != kFrameMagic) {
    return Damaged("there is no zstd frame");
  }
  unsigned long long size = ZSTD_getFrameContentSize(data.data(), data.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > kFrameSize) {
    return Damaged(absl::StrCat("it does not say a size of at most ", kFrameSize, " bytes"));
  }
  if ((data[kDescriptorOffset] & kChecksumFlag) == 0 || (data[kDescriptorOffset] & kDictionaryFlags) != 0) {
    return Damaged("it has no checksum or wants a dictionary");
  }
  // An empty frame is the pack of nothing, never a last frame after others.
  if (size == 0 && position_ != 0) {
    return Damaged("it is empty");
  }
  return static_cast<size_t>(size);
}

}  // namespace tsmedia
