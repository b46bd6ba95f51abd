#include "tools/content/pack_writer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"
#include "zstd.h"

namespace tsmedia {
namespace {

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
using ContextPtr = std::unique_ptr<ZSTD_CCtx, FreeContext>;

// Size and checksum in every frame let a reader bound its memory and find damage at once (pack_format.md).
ContextPtr MakeContext() {
  ContextPtr context(ZSTD_createCCtx());
  if (context != nullptr) {
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kZstdLevel);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 1);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  }
  return context;
}

}  // namespace

PackWriter::PackWriter(ByteSink* sink, PackInfo::Compression compression, int threads)
    : sink_(sink), compress_(compression == PackInfo::ZSTD) {
  // One frame for each worker, one that is being filled, one that is being written.
  int frame_count = threads + 2;
  for (int i = 0; i < frame_count; ++i) {
    auto frame = std::make_unique<Frame>();
    frame->input = std::make_unique_for_overwrite<uint8_t[]>(kFrameSize);
    if (compress_) {
      frame->output = std::make_unique_for_overwrite<uint8_t[]>(ZSTD_compressBound(kFrameSize));
    }
    free_.push_back(frame.get());
    frames_.push_back(std::move(frame));
  }
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { RunWorker(); });
  }
  threads_.emplace_back([this] { RunWriter(); });
}

PackWriter::~PackWriter() {
  Fail(absl::CancelledError("the pack is not finished"));
  JoinThreads();
}

absl::StatusOr<MutableByteSpan> PackWriter::Space() {
  if (current_ != nullptr && current_->input_size == kFrameSize) {
    SubmitFrame();
  }
  if (current_ == nullptr) {
    TSM_RETURN_IF_ERROR(TakeFrame());
  }
  return MutableByteSpan(current_->input.get() + current_->input_size, kFrameSize - current_->input_size);
}

void PackWriter::Advance(size_t count) {
  current_->input_size += count;
  unpacked_size_ += count;
}

absl::Status PackWriter::Append(ByteSpan bytes) {
  while (!bytes.empty()) {
    TSM_ASSIGN_OR_RETURN(MutableByteSpan space, Space());
    size_t count = std::min(space.size(), bytes.size());
    std::memcpy(space.data(), bytes.data(), count);
    Advance(count);
    bytes.remove_prefix(count);
  }
  return absl::OkStatus();
}

void PackWriter::BeginFile(std::string* digest) {
  open_file_ = digest;
  open_file_begin_ = current_ == nullptr ? 0 : current_->input_size;
}

void PackWriter::EndFile() {
  size_t end = current_ == nullptr ? 0 : current_->input_size;
  if (spanning_file_.has_value()) {
    HashOpenFile(end);
    *open_file_ = DigestText(spanning_file_->Finish());
    spanning_file_.reset();
  } else if (end == open_file_begin_) {
    *open_file_ = DigestText(Sha256(ByteSpan()));
  } else {
    current_->hash_jobs.push_back({open_file_begin_, end - open_file_begin_, open_file_});
  }
  open_file_ = nullptr;
}

// Parts of a file in several frames have to be hashed in order, so the caller's thread does it.
void PackWriter::HashOpenFile(size_t end) {
  if (!spanning_file_.has_value()) {
    spanning_file_.emplace();
  }
  if (end > open_file_begin_) {
    spanning_file_->Update(ByteSpan(current_->input.get() + open_file_begin_, end - open_file_begin_));
  }
}

absl::Status PackWriter::TakeFrame() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &PackWriter::FrameIsFree));
  TSM_RETURN_IF_ERROR(status_);
  current_ = free_.back();
  free_.pop_back();
  current_->input_size = 0;
  current_->hash_jobs.clear();
  current_->done = false;
  return absl::OkStatus();
}

void PackWriter::SubmitFrame() {
  if (open_file_ != nullptr) {
    HashOpenFile(current_->input_size);
    open_file_begin_ = 0;
  }
  absl::MutexLock lock(&mutex_);
  // After a failure nobody may be left to take it.
  if (status_.ok()) {
    to_compress_.push_back(current_);
    to_write_.push_back(current_);
  }
  current_ = nullptr;
}

absl::StatusOr<PackWriterResult> PackWriter::Finish() {
  // An empty input is one empty frame, as `zstd -d` wants at least one; after others there is no empty frame.
  if (current_ == nullptr && unpacked_size_ == 0) {
    TSM_RETURN_IF_ERROR(TakeFrame());
  }
  if (current_ != nullptr && (current_->input_size > 0 || unpacked_size_ == 0)) {
    SubmitFrame();
  }
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
  }
  JoinThreads();
  absl::MutexLock lock(&mutex_);
  TSM_RETURN_IF_ERROR(status_);
  return PackWriterResult{unpacked_size_, block_hasher_.size(), block_hasher_.blocks()};
}

void PackWriter::JoinThreads() {
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

void PackWriter::Fail(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  if (status_.ok()) {
    status_ = std::move(status);
  }
  closed_ = true;
  to_compress_.clear();
  to_write_.clear();
}

void PackWriter::RunWorker() {
  ContextPtr context = MakeContext();
  if (context == nullptr) {
    Fail(absl::ResourceExhaustedError("no memory to compress"));
  }
  while (true) {
    Frame* frame;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &PackWriter::FrameToCompress));
      if (to_compress_.empty()) {
        return;
      }
      frame = to_compress_.front();
      to_compress_.pop_front();
    }
    for (const HashJob& job : frame->hash_jobs) {
      *job.digest = DigestText(Sha256(ByteSpan(frame->input.get() + job.offset, job.size)));
    }
    if (compress_) {
      if (absl::Status status = Compress(context.get(), *frame); !status.ok()) {
        Fail(std::move(status));
        return;
      }
    }
    absl::MutexLock lock(&mutex_);
    frame->done = true;
  }
}

absl::Status PackWriter::Compress(void* context, Frame& frame) const {
  size_t size = ZSTD_compress2(static_cast<ZSTD_CCtx*>(context), frame.output.get(), ZSTD_compressBound(kFrameSize),
                               frame.input.get(), frame.input_size);
  if (ZSTD_isError(size)) {
    return absl::InternalError(absl::StrCat("zstd cannot compress: ", ZSTD_getErrorName(size)));
  }
  frame.output_size = size;
  return absl::OkStatus();
}

void PackWriter::RunWriter() {
  while (true) {
    Frame* frame;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &PackWriter::FrameToWrite));
      if (to_write_.empty()) {
        break;
      }
      frame = to_write_.front();
      to_write_.pop_front();
    }
    ByteSpan bytes =
        compress_ ? ByteSpan(frame->output.get(), frame->output_size) : ByteSpan(frame->input.get(), frame->input_size);
    if (absl::Status status = sink_->Append(bytes); !status.ok()) {
      Fail(std::move(status));
      return;
    }
    block_hasher_.Update(bytes);
    absl::MutexLock lock(&mutex_);
    free_.push_back(frame);
  }
  block_hasher_.Finish();
}

}  // namespace tsmedia
