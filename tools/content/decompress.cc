#include "tools/content/decompress.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lzma.h"
#include "tools/base/status_macros.h"
#include "zlib.h"
#include "zstd.h"
#include "zstd_errors.h"

namespace tsmedia {
namespace {

constexpr size_t kInputSize = 128 * kKiB;
// log2 of kMaxDecoderMemory.
constexpr int kMaxZstdWindowLog = 27;
static_assert(uint64_t{1} << kMaxZstdWindowLog == kMaxDecoderMemory);

constexpr std::string_view kGzipSignature = "\x1f\x8b";
constexpr std::string_view kXzSignature = std::string_view(
    "\xfd"
    "7zXZ\0",
    6);
constexpr std::string_view kZstdSignature = "\x28\xb5\x2f\xfd";
constexpr std::string_view kBzip2Signature = "BZh";
constexpr size_t kMaxSignatureSize = 6;

// Input is the compressed side: a buffer that is refilled from a source.
class Input {
 public:
  explicit Input(const ByteSource* source)
      : source_(source), stream_(source), buffer_(std::make_unique_for_overwrite<uint8_t[]>(kInputSize)) {}

  // Refill makes data() not empty unless the source has ended.
  absl::Status Refill() {
    if (!data_.empty()) {
      return absl::OkStatus();
    }
    TSM_ASSIGN_OR_RETURN(size_t got, stream_.Read(MutableByteSpan(buffer_.get(), kInputSize)));
    data_ = ByteSpan(buffer_.get(), got);
    offset_ += got;
    return absl::OkStatus();
  }
  ByteSpan data() const { return data_; }
  void Consume(size_t count) { data_.remove_prefix(count); }
  const std::string& name() const { return source_->name(); }

  absl::Status Damaged(std::string_view format, std::string_view problem) const {
    return absl::DataLossError(
        absl::StrCat(name(), ": damaged ", format, " data near offset ", offset_ - data_.size(), ": ", problem));
  }
  absl::Status Truncated(std::string_view format) const {
    return absl::DataLossError(absl::StrCat(name(), ": truncated ", format, " data: it ends at offset ", offset_));
  }
  absl::Status TooMuchMemory(std::string_view format) const {
    return absl::ResourceExhaustedError(absl::StrCat(name(), ": this ", format, " data needs more than ",
                                                     kMaxDecoderMemory / kMiB,
                                                     " MiB to decompress; compress it with a smaller dictionary"));
  }

 private:
  const ByteSource* source_;
  SourceStream stream_;
  std::unique_ptr<uint8_t[]> buffer_;
  ByteSpan data_;
  uint64_t offset_ = 0;
};

class GzipStream : public ByteStream {
 public:
  explicit GzipStream(const ByteSource* source) : input_(source) {}
  ~GzipStream() override { inflateEnd(&inflater_); }

  // 15: the largest window; +16: gzip's header and trailer.
  bool Init() { return inflateInit2(&inflater_, 15 + 16) == Z_OK; }
  const std::string& name() const override { return input_.name(); }

  absl::StatusOr<size_t> Read(MutableByteSpan out) override {
    out = out.subspan(0, std::min<size_t>(out.size(), size_t{1} << 30));
    inflater_.next_out = out.data();
    inflater_.avail_out = static_cast<uInt>(out.size());
    while (inflater_.avail_out == out.size() && !at_end_) {
      TSM_RETURN_IF_ERROR(input_.Refill());
      TSM_RETURN_IF_ERROR(between_members_ ? BeginMember() : Inflate());
    }
    return out.size() - inflater_.avail_out;
  }

 private:
  // After a member another one may follow, or zeros as padding (as for `gzip -d`).
  absl::Status BeginMember() {
    if (input_.data().empty()) {
      at_end_ = true;
    } else if (input_.data()[0] == 0) {
      if (!AllZero(input_.data())) {
        return input_.Damaged("gzip", "there is data after the end");
      }
      input_.Consume(input_.data().size());
    } else {
      inflateReset(&inflater_);
      between_members_ = false;
    }
    return absl::OkStatus();
  }

  absl::Status Inflate() {
    if (input_.data().empty()) {
      return input_.Truncated("gzip");
    }
    inflater_.next_in = const_cast<uint8_t*>(input_.data().data());
    inflater_.avail_in = static_cast<uInt>(input_.data().size());
    int result = inflate(&inflater_, Z_NO_FLUSH);
    input_.Consume(input_.data().size() - inflater_.avail_in);
    if (result == Z_STREAM_END) {
      between_members_ = true;
    } else if (result != Z_OK) {
      return input_.Damaged("gzip", inflater_.msg == nullptr ? "unexpected code" : inflater_.msg);
    }
    return absl::OkStatus();
  }

  Input input_;
  z_stream inflater_ = {};
  bool between_members_ = false;
  bool at_end_ = false;
};

class XzStream : public ByteStream {
 public:
  explicit XzStream(const ByteSource* source) : input_(source) {}
  ~XzStream() override { lzma_end(&decoder_); }

  bool Init() { return lzma_stream_decoder(&decoder_, kMaxDecoderMemory, LZMA_CONCATENATED) == LZMA_OK; }
  const std::string& name() const override { return input_.name(); }

  absl::StatusOr<size_t> Read(MutableByteSpan out) override {
    decoder_.next_out = out.data();
    decoder_.avail_out = out.size();
    while (decoder_.avail_out == out.size() && !at_end_) {
      TSM_RETURN_IF_ERROR(input_.Refill());
      TSM_RETURN_IF_ERROR(Decode());
    }
    return out.size() - decoder_.avail_out;
  }

 private:
  absl::Status Decode() {
    decoder_.next_in = input_.data().data();
    decoder_.avail_in = input_.data().size();
    lzma_ret result = lzma_code(&decoder_, input_.data().empty() ? LZMA_FINISH : LZMA_RUN);
    input_.Consume(input_.data().size() - decoder_.avail_in);
    switch (result) {
      case LZMA_OK:
        return absl::OkStatus();
      case LZMA_STREAM_END:
        at_end_ = true;
        return absl::OkStatus();
      case LZMA_BUF_ERROR:
        return input_.Truncated("xz");
      case LZMA_MEMLIMIT_ERROR:
        return input_.TooMuchMemory("xz");
      case LZMA_OPTIONS_ERROR:
        return absl::UnimplementedError(absl::StrCat(input_.name(), ": xz data with a filter other than LZMA2 or x86"));
      default:
        return input_.Damaged("xz", absl::StrCat("the decoder says ", static_cast<int>(result)));
    }
  }

  Input input_;
  lzma_stream decoder_ = LZMA_STREAM_INIT;
  bool at_end_ = false;
};

class ZstdStream : public ByteStream {
 public:
  explicit ZstdStream(const ByteSource* source) : input_(source), decoder_(ZSTD_createDCtx()) {}
  ~ZstdStream() override { ZSTD_freeDCtx(decoder_); }

  bool Init() {
    return decoder_ != nullptr &&
           ZSTD_isError(ZSTD_DCtx_setParameter(decoder_, ZSTD_d_windowLogMax, kMaxZstdWindowLog)) == 0;
  }
  const std::string& name() const override { return input_.name(); }

  absl::StatusOr<size_t> Read(MutableByteSpan out) override {
    ZSTD_outBuffer output = {out.data(), out.size(), 0};
    while (output.pos == 0) {
      TSM_RETURN_IF_ERROR(input_.Refill());
      ZSTD_inBuffer data = {input_.data().data(), input_.data().size(), 0};
      if (data.size == 0 && within_frame_ && !output_was_full_) {
        return input_.Truncated("zstd");
      }
      if (data.size == 0 && !within_frame_) {
        return 0;
      }
      size_t result = ZSTD_decompressStream(decoder_, &output, &data);
      input_.Consume(data.pos);
      if (ZSTD_isError(result)) {
        return Failure(result);
      }
      within_frame_ = result != 0;
      output_was_full_ = output.pos == output.size;
    }
    return output.pos;
  }

 private:
  absl::Status Failure(size_t result) const {
    return ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge
               ? input_.TooMuchMemory("zstd")
               : input_.Damaged("zstd", ZSTD_getErrorName(result));
  }

  Input input_;
  ZSTD_DCtx* decoder_;
  bool within_frame_ = false;
  // The decoder may hold back bytes that did not fit; they come without new input.
  bool output_was_full_ = false;
};

template <typename Stream>
absl::StatusOr<std::unique_ptr<ByteStream>> OpenDecoder(const ByteSource* source) {
  auto stream = std::make_unique<Stream>(source);
  if (!stream->Init()) {
    return absl::ResourceExhaustedError(absl::StrCat(source->name(), ": no memory to decompress"));
  }
  return stream;
}

absl::StatusOr<std::string> Signature(const ByteSource& source) {
  return source.ReadString(0, std::min<uint64_t>(source.size(), kMaxSignatureSize));
}

}  // namespace

absl::StatusOr<bool> IsCompressed(const ByteSource& source) {
  TSM_ASSIGN_OR_RETURN(std::string signature, Signature(source));
  return absl::StartsWith(signature, kGzipSignature) || absl::StartsWith(signature, kXzSignature) ||
         absl::StartsWith(signature, kZstdSignature) || absl::StartsWith(signature, kBzip2Signature);
}

absl::StatusOr<std::unique_ptr<ByteStream>> OpenDecompressed(const ByteSource* source) {
  TSM_ASSIGN_OR_RETURN(std::string signature, Signature(*source));
  if (absl::StartsWith(signature, kGzipSignature)) {
    return OpenDecoder<GzipStream>(source);
  }
  if (absl::StartsWith(signature, kXzSignature)) {
    return OpenDecoder<XzStream>(source);
  }
  if (absl::StartsWith(signature, kZstdSignature)) {
    return OpenDecoder<ZstdStream>(source);
  }
  if (absl::StartsWith(signature, kBzip2Signature)) {
    return absl::UnimplementedError(
        absl::StrCat(source->name(), ": compressed with bzip2; use gzip, xz, zstd or no compression"));
  }
  return std::make_unique<SourceStream>(source);
}

}  // namespace tsmedia
