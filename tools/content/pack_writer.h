// The writer of packs: compresses, hashes and writes at the same time.
//
// The caller's thread fills frames; worker threads hash and compress them; one thread hashes the stored blocks and
// writes. The bytes never depend on the number of threads, as every frame covers kFrameSize bytes of input and is
// compressed for itself.

#ifndef TSMEDIA_TOOLS_CONTENT_PACK_WRITER_H_
#define TSMEDIA_TOOLS_CONTENT_PACK_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "tools/base/byte_sink.h"
#include "tools/base/bytes.h"
#include "tools/base/sha256.h"
#include "tools/content/pack_info.h"

namespace tsmedia {

// Uncompressed bytes of every zstd frame but the last, which may be shorter: large enough to compress well (0.4 %
// worse than one frame for all), small enough that a few of them are the whole memory of writer and reader.
inline constexpr size_t kFrameSize = 4 * kMiB;
// zstd's own default: 5 times as fast as level 9 for 14 % more bytes.
inline constexpr int kZstdLevel = 3;

// PackWriterResult is what there is to say about a written pack.
struct PackWriterResult {
  uint64_t unpacked_size = 0;
  uint64_t stored_size = 0;
  std::vector<Sha256Digest> blocks;
};

// PackWriter turns a sequence of bytes into the bytes of a pack. It takes 8 MiB a thread and 16 MiB more.
class PackWriter {
 public:
  // `sink` must outlive the writer, whose own thread uses it until Finish or the destructor returns. `threads` >= 1.
  PackWriter(ByteSink* sink, PackInfo::Compression compression, int threads);
  ~PackWriter();
  PackWriter(const PackWriter&) = delete;
  PackWriter& operator=(const PackWriter&) = delete;

  // Space returns room, not empty, for the next bytes; Advance takes the first `count` of them.
  absl::StatusOr<MutableByteSpan> Space();
  void Advance(size_t count);
  // Append copies `bytes`.
  absl::Status Append(ByteSpan bytes);

  // The bytes between BeginFile and EndFile are a file; `digest` has its 32 bytes after Finish. Another thread may
  // write it at any time before, so it must outlive the writer.
  void BeginFile(std::string* digest);
  void EndFile();

  // Finish waits until everything is with the sink.
  absl::StatusOr<PackWriterResult> Finish();

 private:
  // A whole file in a frame, which a worker hashes.
  struct HashJob {
    size_t offset;
    size_t size;
    std::string* digest;
  };
  struct Frame {
    std::unique_ptr<uint8_t[]> input;
    size_t input_size = 0;
    std::unique_ptr<uint8_t[]> output;  // only if packs are compressed
    size_t output_size = 0;
    std::vector<HashJob> hash_jobs;
    bool done = false;  // guarded by mutex_, like everything else once the frame is in the queues
  };

  // A frame goes from free_ to the caller, from there to to_compress_ and to_write_ at once; a worker takes it from
  // the former and marks it done, the writer thread takes it from the latter when it is done, and frees it.
  absl::Status TakeFrame();
  void SubmitFrame();
  void HashOpenFile(size_t end);
  void Fail(absl::Status status) ABSL_LOCKS_EXCLUDED(mutex_);
  void RunWorker();
  void RunWriter();
  absl::Status Compress(void* context, Frame& frame) const;
  bool FrameToCompress() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return closed_ || !to_compress_.empty(); }
  bool FrameToWrite() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return to_write_.empty() ? closed_ : to_write_.front()->done;
  }
  bool FrameIsFree() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !free_.empty() || !status_.ok(); }
  void JoinThreads();

  ByteSink* sink_;
  const bool compress_;

  // The caller's thread only.
  Frame* current_ = nullptr;
  uint64_t unpacked_size_ = 0;
  std::string* open_file_ = nullptr;
  size_t open_file_begin_ = 0;                 // in the current frame
  std::optional<Sha256Hasher> spanning_file_;  // of an open file that began in an earlier frame

  // The writer thread only; the caller's after Finish has joined it.
  BlockHasher block_hasher_;

  std::vector<std::unique_ptr<Frame>> frames_;
  absl::Mutex mutex_;
  std::vector<Frame*> free_ ABSL_GUARDED_BY(mutex_);
  std::deque<Frame*> to_compress_ ABSL_GUARDED_BY(mutex_);
  std::deque<Frame*> to_write_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_PACK_WRITER_H_
