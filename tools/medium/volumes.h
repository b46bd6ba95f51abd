// The volumes of one medium: a single image, or the discs of a set.

#ifndef TSMEDIA_TOOLS_MEDIUM_VOLUMES_H_
#define TSMEDIA_TOOLS_MEDIUM_VOLUMES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/medium/medium.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

// VolumeProvider opens the volumes of one medium by number. It may be used by several threads at once.
class VolumeProvider {
 public:
  virtual ~VolumeProvider() = default;

  // Open returns a volume (from 1), which was accepted as that volume of the medium. It may take its time: somebody may
  // have to put the disc into a drive first. Who reads from a disc holds on to it, and its drive may be locked; so let
  // go of one volume before asking for another. NotFound: nobody has it; the message says which volume that is.
  virtual absl::StatusOr<std::shared_ptr<const Medium>> Open(uint32_t number) = 0;

  // AtHand returns the numbers of the volumes that Open returns without asking anybody, ascending.
  virtual std::vector<uint32_t> AtHand() = 0;
};

// SingleVolume has every file of the medium in one place: a medium of one volume, or a directory with files of several.
class SingleVolume : public VolumeProvider {
 public:
  // `volumes` is how many there are; `medium` stands for each.
  explicit SingleVolume(std::shared_ptr<const Medium> medium, uint32_t volumes = 1)
      : medium_(std::move(medium)), volumes_(volumes) {}

  absl::StatusOr<std::shared_ptr<const Medium>> Open(uint32_t) override { return medium_; }
  std::vector<uint32_t> AtHand() override;

 private:
  const std::shared_ptr<const Medium> medium_;
  const uint32_t volumes_;
};

// VolumeText names a volume for people: "volume 2 of 3 (\"BRANCH01_2of3\")".
std::string VolumeText(const Manifest& manifest, uint32_t number);

// VolumesOf returns the numbers of the volumes that a package lies on, ascending.
std::vector<uint32_t> VolumesOf(const PackageEntry& package);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIUM_VOLUMES_H_
