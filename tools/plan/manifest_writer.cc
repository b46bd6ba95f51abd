#include "tools/plan/manifest_writer.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/extent.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/plan/plan_file.h"

namespace tsmedia {
namespace {

absl::Status HashSlice(const InputSlice& slice, uint64_t length, InputOpener open, Sha256Hasher* hasher) {
  TSM_ASSIGN_OR_RETURN(std::shared_ptr<const ByteSource> input, open(slice.input));
  std::string buffer;
  for (uint64_t done = 0; done < length; done += buffer.size()) {
    TSM_ASSIGN_OR_RETURN(buffer, input->ReadString(slice.offset + done, std::min(length - done, kMiB)));
    hasher->Update(buffer);
  }
  return absl::OkStatus();
}

absl::Status HashExtent(const Extent& extent, InputOpener open, Sha256Hasher* hasher) {
  if (const InlineBytes* bytes = std::get_if<InlineBytes>(&extent.content)) {
    hasher->Update(bytes->bytes);
    return absl::OkStatus();
  }
  if (const CountingWords* words = std::get_if<CountingWords>(&extent.content)) {
    for (uint64_t done = 0; done < extent.length; done += kMiB) {
      hasher->Update(CountingBytes(*words, done, std::min(extent.length - done, kMiB)));
    }
    return absl::OkStatus();
  }
  return HashSlice(std::get<InputSlice>(extent.content), extent.length, open, hasher);
}

// The entries of the manifest are runs of structure extents of one region, with zeros between them (see Planner).
absl::Status FillVolume(const Layout& layout, InputOpener open, VolumeEntry* volume) {
  auto extent = layout.extents.begin();
  for (RegionEntry& region : *volume->mutable_structures()) {
    Sha256Hasher hasher;
    uint64_t done = region.offset();
    const uint64_t end = region.offset() + region.length();
    for (; extent != layout.extents.end() && extent->offset < end; ++extent) {
      if (extent->structure) {
        hasher.Update(std::string(extent->offset - done, '\0'));
        TSM_RETURN_IF_ERROR(HashExtent(*extent, open, &hasher));
        done = extent->offset + extent->length;
      }
    }
    region.set_sha256(std::string(DigestText(hasher.Finish())));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> CompleteManifest(const MediaPlan& plan, InputOpener open) {
  Manifest manifest = plan.manifest();
  for (VolumeEntry& volume : *manifest.mutable_volumes()) {
    TSM_ASSIGN_OR_RETURN(Layout layout, LoadLayout(plan, volume.number()));
    TSM_RETURN_IF_ERROR(FillVolume(layout, open, &volume));
  }
  return SerializeCanonical(manifest);
}

}  // namespace tsmedia
