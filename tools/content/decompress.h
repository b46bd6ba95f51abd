// Streams that decompress gzip, xz and zstd data that nobody vouches for.

#ifndef TSMEDIA_TOOLS_CONTENT_DECOMPRESS_H_
#define TSMEDIA_TOOLS_CONTENT_DECOMPRESS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/content/byte_stream.h"

namespace tsmedia {

// Memory that the data's own choice of a dictionary or window may take: what `xz -9` and `zstd --long` need. It comes
// on top of the bounds that the tools promise.
inline constexpr uint64_t kMaxDecoderMemory = 128 * kMiB;

// OpenDecompressed returns a stream of the decompressed content of `source`, which must outlive it; of `source` itself
// if it begins with none of the signatures of gzip (RFC 1952), xz (.xz 1.1.0, section 2.1.1.1) and zstd (RFC 8878).
// bzip2 and lzma are Unimplemented. Damaged or truncated data is DataLoss at the latest when the stream's end is read.
absl::StatusOr<std::unique_ptr<ByteStream>> OpenDecompressed(const ByteSource* source);

// IsCompressed returns whether OpenDecompressed would decompress `source`.
absl::StatusOr<bool> IsCompressed(const ByteSource& source);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_DECOMPRESS_H_
