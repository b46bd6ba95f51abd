#include "tools/agent/medium_content.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"
#include "tools/engine/run_inputs.h"
#include "tools/medium/package_source.h"
#include "tools/medium/protected_content.h"
#include "tools/plan/medium_paths.h"
#include "tools/sequence/canonical.h"

namespace tsmedia {
namespace {

// Bytes that a segment has.
uint64_t SegmentSize(const PackageEntry& package, const SegmentEntry& segment) {
  const uint64_t begin = segment.first_block() * kBlockSize;
  return std::min(package.size() - begin, segment.block_count() * kBlockSize);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MediumContent>> MediumContent::Read(VolumeProvider& volumes,
                                                                   const AcceptedMedium& accepted,
                                                                   const MediaIdentity* identity) {
  auto content = absl::WrapUnique(new MediumContent(volumes, accepted, identity));
  TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> medium, volumes.Open(1));
  TSM_ASSIGN_OR_RETURN(const std::string sequence, ReadObject(*medium, content->manifest(), identity, kSequencePath));
  TSM_ASSIGN_OR_RETURN(content->sequence_, ReadSequence(sequence));
  TSM_ASSIGN_OR_RETURN(content->inventory_, ReadInventory(*medium, content->manifest(), identity));
  if (content->manifest().volumes_size() > 1) {
    TSM_RETURN_IF_ERROR(content->KeepFiles(*medium));
  }
  content->applications_ = ApplicationsOf(content->inventory_);
  return content;
}

absl::StatusOr<VariableStore> MediumContent::Variables() const {
  TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> medium, volumes_.Open(1));
  TSM_ASSIGN_OR_RETURN(const MediaVariables variables, ReadVariables(*medium, manifest(), identity_));
  return VariablesOf(variables);
}

absl::Status MediumContent::KeepFiles(const Medium& medium) {
  const bool is_protected = IsProtected(manifest());
  std::vector<std::string> paths;
  for (std::string_view path : {kInventoryPath, kSequencePath}) {
    paths.push_back(absl::StrCat(path, is_protected ? kSealedEnding : ""));
  }
  if (is_protected) {
    paths.emplace_back(kIdentityPath);
  }
  for (const std::string& path : paths) {
    TSM_ASSIGN_OR_RETURN(kept_files_[path], ReadListedFile(medium, manifest(), path));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> MediumContent::ReadFile(const std::string& path) const {
  if (auto kept = kept_files_.find(path); kept != kept_files_.end()) {
    return kept->second;
  }
  TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> medium, volumes_.Open(1));
  return ReadListedFile(*medium, manifest(), path);
}

absl::StatusOr<StoredPackage> MediumContent::OpenPackage(const std::string& id) const {
  auto info = std::find_if(inventory_.packages().begin(), inventory_.packages().end(),
                           [&id](const InventoryPackage& package) { return package.pack().package_id() == id; });
  auto entry = std::find_if(manifest().packages().begin(), manifest().packages().end(),
                            [&id](const PackageEntry& package) { return package.package_id() == id; });
  if (info == inventory_.packages().end() || entry == manifest().packages().end()) {
    return absl::NotFoundError(absl::StrCat("the medium has no package ", id));
  }
  StoredPackage package = {.info = info->pack(), .pack = nullptr, .in_order = VolumesOf(*entry).size() > 1};
  TSM_ASSIGN_OR_RETURN(package.pack, PackSource::Open(volumes_, manifest(), *entry, identity_));
  return package;
}

std::vector<MediumContent::PackageSegment> MediumContent::SegmentsInOrder(
    absl::FunctionRef<bool(const PackageEntry&)> wanted) const {
  std::vector<PackageSegment> segments;
  for (const PackageEntry& package : manifest().packages()) {
    if (wanted(package)) {
      for (const SegmentEntry& segment : package.segments()) {
        segments.push_back({&package, &segment, segment.first_block() * kBlockSize, SegmentSize(package, segment)});
      }
    }
  }
  const std::vector<uint32_t> at_hand = volumes_.AtHand();
  std::ranges::stable_sort(segments, {}, [&at_hand](const PackageSegment& one) {
    return std::pair(!std::ranges::binary_search(at_hand, one.segment->volume()), one.segment->volume());
  });
  return segments;
}

absl::Status MediumContent::CheckPackages() const {
  const std::vector<uint32_t> at_hand = volumes_.AtHand();
  for (const PackageSegment& one : SegmentsInOrder([](const PackageEntry&) { return true; })) {
    if (!std::ranges::binary_search(at_hand, one.segment->volume())) {
      continue;
    }
    TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> medium, volumes_.Open(one.segment->volume()));
    TSM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> file, medium->OpenFile(one.segment->path()));
    if (file->size() != one.size) {
      return absl::DataLossError(absl::StrCat("package ", one.package->package_id(), ": file /", one.segment->path(),
                                              " has ", file->size(), " bytes, not ", one.size));
    }
  }
  return absl::OkStatus();
}

absl::Status MediumContent::VerifyPackages(const ProgressCallback& progress) const {
  uint64_t total = 0;
  for (const PackageEntry& package : manifest().packages()) {
    total += package.size();
  }
  uint64_t done = 0;
  std::vector<uint8_t> block(kBlockSize);
  for (const PackageSegment& one : SegmentsInOrder([](const PackageEntry&) { return true; })) {
    const PackageSource source(volumes_, *one.package);
    for (uint64_t offset = 0; offset < one.size; offset += kBlockSize) {
      const uint64_t size = std::min(kBlockSize, one.size - offset);
      TSM_RETURN_IF_ERROR(source.ReadAt(one.offset + offset, absl::MakeSpan(block).first(size)));
      done += size;
      progress(done, total);
    }
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
