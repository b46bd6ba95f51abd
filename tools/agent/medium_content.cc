#include "tools/agent/medium_content.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
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

bool IsOnVolume(const PackageEntry& package, uint32_t volume) {
  return std::all_of(package.segments().begin(), package.segments().end(),
                     [volume](const SegmentEntry& segment) { return segment.volume() == volume; });
}

// Bytes that a segment has.
uint64_t SegmentSize(const PackageEntry& package, const SegmentEntry& segment) {
  const uint64_t begin = segment.first_block() * kBlockSize;
  return std::min(package.size() - begin, segment.block_count() * kBlockSize);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MediumContent>> MediumContent::Read(const Medium& medium, const AcceptedMedium& accepted,
                                                                   const MediaIdentity* identity) {
  auto content = absl::WrapUnique(new MediumContent(medium, accepted, identity));
  TSM_ASSIGN_OR_RETURN(const std::string sequence, ReadObject(medium, content->manifest(), identity, kSequencePath));
  TSM_ASSIGN_OR_RETURN(content->sequence_, ReadSequence(sequence));
  TSM_ASSIGN_OR_RETURN(content->inventory_, ReadInventory(medium, content->manifest(), identity));
  content->applications_ = ApplicationsOf(content->inventory_);
  return content;
}

absl::StatusOr<VariableStore> MediumContent::Variables() const {
  TSM_ASSIGN_OR_RETURN(const MediaVariables variables, ReadVariables(medium_, manifest(), identity_));
  return VariablesOf(variables);
}

absl::StatusOr<StoredPackage> MediumContent::OpenPackage(const std::string& id) const {
  auto info = std::find_if(inventory_.packages().begin(), inventory_.packages().end(),
                           [&id](const InventoryPackage& package) { return package.pack().package_id() == id; });
  auto entry = std::find_if(manifest().packages().begin(), manifest().packages().end(),
                            [&id](const PackageEntry& package) { return package.package_id() == id; });
  if (info == inventory_.packages().end() || entry == manifest().packages().end()) {
    return absl::NotFoundError(absl::StrCat("the medium has no package ", id));
  }
  StoredPackage package = {.info = info->pack(), .pack = nullptr};
  TSM_ASSIGN_OR_RETURN(package.pack,
                       PackSource::Open(medium_, manifest(), *entry, accepted_.volume.number(), identity_));
  return package;
}

absl::Status MediumContent::CheckPackages() const {
  for (const PackageEntry& package : manifest().packages()) {
    for (const SegmentEntry& segment : package.segments()) {
      if (segment.volume() != accepted_.volume.number()) {
        continue;
      }
      TSM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> file, medium_.OpenFile(segment.path()));
      if (file->size() != SegmentSize(package, segment)) {
        return absl::DataLossError(absl::StrCat("package ", package.package_id(), ": file /", segment.path(), " has ",
                                                file->size(), " bytes, not ", SegmentSize(package, segment)));
      }
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
  for (const PackageEntry& package : manifest().packages()) {
    if (!IsOnVolume(package, accepted_.volume.number())) {
      continue;
    }
    TSM_ASSIGN_OR_RETURN(const auto source, PackageSource::Open(medium_, package, accepted_.volume.number()));
    for (uint64_t offset = 0; offset < source->size(); offset += kBlockSize) {
      const uint64_t size = std::min(kBlockSize, source->size() - offset);
      TSM_RETURN_IF_ERROR(source->ReadAt(offset, absl::MakeSpan(block).first(size)));
      done += size;
      progress(done, total);
    }
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
