#include "tools/agent/medium_finder.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/medium/medium.h"

namespace tsmedia {
namespace {

// Whether `a` stands for a medium rather than `b`.
bool IsBetter(const MediumFinder::Found& a, const MediumFinder::Found& b) {
  return std::tuple(!a.is_whole, a.medium->volume.number()) < std::tuple(!b.is_whole, b.medium->volume.number());
}

// Kernels name the same sticks differently from start to start; these values they all keep.
auto OrderOfChoice(const MediumFinder::Found* found) {
  const Manifest& manifest = found->medium->manifest.manifest;
  return std::tuple<std::string_view, int64_t, std::string_view>(manifest.label(), -manifest.not_before(),
                                                                 manifest.media_id());
}

}  // namespace

void MediumFinder::Examine(const std::vector<std::string>& devices) {
  const std::set<std::string> present(devices.begin(), devices.end());
  const auto gone = [&](const std::string& device) { return !present.contains(device); };
  std::erase_if(examined_, gone);
  std::erase_if(found_, [&](const Found& found) { return gone(found.device); });
  std::erase_if(unreadable_, [&](const auto& entry) { return gone(entry.first); });
  for (const std::string& device : devices) {
    if (!examined_.contains(device)) {
      ExamineDevice(device);
    }
  }
}

void MediumFinder::ExamineDevice(const std::string& device) {
  absl::StatusOr<std::unique_ptr<ByteSource>> source = open_(device);
  if (!source.ok()) {
    return;
  }
  examined_.insert(device);
  absl::StatusOr<MediumViews> views = OpenMediumImage(*std::move(source), /*is_device=*/true);
  if (!views.ok()) {
    // Another file system or none is somebody else's disk; a damaged one, or a drive that fails, may be our medium.
    if (absl::IsDataLoss(views.status())) {
      unreadable_.emplace_back(device, views.status());
    }
    return;
  }
  absl::StatusOr<OpenedMedium> opened = AcceptMedium(*std::move(views), anchors_, now_);
  if (opened.ok()) {
    const bool is_whole = opened->medium->format() == opened->accepted.manifest.manifest.form().format();
    found_.push_back({device, std::move(opened->accepted), is_whole});
  } else if (!absl::IsNotFound(opened.status())) {
    found_.push_back({device, opened.status()});
  }
}

absl::StatusOr<std::vector<const MediumFinder::Found*>> MediumFinder::Candidates() const {
  std::vector<const Found*> candidates;
  std::vector<std::string> refused;
  for (const Found& found : found_) {
    if (!found.medium.ok()) {
      refused.push_back(absl::StrCat("the medium on ", found.device, ": ", found.medium.status().message()));
      continue;
    }
    const auto same = std::ranges::find_if(candidates, [&found](const Found* other) {
      return other->medium->manifest.digest == found.medium->manifest.digest;
    });
    if (same == candidates.end()) {
      candidates.push_back(&found);
    } else if (IsBetter(found, **same)) {
      *same = &found;
    }
  }
  if (!candidates.empty()) {
    std::ranges::sort(candidates, {}, OrderOfChoice);
    return candidates;
  }
  if (!refused.empty()) {
    return absl::PermissionDeniedError(absl::StrJoin(refused, "; "));
  }
  return absl::NotFoundError("no deployment medium was found");
}

}  // namespace tsmedia
