// What a medium brings to a run of its task sequence, opened and checked.

#ifndef TSMEDIA_TOOLS_AGENT_MEDIUM_CONTENT_H_
#define TSMEDIA_TOOLS_AGENT_MEDIUM_CONTENT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/crypto/age_x25519.h"
#include "tools/engine/applications.h"
#include "tools/engine/variable_store.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"
#include "tools/medium/verify.h"
#include "tools/medium/volumes.h"
#include "tools/plan/manifest.pb.h"
#include "tools/plan/media.pb.h"
#include "tools/sequence/sequence.pb.h"
#include "tools/steps/boot_effects.h"

namespace tsmedia {

class MediumContent {
 public:
  // Read reads inventory and task sequence. Everything must outlive the content; `identity` is null for a medium that
  // is not protected.
  static absl::StatusOr<std::unique_ptr<MediumContent>> Read(VolumeProvider& volumes, const AcceptedMedium& accepted,
                                                             const MediaIdentity* identity);

  const TaskSequence& sequence() const { return sequence_; }
  const Applications& applications() const { return applications_; }
  const Inventory& inventory() const { return inventory_; }
  const Manifest& manifest() const { return accepted_.manifest.manifest; }
  const AcceptedMedium& accepted() const { return accepted_; }
  VolumeProvider& volumes() const { return volumes_; }

  // Variables returns the media variables.
  absl::StatusOr<VariableStore> Variables() const;

  // ReadFile returns a file that the manifest lists for the first volume, verified. The files from which this content
  // was read are kept in memory if the medium has several volumes: nobody is to be asked for the first one again.
  absl::StatusOr<std::string> ReadFile(const std::string& path) const;

  // SegmentsInOrder returns the segments of those packages that `wanted` says, in the order in which they are best
  // read: those on volumes at hand, then by volume, so that nobody is asked for a volume twice.
  struct PackageSegment {
    const PackageEntry* package;
    const SegmentEntry* segment;
    uint64_t offset;  // of the segment in the package
    uint64_t size;    // bytes
  };
  std::vector<PackageSegment> SegmentsInOrder(absl::FunctionRef<bool(const PackageEntry&)> wanted) const;

  // OpenPackage opens a package; no byte leaves it unverified.
  absl::StatusOr<StoredPackage> OpenPackage(const std::string& id) const;

  // CheckPackages returns whether each package is there with its right size, as far as it is on the volumes at hand,
  // without reading it. The error names the first that is not.
  absl::Status CheckPackages() const;

  // VerifyPackages reads each package whole. The error names the first damaged block. Each volume is read once.
  absl::Status VerifyPackages(const ProgressCallback& progress) const;

 private:
  MediumContent(VolumeProvider& volumes, const AcceptedMedium& accepted, const MediaIdentity* identity)
      : volumes_(volumes), accepted_(accepted), identity_(identity) {}
  absl::Status KeepFiles(const Medium& medium);

  VolumeProvider& volumes_;
  const AcceptedMedium& accepted_;
  const MediaIdentity* identity_;
  TaskSequence sequence_;
  Inventory inventory_;
  Applications applications_;
  std::map<std::string, std::string> kept_files_;  // of a medium with several volumes
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_MEDIUM_CONTENT_H_
