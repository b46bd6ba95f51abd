#include "tools/medium/package_source.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"

namespace tsmedia {
namespace {

constexpr uint64_t kNoBlock = std::numeric_limits<uint64_t>::max();
constexpr size_t kDigestSize = std::tuple_size_v<Sha256Digest>;

}  // namespace

SegmentsSource::SegmentsSource(const PackageEntry& package)
    : package_(package), name_(absl::StrCat("package ", package.package_id(), " version ", package.version())) {}

absl::StatusOr<std::unique_ptr<SegmentsSource>> SegmentsSource::Open(const Medium& medium, const PackageEntry& package,
                                                                     uint32_t volume) {
  auto source = absl::WrapUnique(new SegmentsSource(package));
  for (const SegmentEntry& segment : package.segments()) {
    if (segment.volume() != volume) {
      return absl::NotFoundError(absl::StrCat(source->name_, ": a part of it is on volume ", segment.volume()));
    }
    TSM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> file, medium.OpenFile(segment.path()));
    source->segments_.push_back(std::move(file));
  }
  return source;
}

// Segments hold whole blocks and ascend: the last one that begins at or before the block has it.
int SegmentsSource::SegmentOf(uint64_t block) const {
  auto after = std::ranges::upper_bound(package_.segments(), block, {}, &SegmentEntry::first_block);
  return static_cast<int>(after - package_.segments().begin()) - 1;
}

std::string SegmentsSource::Place(uint64_t block) const {
  const int index = SegmentOf(block);
  return absl::StrCat(segments_[index]->name(), " at offset ",
                      (block - package_.segments(index).first_block()) * kBlockSize);
}

absl::Status SegmentsSource::DoReadAt(uint64_t offset, MutableByteSpan out) const {
  while (!out.empty()) {
    const int index = SegmentOf(offset / kBlockSize);
    const SegmentEntry& segment = package_.segments(index);
    const uint64_t begin = segment.first_block() * kBlockSize;
    const uint64_t end = begin + segment.block_count() * kBlockSize;
    const uint64_t count = std::min<uint64_t>(out.size(), end - offset);
    TSM_RETURN_IF_ERROR(segments_[index]->ReadAt(offset - begin, out.first(count)));
    out.remove_prefix(count);
    offset += count;
  }
  return absl::OkStatus();
}

PackageSource::PackageSource(const PackageEntry& package, std::unique_ptr<SegmentsSource> segments)
    : package_(package), segments_(std::move(segments)), loaded_(kNoBlock) {}

absl::StatusOr<std::unique_ptr<PackageSource>> PackageSource::Open(const Medium& medium, const PackageEntry& package,
                                                                   uint32_t volume) {
  TSM_ASSIGN_OR_RETURN(auto segments, SegmentsSource::Open(medium, package, volume));
  return absl::WrapUnique(new PackageSource(package, std::move(segments)));
}

absl::Status PackageSource::LoadBlock(uint64_t block) const {
  if (block == loaded_) {
    return absl::OkStatus();
  }
  loaded_ = kNoBlock;
  const uint64_t offset = block * kBlockSize;
  TSM_ASSIGN_OR_RETURN(block_, segments_->ReadString(offset, std::min(kBlockSize, size() - offset)));
  if (DigestText(Sha256(block_)) !=
      std::string_view(package_.block_sha256()).substr(block * kDigestSize, kDigestSize)) {
    return absl::DataLossError(absl::StrCat(name(), ": block ", block, " is damaged (", segments_->Place(block), ")"));
  }
  loaded_ = block;
  return absl::OkStatus();
}

absl::Status PackageSource::DoReadAt(uint64_t offset, MutableByteSpan out) const {
  absl::MutexLock lock(&mutex_);
  while (!out.empty()) {
    TSM_RETURN_IF_ERROR(LoadBlock(offset / kBlockSize));
    uint64_t in_block = offset % kBlockSize;
    uint64_t count = std::min<uint64_t>(out.size(), block_.size() - in_block);
    std::memcpy(out.data(), block_.data() + in_block, count);
    out.remove_prefix(count);
    offset += count;
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
