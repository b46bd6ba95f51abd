// A medium as somebody has it on a shelf: the images, devices or directories of its volumes, in any order.

#ifndef TSMEDIA_TOOLS_MEDIUM_MEDIUM_SET_H_
#define TSMEDIA_TOOLS_MEDIUM_MEDIUM_SET_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"
#include "tools/medium/volumes.h"
#include "tools/plan/manifest.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

class MediumSet : public VolumeProvider {
 public:
  // A volume that was accepted.
  struct Volume {
    std::string path;
    VolumeInfo info;
  };

  // OpenViews opens what stands at a path (OpenMedium), Accept says whether it is to be believed (AcceptMedium).
  using OpenViews = std::function<absl::StatusOr<MediumViews>(const std::string& path)>;
  using Accept = std::function<absl::StatusOr<OpenedMedium>(MediumViews views)>;

  // Open examines what stands at `paths`, at least one; what of it belongs together, it groups by manifest. There is
  // at least one set; the sets stand in the order of their first paths. What is no medium, or not accepted, is a
  // problem of the first set; if nothing is accepted it is the error.
  static absl::StatusOr<std::vector<std::unique_ptr<MediumSet>>> Open(const std::vector<std::string>& paths,
                                                                      OpenViews open, const Accept& accept);

  // OpenOne returns the set with the most volumes among `paths`, of equal ones the first. The others are its problems:
  // foreign volumes, by name.
  static absl::StatusOr<std::unique_ptr<MediumSet>> OpenOne(const std::vector<std::string>& paths, OpenViews open,
                                                            const Accept& accept);

  const VerifiedManifest& verified() const { return manifest_; }
  const Manifest& manifest() const { return manifest_.manifest; }

  // All volumes, ascending by number; a number may stand there twice.
  const std::vector<Volume>& volumes() const { return volumes_; }

  // The volumes that are not there, ascending.
  std::vector<uint32_t> Missing() const;

  // What of the paths is no volume of this medium, a sentence each: what is damaged, and what is foreign.
  const std::vector<std::string>& problems() const { return problems_; }

  // The volumes that are there twice, a sentence each.
  std::vector<std::string> Duplicates() const;

  // Open opens the first volume of that number, which must be the one that was accepted.
  absl::StatusOr<std::shared_ptr<const Medium>> Open(uint32_t number) override ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<uint32_t> AtHand() override;

  // OpenVolumeAt opens one of volumes().
  absl::StatusOr<std::shared_ptr<const Medium>> OpenVolumeAt(const Volume& volume) const;

 private:
  MediumSet(VerifiedManifest manifest, OpenViews open) : manifest_(std::move(manifest)), open_(std::move(open)) {}

  const VerifiedManifest manifest_;
  const OpenViews open_;
  std::vector<Volume> volumes_;
  std::vector<std::string> problems_;
  absl::Mutex mutex_;
  // The volumes that were opened last: a set may have more of them than a process may have files open.
  std::deque<std::pair<uint32_t, std::shared_ptr<const Medium>>> opened_ ABSL_GUARDED_BY(mutex_);
};

// ExpandSets replaces directories with the volumes of a set (NAME.volumes: ISO files and images of drives, but no
// manifest) by those files, ascending by name.
std::vector<std::string> ExpandSets(const std::vector<std::string>& paths);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIUM_MEDIUM_SET_H_
