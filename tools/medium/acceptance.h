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

// ReadUnverifiedManifest reads the manifest without a look at its signature: for tools that only show, and say so.
absl::StatusOr<Manifest> ReadUnverifiedManifest(const Medium& medium);

// ReadListedFile returns the content of a file of the manifest, after its size and digest were checked. NotFound if the
// manifest does not list it, DataLoss if it is damaged. Only for files that are the same on all volumes that have them.
absl::StatusOr<std::string> ReadListedFile(const Medium& medium, const Manifest& manifest, std::string_view path);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIUM_ACCEPTANCE_H_
