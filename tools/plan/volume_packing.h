// Which part of which pack lies on which volume of a set.

#ifndef TSMEDIA_TOOLS_PLAN_VOLUME_PACKING_H_
#define TSMEDIA_TOOLS_PLAN_VOLUME_PACKING_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace tsmedia {

// A segment has at most this many blocks: it stays below 2 GiB, so that it can be copied to FAT32, whose files end at
// 4 GiB, and read by programs that count in 31 bits.
inline constexpr uint64_t kMaxSegmentBlocks = 511;

// A run of whole blocks of a pack as one file of a volume.
struct PackedSegment {
  size_t pack = 0;  // index into the sizes
  uint64_t first_block = 0;
  uint64_t block_count = 0;
};

using PackedVolume = std::vector<PackedSegment>;

// LeastSizeOf returns the fewest bytes that `segments` take on an ISO volume, their directories counted.
uint64_t LeastSizeOf(const PackedVolume& segments, absl::Span<const uint64_t> pack_sizes);

// VolumeSizer returns how many bytes volume `number` (from 1) has with these segments and all else that belongs on it.
using VolumeSizer = absl::FunctionRef<absl::StatusOr<uint64_t>(uint32_t number, const PackedVolume& segments)>;

// PackVolumes distributes packs, whose sizes in bytes are given in the order of their use, so that whoever uses them in
// that order needs each volume once. Packs are cut between blocks (kBlockSize); a volume ends where not even the next
// block fits on it. `volume_size` is the most that a volume may have in bytes; 0: there is one volume of any size, and
// `size_of` is not called. ResourceExhausted, with the numbers, if a volume has no room for any content.
absl::StatusOr<std::vector<PackedVolume>> PackVolumes(absl::Span<const uint64_t> pack_sizes, uint64_t volume_size,
                                                      VolumeSizer size_of);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_VOLUME_PACKING_H_
