#include "tools/medium/verify_content.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "tools/base/bytes.h"
#include "tools/base/parallel.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"
#include "tools/crypto/age.h"
#include "tools/medium/package_source.h"
#include "tools/medium/protected_content.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

constexpr size_t kDigestSize = std::tuple_size_v<Sha256Digest>;

// A pack whose plaintext is to be compared. The seal authenticates each chunk, so the bytes need no other digest.
struct OpenedPack {
  const PackInfo* info;
  std::unique_ptr<SegmentsSource> stored;
  std::unique_ptr<AgeSource> plaintext;
};

struct Block {
  const OpenedPack* pack;
  uint64_t number;
};

class ContentVerifier {
 public:
  ContentVerifier(VolumeProvider& volumes, const Manifest& manifest, const MediaIdentity& identity,
                  const ProgressCallback& progress)
      : volumes_(volumes), manifest_(manifest), at_hand_(volumes.AtHand()), identity_(identity), progress_(progress) {}

  absl::StatusOr<VerifyResult> Run(int threads) {
    TSM_ASSIGN_OR_RETURN(const Inventory inventory, ReadObjects());
    for (const InventoryPackage& package : inventory.packages()) {
      AddPack(package.pack());
    }
    if (inventory.packages_size() != manifest_.packages_size()) {
      Report(absl::StrCat("file /", kInventoryPath, kSealedEnding), 0, "it lists other packages than the manifest");
    }
    RunOnThreads(threads, blocks_.size(), kBlockSize,
                 [this](size_t i, MutableByteSpan buffer) { Compare(blocks_[i], buffer); });
    std::ranges::stable_sort(result_.findings, {}, [](const Finding& f) { return std::tie(f.region, f.offset); });
    return std::move(result_);
  }

 private:
  void Report(std::string region, uint64_t offset, std::string problem) {
    absl::MutexLock lock(&mutex_);
    result_.findings.push_back({std::move(region), offset, std::move(problem)});
  }

  // They are on the first volume.
  absl::StatusOr<Inventory> ReadObjects() {
    TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> medium, volumes_.Open(1));
    TSM_RETURN_IF_ERROR(ReadVariables(*medium, manifest_, &identity_).status());
    TSM_RETURN_IF_ERROR(ReadObject(*medium, manifest_, &identity_, kSequencePath).status());
    return ReadInventory(*medium, manifest_, &identity_);
  }

  void AddPack(const PackInfo& info) {
    const std::string name = absl::StrCat("package ", info.package_id(), " version ", info.version());
    auto entry = std::ranges::find(manifest_.packages(), info.package_id(),
                                   [](const PackageEntry& package) { return package.package_id(); });
    if (entry == manifest_.packages().end() || entry->version() != info.version()) {
      return Report(name, 0, "the inventory lists it, the manifest does not");
    }
    if (!std::ranges::includes(at_hand_, VolumesOf(*entry))) {
      result_.notes.push_back(absl::StrCat(name, " was not opened: not all of its volumes are here"));
      return;
    }
    absl::StatusOr<OpenedPack> pack = Open(*entry, info);
    if (!pack.ok()) {
      return Report(name, 0, std::string(pack.status().message()));
    }
    if (pack->plaintext->size() != info.stored_size()) {
      return Report(
          name, 0, absl::StrCat("it has ", pack->plaintext->size(), " bytes, the inventory says ", info.stored_size()));
    }
    packs_.push_back(std::make_unique<OpenedPack>(*std::move(pack)));
    for (uint64_t number = 0; number * kBlockSize < info.stored_size(); ++number) {
      blocks_.push_back({packs_.back().get(), number});
    }
    result_.bytes += info.stored_size();
  }

  absl::StatusOr<OpenedPack> Open(const PackageEntry& entry, const PackInfo& info) const {
    OpenedPack pack;
    pack.info = &info;
    pack.stored = std::make_unique<SegmentsSource>(volumes_, entry);
    TSM_ASSIGN_OR_RETURN(Recipient recipient, RecipientOf(manifest_));
    TSM_ASSIGN_OR_RETURN(pack.plaintext, AgeSource::Open(pack.stored.get(), identity_, recipient));
    return pack;
  }

  void Compare(const Block& block, MutableByteSpan buffer) {
    const AgeSource& plaintext = *block.pack->plaintext;
    const uint64_t offset = block.number * kBlockSize;
    const MutableByteSpan bytes = buffer.first(std::min(kBlockSize, plaintext.size() - offset));
    if (absl::Status status = plaintext.ReadAt(offset, bytes); !status.ok()) {
      Report(plaintext.name(), offset, std::string(status.message()));
    } else if (DigestText(Sha256(bytes)) !=
               std::string_view(block.pack->info->block_sha256()).substr(block.number * kDigestSize, kDigestSize)) {
      Report(plaintext.name(), offset,
             absl::StrCat("what is sealed is not what the inventory says: block ", block.number));
    }
    Advance(bytes.size());
  }

  void Advance(uint64_t bytes) {
    absl::MutexLock lock(&mutex_);
    done_ += bytes;
    if (progress_) {
      progress_(done_, result_.bytes);
    }
  }

  VolumeProvider& volumes_;
  const Manifest& manifest_;
  const std::vector<uint32_t> at_hand_;
  const MediaIdentity& identity_;
  const ProgressCallback& progress_;
  std::vector<std::unique_ptr<OpenedPack>> packs_;
  std::vector<Block> blocks_;
  absl::Mutex mutex_;
  uint64_t done_ ABSL_GUARDED_BY(mutex_) = 0;
  VerifyResult result_;
};

}  // namespace

absl::StatusOr<VerifyResult> VerifyContent(VolumeProvider& volumes, const Manifest& manifest,
                                           const MediaIdentity& identity, int threads,
                                           const ProgressCallback& progress) {
  return ContentVerifier(volumes, manifest, identity, progress).Run(threads);
}

}  // namespace tsmedia
