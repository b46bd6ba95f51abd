#include "tools/drive/write_medium.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/ranges_source.h"
#include "tools/base/render.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/signify.h"
#include "tools/drive/aligned_buffer.h"
#include "tools/drive/device_layout.h"
#include "tools/drive/grains.h"
#include "tools/medium/medium.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

// Where a partition table may be, whether the sectors have 512 or 4,096 bytes: MBR, header and 16 KiB of entries at the
// start; entries and header at the end.
constexpr uint64_t kLargestSector = 4096;
constexpr uint64_t kEntriesSize = 16 * kKiB;
constexpr uint64_t kTableSize = 2 * kLargestSector + kEntriesSize;
constexpr uint64_t kBackupTableSize = kLargestSector + kEntriesSize;

// The primary volume descriptor of ISO 9660: sector 16 (ECMA-119 6.7.1).
constexpr ByteRange kVolumeDescriptor = {uint64_t{16} * 2048, 2048};

std::vector<ByteRange> Union(std::vector<ByteRange> ranges, const std::vector<ByteRange>& more) {
  ranges.insert(ranges.end(), more.begin(), more.end());
  std::ranges::sort(ranges, {}, &ByteRange::offset);
  return ranges;
}

class ZeroSource : public ByteSource {
 public:
  explicit ZeroSource(uint64_t size) : size_(size) {}

  uint64_t size() const override { return size_; }
  const std::string& name() const override { return name_; }

 private:
  absl::Status DoReadAt(uint64_t, MutableByteSpan out) const override {
    std::ranges::fill(out, uint8_t{0});
    return absl::OkStatus();
  }

  const uint64_t size_;
  const std::string name_ = "zeros";
};

// Another source with zeros in the place of some ranges.
class MaskedSource : public ByteSource {
 public:
  MaskedSource(const ByteSource* base, std::vector<ByteRange> masked) : base_(base), masked_(std::move(masked)) {}

  uint64_t size() const override { return base_->size(); }
  const std::string& name() const override { return base_->name(); }

 private:
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override {
    TSM_RETURN_IF_ERROR(base_->ReadAt(offset, out));
    for (const ByteRange& range : masked_) {
      const uint64_t begin = std::max(offset, range.offset);
      const uint64_t end = std::min(offset + out.size(), range.offset + range.length);
      if (begin < end) {
        std::ranges::fill(out.subspan(begin - offset, end - begin), uint8_t{0});
      }
    }
    return absl::OkStatus();
  }

  const ByteSource* base_;
  const std::vector<ByteRange> masked_;
};

class Writer {
 public:
  Writer(const DeviceLayout& device, const OpenInput& open, const PieceOptions& options, bool all, BlockTarget* target)
      : device_(device),
        medium_(device.layout, open, "the medium"),
        content_(&medium_, Union(device.structures, device.signature)),
        options_(options),
        grains_(device.content_size, all),
        target_(target) {}

  // Finds out what is to be written; false: nothing.
  absl::StatusOr<bool> Compare() {
    Grains all(device_.content_size, true);
    TSM_RETURN_IF_ERROR(ForEachPiece("comparing", all, device_.content_size, options_,
                                     [this](uint64_t offset, MutableByteSpan wanted, MutableByteSpan found) {
                                       return ComparePiece(offset, wanted, found);
                                     }));
    // The backup GPT may lie behind the content.
    bool differs = grains_.MarkedSize() > 0;
    for (const ByteRange& range : device_.structures) {
      TSM_ASSIGN_OR_RETURN(const std::optional<uint64_t> difference, Difference(medium_, range));
      differs |= difference.has_value();
    }
    return differs;
  }

  absl::StatusOr<WriteResult> Write() {
    absl::Status status = Invalidate();
    if (status.ok()) {
      status = WriteContent();
    }
    if (status.ok()) {
      status = Complete();
    }
    if (!status.ok()) {
      return absl::Status(status.code(), absl::StrCat(status.message(),
                                                      "; the device is not to be used as it is: write it again, or use "
                                                      "another one"));
    }
    // Structures inside of the content were counted as a part of it.
    return WriteResult{.written = written_ + SizeBehindContent(), .size = device_.content_size + SizeBehindContent()};
  }

 private:
  // ---- Comparing ----------------------------------------------------------------------------------------------------

  absl::Status ComparePiece(uint64_t offset, MutableByteSpan wanted, MutableByteSpan found) {
    TSM_RETURN_IF_ERROR(medium_.ReadAt(offset, wanted));
    TSM_RETURN_IF_ERROR(target_->ReadAt(offset, found));
    for (uint64_t at = 0; at < wanted.size(); at += kGrainSize) {
      const uint64_t size = std::min<uint64_t>(kGrainSize, wanted.size() - at);
      if (std::memcmp(wanted.data() + at, found.data() + at, size) != 0) {
        grains_.Mark({offset + at, size});
      }
    }
    return absl::OkStatus();
  }

  static std::optional<uint64_t> Difference(uint64_t offset, ByteSpan wanted, ByteSpan found) {
    if (std::memcmp(wanted.data(), found.data(), wanted.size()) == 0) {
      return std::nullopt;
    }
    return offset + static_cast<uint64_t>(std::ranges::mismatch(wanted, found).in1 - wanted.begin());
  }

  // Where the first byte of `range` is that the device does not hold as `wanted` says.
  absl::StatusOr<std::optional<uint64_t>> Difference(const ByteSource& wanted, const ByteRange& range) const {
    AlignedBuffer expected(range.length);
    AlignedBuffer found(range.length);
    TSM_RETURN_IF_ERROR(wanted.ReadAt(range.offset, expected.bytes()));
    TSM_RETURN_IF_ERROR(target_->ReadAt(range.offset, found.bytes()));
    return Difference(range.offset, expected.bytes(), found.bytes());
  }

  absl::Status ReadBackError(uint64_t offset) const {
    return absl::DataLossError(absl::StrCat(target_->name(), ": offset ", offset, " (",
                                            RegionAt(medium_.layout(), offset).name,
                                            "): what was written does not come back: the device is damaged, or has "
                                            "less memory than it says"));
  }

  // ---- Invalidating -------------------------------------------------------------------------------------------------

  // The old signature goes first, and has arrived before anything else changes: without it nothing is accepted.
  absl::Status Invalidate() {
    TSM_RETURN_IF_ERROR(Erase(OldSignatures()));
    const uint64_t size = target_->size();
    const uint64_t backup_size = std::min(size, kBackupTableSize);
    std::vector<ByteRange> ranges = {{0, kTableSize}, kVolumeDescriptor, {size - backup_size, backup_size}};
    return Erase(Union(std::move(ranges), Union(device_.structures, device_.signature)));
  }

  // The sectors of the signatures of all media that the device can be read as.
  std::vector<ByteRange> OldSignatures() const {
    std::vector<ByteRange> ranges;
    // The target outlives the views: an empty owner shares nothing.
    absl::StatusOr<MediumViews> views =
        OpenMediumImage(std::shared_ptr<const ByteSource>(std::shared_ptr<void>(), target_), /*is_device=*/true);
    if (!views.ok()) {
      return ranges;
    }
    const uint64_t sector_size = target_->sector_size();
    for (const std::unique_ptr<Medium>& medium : *views) {
      absl::StatusOr<std::vector<ByteRange>> extents = medium->Locate(kSignaturePath);
      if (!extents.ok()) {
        continue;
      }
      for (const ByteRange& extent : *extents) {
        // A larger file is no signature whatever its name, and not to be erased for it.
        const uint64_t length = std::min<uint64_t>(extent.length, kSignifySignatureFileSize);
        const uint64_t begin = extent.offset / sector_size * sector_size;
        ranges.push_back({begin, RoundUp(extent.offset + length, sector_size) - begin});
      }
    }
    return ranges;
  }

  // Overwrites parts of the device with zeros, and sees that they are. Parts beyond its end are left out.
  absl::Status Erase(std::vector<ByteRange> ranges) {
    if (ranges.empty()) {
      return absl::OkStatus();
    }
    const ZeroSource zeros(target_->size());
    for (ByteRange& range : ranges) {
      range.offset = std::min(range.offset, target_->size());
      range.length = std::min(range.length, target_->size() - range.offset);
      TSM_RETURN_IF_ERROR(WriteRange(zeros, range));
      // An update has to write it again, even if it was right.
      grains_.Mark(range);
    }
    return FlushAndReadBack(zeros, ranges);
  }

  // ---- Writing ------------------------------------------------------------------------------------------------------

  absl::Status WriteRange(const ByteSource& source, const ByteRange& range) {
    AlignedBuffer buffer(range.length);
    TSM_RETURN_IF_ERROR(source.ReadAt(range.offset, buffer.bytes()));
    return target_->WriteAt(range.offset, buffer.bytes());
  }

  // A flush that fails does not say where; what does not come back does. So that is looked for in any case.
  absl::Status FlushAndReadBack(const ByteSource& source, const std::vector<ByteRange>& ranges) {
    const absl::Status flushed = target_->Flush();
    for (const ByteRange& range : ranges) {
      TSM_ASSIGN_OR_RETURN(const std::optional<uint64_t> difference, Difference(source, range));
      if (difference.has_value()) {
        return ReadBackError(*difference);
      }
    }
    return flushed;
  }

  // All but the structures and the signature, which stay zero.
  absl::Status WriteContent() {
    TSM_RETURN_IF_ERROR(ForEachPiece("writing", grains_, device_.content_size, options_,
                                     [this](uint64_t offset, MutableByteSpan piece, MutableByteSpan) {
                                       written_ += piece.size();
                                       absl::Status status = content_.ReadAt(offset, piece);
                                       return status.ok() ? target_->WriteAt(offset, piece) : status;
                                     }));
    const absl::Status flushed = target_->Flush();
    // Only now: a device that has less memory than it says overwrites its start when its end is written.
    TSM_RETURN_IF_ERROR(ForEachPiece("reading back", grains_, device_.content_size, options_,
                                     [this](uint64_t offset, MutableByteSpan wanted, MutableByteSpan found) {
                                       return CheckPiece(offset, wanted, found);
                                     }));
    return flushed;
  }

  absl::Status CheckPiece(uint64_t offset, MutableByteSpan wanted, MutableByteSpan found) const {
    TSM_RETURN_IF_ERROR(content_.ReadAt(offset, wanted));
    TSM_RETURN_IF_ERROR(target_->ReadAt(offset, found));
    const std::optional<uint64_t> difference = Difference(offset, wanted, found);
    return difference.has_value() ? ReadBackError(*difference) : absl::OkStatus();
  }

  // All else is on the device and right: first what makes it a medium, then what makes that one to be believed.
  absl::Status Complete() {
    absl::Status status = WriteLast(device_.structures);
    if (status.ok()) {
      status = WriteLast(device_.signature);
    }
    if (!status.ok()) {
      // Who is told of a failure shall not hold an accepted medium. If this fails as well, nothing more can be done.
      Erase(device_.signature).IgnoreError();
    }
    return status;
  }

  absl::Status WriteLast(const std::vector<ByteRange>& ranges) {
    for (const ByteRange& range : ranges) {
      TSM_RETURN_IF_ERROR(WriteRange(medium_, range));
    }
    return FlushAndReadBack(medium_, ranges);
  }

  // Bytes of the structures that lie behind the content: the backup GPT of a larger device.
  uint64_t SizeBehindContent() const {
    uint64_t size = 0;
    for (const ByteRange& range : device_.structures) {
      const uint64_t begin = std::max(range.offset, device_.content_size);
      size += std::max(range.offset + range.length, begin) - begin;
    }
    return size;
  }

  const DeviceLayout& device_;
  const LayoutSource medium_;
  const MaskedSource content_;  // with zeros in the place of structures and signature
  const PieceOptions& options_;
  Grains grains_;  // what is to be written of the content
  BlockTarget* const target_;
  std::atomic<uint64_t> written_ = 0;
};

absl::StatusOr<DeviceLayout> LayoutFor(const Layout& layout, const OpenInput& open, const BlockTarget& target) {
  absl::StatusOr<DeviceLayout> device = LayoutForDevice(layout, open, target.size(), target.sector_size());
  return device.ok()
             ? std::move(device)
             : absl::Status(device.status().code(), absl::StrCat(target.name(), ": ", device.status().message()));
}

}  // namespace

absl::StatusOr<WriteResult> WriteMedium(const Layout& layout, const OpenInput& open, const PieceOptions& options,
                                        BlockTarget* target) {
  TSM_ASSIGN_OR_RETURN(const DeviceLayout device, LayoutFor(layout, open, *target));
  return Writer(device, open, options, /*all=*/true, target).Write();
}

absl::StatusOr<WriteResult> UpdateMedium(const Layout& layout, const OpenInput& open, const PieceOptions& options,
                                         BlockTarget* target) {
  TSM_ASSIGN_OR_RETURN(const DeviceLayout device, LayoutFor(layout, open, *target));
  Writer writer(device, open, options, /*all=*/false, target);
  TSM_ASSIGN_OR_RETURN(const bool differs, writer.Compare());
  return differs ? writer.Write() : WriteResult{.written = 0, .size = device.content_size};
}

}  // namespace tsmedia
