// From a definition and what is known of its inputs to the media plan.

#ifndef TSMEDIA_TOOLS_PLAN_PLANNER_H_
#define TSMEDIA_TOOLS_PLAN_PLANNER_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/plan/boot.pb.h"
#include "tools/plan/definition.h"
#include "tools/plan/plan.pb.h"
#include "tools/plan/resolver.h"

namespace tsmedia {

// A segment has at most this many blocks: it stays below 2 GiB, so that it can be copied to FAT32, whose files end at
// 4 GiB, and read by programs that count in 31 bits.
inline constexpr uint64_t kMaxSegmentBlocks = 511;

struct PlanRequest {
  MediaDefinition definition;
  std::vector<ResolvedPackage> packages;                      // in the order in which they lie on the medium
  std::map<std::string, std::set<std::string>> dependencies;  // as given to the resolver, for the inventory
  std::map<std::string, std::string> install_commands;        // of applications, by package ID
  std::string sequence;                                       // binary task sequence
  BootInfo boot;
  std::string bios_boot_image;  // bytes of the boot file with the role BIOS_BOOT_IMAGE; empty if there is none
  bool test_only = false;       // the medium's signing key is TEST-ONLY
};

// PlanMedia returns the plan of one ISO volume. Equal requests give equal plans. Errors are InvalidArgument and name
// the attribute, package or boot file.
absl::StatusOr<MediaPlan> PlanMedia(const PlanRequest& request);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_PLANNER_H_
