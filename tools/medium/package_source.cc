#include "tools/medium/package_source.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"

namespace tsmedia {
namespace {

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
    : package_(package), segments_(std::move(segments)) {}

absl::StatusOr<std::unique_ptr<PackageSource>> PackageSource::Open(const Medium& medium, const PackageEntry& package,
                                                                   uint32_t volume) {
  TSM_ASSIGN_OR_RETURN(auto segments, SegmentsSource::Open(medium, package, volume));
  return absl::WrapUnique(new PackageSource(package, std::move(segments)));
}

absl::Status PackageSource::Load(uint64_t number, std::vector<uint8_t>* bytes) const {
  const uint64_t offset = number * kBlockSize;
  bytes->resize(std::min(kBlockSize, size() - offset));
  TSM_RETURN_IF_ERROR(segments_->ReadAt(offset, MutableByteSpan(*bytes)));
  if (DigestText(Sha256(ByteSpan(*bytes))) !=
      std::string_view(package_.block_sha256()).substr(number * kDigestSize, kDigestSize)) {
    return absl::DataLossError(
        absl::StrCat(name(), ": block ", number, " is damaged (", segments_->Place(number), ")"));
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
