#include "tools/plan/volume_packing.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"

namespace tsmedia {
namespace {

// What a segment takes beside its bytes is at most this: sectors for its pack's two directories in both trees, parts of
// sectors for their records in directories and path tables, and its own record. It takes at least the directories'
// sectors. Bounds are enough: a volume is measured if they do not say whether the next block fits.
constexpr uint64_t kSectorSize = 2048;
constexpr uint64_t kPackOverhead = 8 * kSectorSize;
constexpr uint64_t kLeastPackOverhead = 4 * kSectorSize;
constexpr uint64_t kSegmentOverhead = kSectorSize;

uint64_t BlocksOf(uint64_t size) { return size / kBlockSize + (size % kBlockSize != 0); }

// Bytes of whole sectors that `blocks` blocks of a pack take.
uint64_t SectorBytes(uint64_t pack_size, uint64_t first_block, uint64_t blocks) {
  return RoundUp(std::min(blocks * kBlockSize, pack_size - first_block * kBlockSize), kSectorSize);
}

class Packer {
 public:
  Packer(absl::Span<const uint64_t> sizes, uint64_t volume_size, VolumeSizer size_of)
      : sizes_(sizes), volume_size_(volume_size), size_of_(size_of) {
    SkipEmpty();
  }

  absl::StatusOr<std::vector<PackedVolume>> Run() {
    std::vector<PackedVolume> volumes;
    do {
      PackedVolume volume;
      TSM_RETURN_IF_ERROR(Fill(static_cast<uint32_t>(volumes.size() + 1), &volume));
      volumes.push_back(std::move(volume));
    } while (!AtEnd());
    return volumes;
  }

 private:
  struct Position {
    size_t pack = 0;
    uint64_t block = 0;
  };

  bool AtEnd() const { return next_.pack == sizes_.size(); }

  void SkipEmpty() {
    while (!AtEnd() && next_.block == BlocksOf(sizes_[next_.pack])) {
      next_ = {next_.pack + 1, 0};
    }
  }

  absl::Status Fill(uint32_t number, PackedVolume* volume) {
    if (volume_size_ == 0) {
      AddWhatFits(std::numeric_limits<uint64_t>::max(), volume);
      return absl::OkStatus();
    }
    TSM_ASSIGN_OR_RETURN(uint64_t used, size_of_(number, *volume));
    if (used > volume_size_) {
      return TooSmall(number, used, "has no room for them");
    }
    while (!AtEnd()) {
      const uint64_t added = AddWhatFits(volume_size_ - used, volume);
      if (AtEnd() || used + added + LeastOverhead(*volume) + BytesOf(1) > volume_size_) {
        break;
      }
      if (added > 0) {
        TSM_ASSIGN_OR_RETURN(used, size_of_(number, *volume));
        if (used > volume_size_) {
          return absl::InternalError(absl::StrCat("volume ", number, " was packed too full"));
        }
        continue;
      }
      TSM_ASSIGN_OR_RETURN(const bool fits, TryNextBlock(number, &used, volume));
      if (!fits) {
        break;
      }
    }
    if (volume->empty() && number > 1 && !AtEnd()) {
      return TooSmall(number, used + kBlockSize + kPackOverhead, "has no room for a block of content");
    }
    return absl::OkStatus();
  }

  absl::Status TooSmall(uint32_t number, uint64_t needed, std::string_view what) const {
    return absl::ResourceExhaustedError(absl::StrCat(
        "volume_size: a volume of ", volume_size_, " bytes ", what, ": volume ", number,
        number == 1 ? " needs, for the boot image and what else has to be on the first volume, " : " needs at least ",
        needed, " bytes"));
  }

  uint64_t BytesOf(uint64_t blocks) const { return SectorBytes(sizes_[next_.pack], next_.block, blocks); }

  // How many blocks of the pack the volume's last segment can take in addition.
  uint64_t RoomInSegment(const PackedVolume& volume) const {
    const bool continues = !volume.empty() && volume.back().pack == next_.pack;
    return continues ? kMaxSegmentBlocks - volume.back().block_count : 0;
  }

  bool IsNew(const PackedVolume& volume) const { return volume.empty() || volume.back().pack != next_.pack; }

  // Of the next block.
  uint64_t LeastOverhead(const PackedVolume& volume) const { return IsNew(volume) ? kLeastPackOverhead : 0; }

  void Take(uint64_t blocks, PackedVolume* volume) {
    if (RoomInSegment(*volume) > 0) {
      volume->back().block_count += blocks;
    } else {
      volume->push_back({next_.pack, next_.block, blocks});
    }
    next_.block += blocks;
    SkipEmpty();
  }

  // Adds what surely fits into `free` bytes; returns the fewest bytes that it takes, 0 if it is nothing.
  uint64_t AddWhatFits(uint64_t free, PackedVolume* volume) {
    uint64_t least = 0;
    while (!AtEnd()) {
      uint64_t overhead = 0;
      uint64_t blocks = RoomInSegment(*volume);
      if (blocks == 0) {
        overhead = kSegmentOverhead + (IsNew(*volume) ? kPackOverhead : 0);
        blocks = kMaxSegmentBlocks;
      }
      blocks = std::min(blocks, BlocksOf(sizes_[next_.pack]) - next_.block);
      if (free < overhead + BytesOf(blocks)) {
        // Of the last block all or nothing counts, so whole blocks are enough here.
        blocks = free < overhead ? 0 : std::min(blocks - 1, (free - overhead) / kBlockSize);
      }
      if (blocks == 0) {
        break;
      }
      free -= overhead + BytesOf(blocks);
      least += LeastOverhead(*volume) + BytesOf(blocks);
      Take(blocks, volume);
    }
    return least;
  }

  // Adds the next block if it fits to the byte.
  absl::StatusOr<bool> TryNextBlock(uint32_t number, uint64_t* used, PackedVolume* volume) {
    const Position before = next_;
    PackedVolume fuller = *volume;
    Take(1, &fuller);
    TSM_ASSIGN_OR_RETURN(const uint64_t size, size_of_(number, fuller));
    if (size > volume_size_) {
      next_ = before;
      return false;
    }
    *volume = std::move(fuller);
    *used = size;
    return true;
  }

  const absl::Span<const uint64_t> sizes_;
  const uint64_t volume_size_;
  const VolumeSizer size_of_;
  Position next_;
};

}  // namespace

uint64_t LeastSizeOf(const PackedVolume& segments, absl::Span<const uint64_t> pack_sizes) {
  uint64_t bytes = 0;
  for (size_t i = 0; i < segments.size(); ++i) {
    const PackedSegment& segment = segments[i];
    const bool is_new = i == 0 || segments[i - 1].pack != segment.pack;
    bytes += (is_new ? kLeastPackOverhead : 0) +
             SectorBytes(pack_sizes[segment.pack], segment.first_block, segment.block_count);
  }
  return bytes;
}

absl::StatusOr<std::vector<PackedVolume>> PackVolumes(absl::Span<const uint64_t> pack_sizes, uint64_t volume_size,
                                                      VolumeSizer size_of) {
  return Packer(pack_sizes, volume_size, size_of).Run();
}

}  // namespace tsmedia
