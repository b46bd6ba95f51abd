// PackInfo (pack.proto): the digests of a pack, and reading and writing the message that carries them.

#ifndef TSMEDIA_TOOLS_CONTENT_PACK_INFO_H_
#define TSMEDIA_TOOLS_CONTENT_PACK_INFO_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/bytes.h"
#include "tools/base/sha256.h"
#include "tools/content/pack.pb.h"

namespace tsmedia {

// The unit in which packs are hashed, verified, fetched and repaired (design section 2).
inline constexpr uint64_t kBlockSize = 4 * kMiB;

// First field of every PackInfo.
inline constexpr std::string_view kPackInfoContext = "tsmedia/packinfo/v1";

// PackDigest returns D of rules/docs/sealing_format.md for a pack of `size` bytes whose blocks have these digests.
Sha256Digest PackDigest(uint64_t size, absl::Span<const Sha256Digest> blocks);

// BlockHasher computes the digests of a pack's blocks from bytes that come in parts.
class BlockHasher {
 public:
  void Update(ByteSpan bytes);
  // Finish ends the last block. Afterwards `size` and `blocks` are those of the whole pack. An empty pack has no block.
  void Finish();

  uint64_t size() const { return size_; }
  const std::vector<Sha256Digest>& blocks() const { return blocks_; }

 private:
  Sha256Hasher hasher_;
  uint64_t size_ = 0;
  std::vector<Sha256Digest> blocks_;
};

// ValidatePackInfo is InvalidArgument unless every field is there and fits the others: names, sizes, number of blocks,
// the pack digest, entries in the tar's order and complete.
absl::Status ValidatePackInfo(const PackInfo& info);

// BlockDigest returns the digest of block `index` (< number of blocks) of a valid PackInfo.
Sha256Digest BlockDigest(const PackInfo& info, size_t index);

// ReadPackInfo reads and validates the file at `path`; errors name it.
absl::StatusOr<PackInfo> ReadPackInfo(const std::string& path);

// ParsePackInfo is ReadPackInfo for bytes in memory.
absl::StatusOr<PackInfo> ParsePackInfo(std::string_view bytes);

// WritePackInfo validates `info` and writes it to `path` in one step. Equal messages give equal bytes.
absl::Status WritePackInfo(const PackInfo& info, const std::string& path);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_PACK_INFO_H_
