// What a medium brings to a run of its task sequence, opened and checked.

#ifndef TSMEDIA_TOOLS_AGENT_MEDIUM_CONTENT_H_
#define TSMEDIA_TOOLS_AGENT_MEDIUM_CONTENT_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/crypto/age_x25519.h"
#include "tools/engine/applications.h"
#include "tools/engine/variable_store.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"
#include "tools/medium/verify.h"
#include "tools/plan/manifest.pb.h"
#include "tools/plan/media.pb.h"
#include "tools/sequence/sequence.pb.h"
#include "tools/steps/boot_effects.h"

namespace tsmedia {

class MediumContent {
 public:
  // Read reads inventory and task sequence. Everything must outlive the content; `identity` is null for a medium that
  // is not protected.
  static absl::StatusOr<std::unique_ptr<MediumContent>> Read(const Medium& medium, const AcceptedMedium& accepted,
                                                             const MediaIdentity* identity);

  const TaskSequence& sequence() const { return sequence_; }
  const Applications& applications() const { return applications_; }
  const Inventory& inventory() const { return inventory_; }
  const Manifest& manifest() const { return accepted_.manifest.manifest; }
  const AcceptedMedium& accepted() const { return accepted_; }
  const Medium& medium() const { return medium_; }

  // Variables returns the media variables.
  absl::StatusOr<VariableStore> Variables() const;

  // OpenPackage opens a package; no byte leaves it unverified.
  absl::StatusOr<StoredPackage> OpenPackage(const std::string& id) const;

  // CheckPackages returns whether each package is there with its right size, as far as it is on this volume, without
  // reading it. The error names the first that is not.
  absl::Status CheckPackages() const;

  // VerifyPackages reads each package whole. The error names the first damaged block.
  absl::Status VerifyPackages(const ProgressCallback& progress) const;

 private:
  MediumContent(const Medium& medium, const AcceptedMedium& accepted, const MediaIdentity* identity)
      : medium_(medium), accepted_(accepted), identity_(identity) {}

  const Medium& medium_;
  const AcceptedMedium& accepted_;
  const MediaIdentity* identity_;
  TaskSequence sequence_;
  Inventory inventory_;
  Applications applications_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_MEDIUM_CONTENT_H_
