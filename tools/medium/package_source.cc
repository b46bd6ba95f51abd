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

PackageSource::PackageSource(const PackageEntry& package)
    : package_(package),
      name_(absl::StrCat("package ", package.package_id(), " version ", package.version())),
      loaded_(kNoBlock) {}

absl::StatusOr<std::unique_ptr<PackageSource>> PackageSource::Open(const Medium& medium, const PackageEntry& package,
                                                                   uint32_t volume) {
  auto source = absl::WrapUnique(new PackageSource(package));
  for (const SegmentEntry& segment : package.segments()) {
    if (segment.volume() != volume) {
      return absl::NotFoundError(absl::StrCat(source->name_, ": a part of it is on volume ", segment.volume()));
    }
    TSM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> file, medium.OpenFile(segment.path()));
    source->segments_.push_back(std::move(file));
  }
  return source;
}

absl::Status PackageSource::LoadBlock(uint64_t block) const {
  if (block == loaded_) {
    return absl::OkStatus();
  }
  loaded_ = kNoBlock;
  // Segments hold whole blocks and ascend: the last one that begins at or before the block has it.
  auto after = std::ranges::upper_bound(package_.segments(), block, {}, &SegmentEntry::first_block);
  auto index = static_cast<size_t>(after - package_.segments().begin()) - 1;
  uint64_t in_segment = (block - package_.segments(static_cast<int>(index)).first_block()) * kBlockSize;
  TSM_ASSIGN_OR_RETURN(block_,
                       segments_[index]->ReadString(in_segment, std::min(kBlockSize, size() - block * kBlockSize)));
  if (DigestText(Sha256(block_)) !=
      std::string_view(package_.block_sha256()).substr(block * kDigestSize, kDigestSize)) {
    return absl::DataLossError(absl::StrCat(name_, ": block ", block, " is damaged (", segments_[index]->name(),
                                            " at offset ", in_segment, ")"));
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
