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
// sectors for their records in directories and path tables, and its own record. A bound is enough: each volume is
// measured before it is closed.
constexpr uint64_t kSectorSize = 2048;
constexpr uint64_t kPackOverhead = 8 * kSectorSize;
constexpr uint64_t kSegmentOverhead = kSectorSize;

uint64_t BlocksOf(uint64_t size) { return size / kBlockSize + (size % kBlockSize != 0); }

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
      if (AddWhatFits(volume_size_ - used, volume)) {
        TSM_ASSIGN_OR_RETURN(used, size_of_(number, *volume));
        if (used > volume_size_) {
          return absl::InternalError(absl::StrCat("volume ", number, " was packed too full"));
        }
        continue;
      }
      TSM_ASSIGN_OR_RETURN(const bool added, TryNextBlock(number, &used, volume));
      if (!added) {
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

  uint64_t BytesOf(uint64_t blocks) const {
    const uint64_t begin = next_.block * kBlockSize;
    return RoundUp(std::min(blocks * kBlockSize, sizes_[next_.pack] - begin), kSectorSize);
  }

  // How many blocks of the pack the volume's last segment can take in addition.
  uint64_t RoomInSegment(const PackedVolume& volume) const {
    const bool continues = !volume.empty() && volume.back().pack == next_.pack;
    return continues ? kMaxSegmentBlocks - volume.back().block_count : 0;
  }

  void Take(uint64_t blocks, PackedVolume* volume) {
    if (RoomInSegment(*volume) > 0) {
      volume->back().block_count += blocks;
    } else {
      volume->push_back({next_.pack, next_.block, blocks});
    }
    next_.block += blocks;
    SkipEmpty();
  }

  // Adds what surely fits into `free` bytes; returns whether that is anything.
  bool AddWhatFits(uint64_t free, PackedVolume* volume) {
    bool added = false;
    while (!AtEnd()) {
      uint64_t overhead = 0;
      uint64_t blocks = RoomInSegment(*volume);
      if (blocks == 0) {
        const bool is_new = volume->empty() || volume->back().pack != next_.pack;
        overhead = kSegmentOverhead + (is_new ? kPackOverhead : 0);
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
      Take(blocks, volume);
      added = true;
    }
    return added;
  }

  // Adds the next block if it fits to the byte.
  absl::StatusOr<bool> TryNextBlock(uint32_t number, uint64_t* used, PackedVolume* volume) {
    if (volume_size_ - *used < BytesOf(1)) {
      return false;
    }
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

absl::StatusOr<std::vector<PackedVolume>> PackVolumes(absl::Span<const uint64_t> pack_sizes, uint64_t volume_size,
                                                      VolumeSizer size_of) {
  return Packer(pack_sizes, volume_size, size_of).Run();
}

}  // namespace tsmedia
