#include "tools/medium/medium_set.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxOpenVolumes = 16;

// Of one path: the error names it, also where the medium's own messages do not.
absl::StatusOr<OpenedMedium> OpenPath(const std::string& path, const MediumSet::OpenViews& open,
                                      const MediumSet::Accept& accept) {
  TSM_ASSIGN_OR_RETURN(MediumViews views, open(path));
  absl::StatusOr<OpenedMedium> opened = accept(std::move(views));
  if (absl::IsNotFound(opened.status())) {
    return absl::NotFoundError(absl::StrCat(path, ": not a deployment medium: ", opened.status().message()));
  }
  if (!opened.ok()) {
    return absl::Status(opened.status().code(), absl::StrCat(path, ": ", opened.status().message()));
  }
  return opened;
}

}  // namespace

absl::StatusOr<std::vector<std::unique_ptr<MediumSet>>> MediumSet::Open(const std::vector<std::string>& paths,
                                                                        OpenViews open, const Accept& accept) {
  std::vector<std::unique_ptr<MediumSet>> sets;
  std::vector<absl::Status> errors;
  for (const std::string& path : paths) {
    absl::StatusOr<OpenedMedium> opened = OpenPath(path, open, accept);
    if (!opened.ok()) {
      errors.push_back(opened.status());
      continue;
    }
    VerifiedManifest& manifest = opened->accepted.manifest;
    auto set = std::ranges::find(sets, manifest.digest,
                                 [](const std::unique_ptr<MediumSet>& one) { return one->manifest_.digest; });
    if (set == sets.end()) {
      sets.push_back(absl::WrapUnique(new MediumSet(std::move(manifest), open)));
      set = std::prev(sets.end());
    }
    (*set)->volumes_.push_back({path, std::move(opened->accepted.volume)});
  }
  if (sets.empty()) {
    return errors.front();
  }
  for (const absl::Status& error : errors) {
    sets.front()->problems_.emplace_back(error.message());
  }
  for (const std::unique_ptr<MediumSet>& set : sets) {
    std::ranges::stable_sort(set->volumes_, {}, [](const Volume& volume) { return volume.info.number(); });
  }
  return sets;
}

absl::StatusOr<std::unique_ptr<MediumSet>> MediumSet::OpenOne(const std::vector<std::string>& paths, OpenViews open,
                                                              const Accept& accept) {
  TSM_ASSIGN_OR_RETURN(auto sets, Open(paths, std::move(open), accept));
  std::vector<std::string> problems = std::move(sets.front()->problems_);
  const auto largest =
      std::ranges::max_element(sets, {}, [](const std::unique_ptr<MediumSet>& set) { return set->volumes_.size(); });
  std::unique_ptr<MediumSet> chosen = std::move(*largest);
  sets.erase(largest);
  for (const std::unique_ptr<MediumSet>& foreign : sets) {
    for (const Volume& volume : foreign->volumes_) {
      problems.push_back(absl::StrCat(volume.path, ": ", VolumeText(foreign->manifest(), volume.info.number()),
                                      " of another medium, media ID ", MediaIdText(foreign->manifest())));
    }
  }
  chosen->problems_ = std::move(problems);
  return chosen;
}

std::vector<uint32_t> MediumSet::Missing() const {
  std::vector<uint32_t> missing;
  for (uint32_t number = 1; number <= static_cast<uint32_t>(manifest().volumes_size()); ++number) {
    if (!std::ranges::binary_search(volumes_, number, {}, [](const Volume& volume) { return volume.info.number(); })) {
      missing.push_back(number);
    }
  }
  return missing;
}

std::vector<std::string> MediumSet::Duplicates() const {
  std::vector<std::string> duplicates;
  for (size_t i = 1; i < volumes_.size(); ++i) {
    if (volumes_[i].info.number() == volumes_[i - 1].info.number()) {
      duplicates.push_back(absl::StrCat(volumes_[i].path, ": ", VolumeText(manifest(), volumes_[i].info.number()),
                                        ", as is ", volumes_[i - 1].path));
    }
  }
  return duplicates;
}

absl::StatusOr<std::shared_ptr<const Medium>> MediumSet::OpenVolumeAt(const Volume& volume) const {
  TSM_ASSIGN_OR_RETURN(MediumViews views, open_(volume.path));
  TSM_ASSIGN_OR_RETURN(OpenedVolume opened, OpenVolume(std::move(views), manifest_));
  if (opened.volume.number() != volume.info.number()) {
    return absl::DataLossError(absl::StrCat(volume.path, ": the disc was changed"));
  }
  return std::shared_ptr<const Medium>(std::move(opened.medium));
}

absl::StatusOr<std::shared_ptr<const Medium>> MediumSet::Open(uint32_t number) {
  absl::MutexLock lock(&mutex_);
  if (const auto opened = std::ranges::find(opened_, number, [](const auto& one) { return one.first; });
      opened != opened_.end()) {
    return opened->second;
  }
  const auto volume =
      std::ranges::lower_bound(volumes_, number, {}, [](const Volume& one) { return one.info.number(); });
  if (volume == volumes_.end() || volume->info.number() != number) {
    return absl::NotFoundError(absl::StrCat(VolumeText(manifest(), number), " is missing"));
  }
  TSM_ASSIGN_OR_RETURN(std::shared_ptr<const Medium> medium, OpenVolumeAt(*volume));
  if (opened_.size() == kMaxOpenVolumes) {
    opened_.pop_front();
  }
  opened_.emplace_back(number, medium);
  return medium;
}

std::vector<uint32_t> MediumSet::AtHand() {
  std::vector<uint32_t> numbers;
  for (const Volume& volume : volumes_) {
    if (numbers.empty() || numbers.back() != volume.info.number()) {
      numbers.push_back(volume.info.number());
    }
  }
  return numbers;
}

std::vector<std::string> ExpandSets(const std::vector<std::string>& paths) {
  std::vector<std::string> expanded;
  for (const std::string& path : paths) {
    std::vector<std::string> volumes;
    std::error_code error;
    if (!fs::exists(fs::path(path) / kManifestPath, error)) {
      for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
        if (it->path().extension() == ".iso" || it->path().extension() == ".img") {
          volumes.push_back(it->path().string());
        }
      }
    }
    std::ranges::sort(volumes);
    if (volumes.empty()) {
      volumes.push_back(path);
    }
    std::ranges::move(volumes, std::back_inserter(expanded));
  }
  return expanded;
}

}  // namespace tsmedia
