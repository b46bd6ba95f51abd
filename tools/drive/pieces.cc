#include "tools/drive/pieces.h"

#include <algorithm>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tools/base/parallel.h"
#include "tools/base/ranges_source.h"
#include "tools/drive/block_target.h"

namespace tsmedia {
namespace {

// How far the work is, and what went wrong first.
class Outcome {
 public:
  Outcome(std::string_view what, uint64_t total, const WriteProgress& progress)
      : what_(what), total_(total), progress_(progress) {}

  bool Failed() const {
    absl::MutexLock lock(&mutex_);
    return !status_.ok();
  }

  void Add(const ByteRange& piece, absl::Status status) {
    absl::MutexLock lock(&mutex_);
    if (!status.ok() && (status_.ok() || piece.offset < offset_)) {
      offset_ = piece.offset;
      status_ = std::move(status);
    }
    done_ += piece.length;
    if (progress_) {
      progress_(what_, done_, total_);
    }
  }

  absl::Status status() const {
    absl::MutexLock lock(&mutex_);
    return status_;
  }

 private:
  const std::string_view what_;
  const uint64_t total_;
  const WriteProgress& progress_;
  mutable absl::Mutex mutex_;
  uint64_t done_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t offset_ ABSL_GUARDED_BY(mutex_) = 0;  // of the piece that status_ is about
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

MutableByteSpan Aligned(MutableByteSpan buffer) {
  const size_t over = reinterpret_cast<uintptr_t>(buffer.data()) % kTargetAlignment;
  return over == 0 ? buffer : buffer.subspan(kTargetAlignment - over);
}

}  // namespace

absl::Status ForEachPiece(std::string_view what, const Grains& grains, uint64_t size, const PieceOptions& options,
                          PieceWork work) {
  const uint64_t piece_size = options.piece_size;
  Outcome outcome(what, grains.MarkedSize(), options.progress);
  RunOnThreads(options.threads, (size + piece_size - 1) / piece_size, 2 * piece_size + kTargetAlignment,
               [&](size_t number, MutableByteSpan buffer) {
                 MutableByteSpan aligned = Aligned(buffer);
                 for (const ByteRange& part : grains.MarkedIn({number * piece_size, piece_size})) {
                   if (outcome.Failed()) {
                     return;
                   }
                   outcome.Add(part, work(part.offset, aligned.subspan(0, part.length),
                                          aligned.subspan(piece_size, part.length)));
                 }
               });
  return outcome.status();
}

}  // namespace tsmedia
