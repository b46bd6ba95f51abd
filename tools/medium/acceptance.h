// What makes a medium one to be believed: its manifest, the manifest's signature, and the volume's own name.

#ifndef TSMEDIA_TOOLS_MEDIUM_ACCEPTANCE_H_
#define TSMEDIA_TOOLS_MEDIUM_ACCEPTANCE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/medium/medium.h"
#include "tools/plan/boot.pb.h"
#include "tools/plan/manifest.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

struct AcceptedMedium {
  VerifiedManifest manifest;
  VolumeInfo volume;  // which volume of the medium this is
};

// A medium, in the view in which it could be accepted.
struct OpenedMedium {
  std::unique_ptr<Medium> medium;
  AcceptedMedium accepted;
};

// AcceptMedium reads manifest, signature and volume.binpb into memory and accepts them in the order of OpenManifest;
// volume.binpb must be the one that the manifest lists. The first of `views` in which that succeeds is returned, else
// the error of the first. Errors name the file. NotFound: there is no manifest, so this is no deployment medium.
absl::StatusOr<OpenedMedium> AcceptMedium(MediumViews views, const Anchors& anchors, int64_t now);

// A volume of a medium that was accepted before.
struct OpenedVolume {
  std::unique_ptr<Medium> medium;
  VolumeInfo volume;
};

// OpenVolume accepts a further volume of the medium with `manifest`, which is the only authority: the volume's own
// manifest must be the same byte for byte, and its volume.binpb one that is listed. The first of `views` in which that
// succeeds is returned, else the error of the first. FailedPrecondition: it is a volume of another medium, which the
// message names after that medium's own manifest, unverified ("volume 1 of another medium: label ..."). NotFound: there
// is no manifest. DataLoss: damaged.
absl::StatusOr<OpenedVolume> OpenVolume(MediumViews views, const VerifiedManifest& manifest);

// OpenUnverified is AcceptMedium without a look at the signature: for tools that only show, and say so.
absl::StatusOr<OpenedMedium> OpenUnverified(MediumViews views);

// ReadVolumeFile returns the bytes of the medium's volume.binpb, which must be one that the manifest lists.
absl::StatusOr<std::string> ReadVolumeFile(const Medium& medium, const Manifest& manifest);

// ReadListedFile returns the content of a file of the manifest, after its size and digest were checked. NotFound if the
// manifest does not list it, DataLoss if it is damaged. Only for files that are the same on all volumes that have them.
absl::StatusOr<std::string> ReadListedFile(const Medium& medium, const Manifest& manifest, std::string_view path);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIUM_ACCEPTANCE_H_
