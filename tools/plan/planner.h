// From a definition and what is known of its inputs to the media plan.

#ifndef TSMEDIA_TOOLS_PLAN_PLANNER_H_
#define TSMEDIA_TOOLS_PLAN_PLANNER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "tools/base/sha256.h"
#include "tools/plan/boot.pb.h"
#include "tools/plan/media.pb.h"
#include "tools/plan/media_content.h"
#include "tools/plan/plan.pb.h"

namespace tsmedia {

// A pack as it lies on the medium.
struct StoredPack {
  uint64_t size = 0;         // bytes
  std::string block_sha256;  // as in PackageEntry
};

struct SealedFile {
  uint64_t size = 0;  // bytes
  Sha256Digest digest;
};

// What TsmSeal made of the content of a protected medium.
struct SealedContent {
  std::string recipient;                    // whom it is sealed for: the media key's X25519 public key, 32 bytes
  bool is_test_key = false;                 // it is the TEST-ONLY media key's
  std::map<std::string, StoredPack> packs;  // sealed, by package ID
  std::map<std::string, SealedFile> files;  // identity and sealed objects, by path on the medium
};

struct PlanRequest {
  MediaContent content;
  MediaForm form;
  std::optional<SealedContent> sealed;  // nothing: the content stays in clear
  BootInfo boot;
  // Bytes of the boot files with the roles BIOS_BOOT_IMAGE, BIOS_BOOT_SECTOR and BIOS_DRIVE_IMAGE; empty if there are
  // none.
  std::string bios_boot_image;
  std::string bios_boot_sector;
  std::string bios_drive_image;
  bool test_only = false;  // the medium's signing key is TEST-ONLY
};

// PlanMedia returns the plan of all volumes. Equal requests give equal plans. Errors are InvalidArgument or, for
// volumes that are too small, ResourceExhausted, and name the attribute, package or boot file.
absl::StatusOr<MediaPlan> PlanMedia(const PlanRequest& request);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_PLANNER_H_
