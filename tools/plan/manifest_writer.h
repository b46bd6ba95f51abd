// The last step from a plan to a manifest: the digests that the plan leaves open.

#ifndef TSMEDIA_TOOLS_PLAN_MANIFEST_WRITER_H_
#define TSMEDIA_TOOLS_PLAN_MANIFEST_WRITER_H_

#include <string>

#include "absl/status/statusor.h"
#include "tools/base/render.h"
#include "tools/plan/plan.pb.h"

namespace tsmedia {

// CompleteManifest returns the bytes of the plan's manifest with the digest of every structure of every volume. Inputs
// that structures hold (the boot loader in the UEFI boot image) are opened with `open`; packages are not.
absl::StatusOr<std::string> CompleteManifest(const MediaPlan& plan, InputOpener open);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_MANIFEST_WRITER_H_
