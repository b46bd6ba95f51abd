#include "tools/medium/package_source.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"

namespace tsmedia {
namespace {

constexpr size_t kDigestSize = std::tuple_size_v<Sha256Digest>;

}  // namespace

SegmentsSource::SegmentsSource(VolumeProvider& volumes, const PackageEntry& package)
    : volumes_(volumes),
      package_(package),
      name_(absl::StrCat("package ", package.package_id(), " version ", package.version())) {}

// Segments hold whole blocks and ascend: the last one that begins at or before the block has it.
int SegmentsSource::SegmentOf(uint64_t block) const {
  auto after = std::ranges::upper_bound(package_.segments(), block, {}, &SegmentEntry::first_block);
  return static_cast<int>(after - package_.segments().begin()) - 1;
}

std::string SegmentsSource::Place(uint64_t block) const {
  const int index = SegmentOf(block);
  const SegmentEntry& segment = package_.segments(index);
  return absl::StrCat("file /", segment.path(), " of volume ", segment.volume(), " at offset ",
                      (block - segment.first_block()) * kBlockSize);
}

absl::StatusOr<std::shared_ptr<const SegmentsSource::OpenSegment>> SegmentsSource::Open(int index) const {
  const SegmentEntry& segment = package_.segments(index);
  absl::MutexLock lock(&mutex_);
  if (volume_ != segment.volume()) {
    open_.clear();
    volume_ = segment.volume();
  }
  std::shared_ptr<const OpenSegment>& place = open_[index];
  if (place == nullptr) {
    auto opened = std::make_shared<OpenSegment>();
    TSM_ASSIGN_OR_RETURN(opened->medium, volumes_.Open(segment.volume()));
    TSM_ASSIGN_OR_RETURN(opened->file, opened->medium->OpenFile(segment.path()));
    place = std::move(opened);
  }
  return place;
}

absl::Status SegmentsSource::DoReadAt(uint64_t offset, MutableByteSpan out) const {
  while (!out.empty()) {
    const int index = SegmentOf(offset / kBlockSize);
    const SegmentEntry& segment = package_.segments(index);
    const uint64_t begin = segment.first_block() * kBlockSize;
    const uint64_t end = begin + segment.block_count() * kBlockSize;
    const uint64_t count = std::min<uint64_t>(out.size(), end - offset);
    TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const OpenSegment> opened, Open(index));
    TSM_RETURN_IF_ERROR(opened->file->ReadAt(offset - begin, out.first(count)));
    out.remove_prefix(count);
    offset += count;
  }
  return absl::OkStatus();
}

absl::Status PackageSource::Load(uint64_t number, std::vector<uint8_t>* bytes) const {
  const uint64_t offset = number * kBlockSize;
  bytes->resize(std::min(kBlockSize, size() - offset));
  TSM_RETURN_IF_ERROR(segments_.ReadAt(offset, MutableByteSpan(*bytes)));
  if (DigestText(Sha256(ByteSpan(*bytes))) !=
      std::string_view(package_.block_sha256()).substr(number * kDigestSize, kDigestSize)) {
    return absl::DataLossError(absl::StrCat(name(), ": block ", number, " is damaged (", segments_.Place(number), ")"));
  }
  return absl::OkStatus();
}

bool PackageSource::SomeBlockIsFree() const {
  return std::ranges::any_of(blocks_, [](const Block& block) { return block.users == 0; });
}

PackageSource::Block* PackageSource::FindOrTake(uint64_t number, bool* taken) const {
  while (true) {
    Block* oldest = nullptr;
    for (Block& block : blocks_) {
      if (block.number == number) {
        *taken = false;
        return &block;
      }
      if (block.users == 0 && (oldest == nullptr || block.last_use < oldest->last_use)) {
        oldest = &block;
      }
    }
    if (oldest != nullptr) {
      oldest->number = number;
      oldest->ready = false;
      *taken = true;
      return oldest;
    }
    mutex_.Await(absl::Condition(this, &PackageSource::SomeBlockIsFree));
  }
}

const PackageSource::Block* PackageSource::Acquire(uint64_t number) const {
  Block* block;
  {
    absl::MutexLock lock(&mutex_);
    bool taken;
    block = FindOrTake(number, &taken);
    ++block->users;
    block->last_use = ++uses_;
    if (!taken) {
      mutex_.Await(absl::Condition(&block->ready));
      return block;
    }
  }
  block->status = Load(number, &block->bytes);
  absl::MutexLock lock(&mutex_);
  block->ready = true;
  return block;
}

void PackageSource::Release(const Block* used) const {
  absl::MutexLock lock(&mutex_);
  Block& block = blocks_[static_cast<size_t>(used - blocks_.data())];
  // The next reader tries a block again that could not be read.
  if (--block.users == 0 && !block.status.ok()) {
    block.number.reset();
  }
}

absl::Status PackageSource::DoReadAt(uint64_t offset, MutableByteSpan out) const {
  while (!out.empty()) {
    const Block* block = Acquire(offset / kBlockSize);
    absl::Cleanup release = [this, block] { Release(block); };
    TSM_RETURN_IF_ERROR(block->status);
    uint64_t in_block = offset % kBlockSize;
    uint64_t count = std::min<uint64_t>(out.size(), block->bytes.size() - in_block);
    std::memcpy(out.data(), block->bytes.data() + in_block, count);
    out.remove_prefix(count);
    offset += count;
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
