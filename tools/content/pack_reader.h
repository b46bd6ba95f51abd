// The reader of packs that nobody vouches for: a stream of the tar or file that a pack holds.

#ifndef TSMEDIA_TOOLS_CONTENT_PACK_READER_H_
#define TSMEDIA_TOOLS_CONTENT_PACK_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/content/byte_stream.h"
#include "tools/content/pack_info.h"

namespace tsmedia {

// PackReader decompresses a pack frame by frame. It takes 8.1 MiB for a compressed pack, whatever the pack says, and
// accepts only what PackWriter writes: every frame says its size and has a checksum, and all but the last one hold
// kFrameSize bytes. Whether the stored bytes are the right ones is for the block digests to say, not for the reader.
class PackReader : public ByteStream {
 public:
  // `source` must outlive the reader.
  PackReader(const ByteSource* source, PackInfo::Compression compression);
  ~PackReader() override;
  PackReader(const PackReader&) = delete;
  PackReader& operator=(const PackReader&) = delete;

  // Errors are DataLoss and name the source and the offset of the frame in it.
  absl::StatusOr<size_t> Read(MutableByteSpan out) override;
  const std::string& name() const override { return source_->name(); }

 private:
  struct Decoder;

  absl::Status Damaged(std::string_view problem) const;
  // Makes `plain_` the content of the next frame, empty after the last.
  absl::Status NextFrame();
  absl::StatusOr<size_t> CheckFrameHeader(ByteSpan data);

  const ByteSource* source_;
  std::unique_ptr<Decoder> decoder_;  // only if the pack is compressed
  uint64_t position_ = 0;             // in the source: of the next frame
  ByteSpan plain_;                    // what is left of the current frame
  bool short_frame_seen_ = false;     // only the last frame is shorter
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_PACK_READER_H_
