// Plans as messages and files, and the layouts in them.

#ifndef TSMEDIA_TOOLS_PLAN_PLAN_FILE_H_
#define TSMEDIA_TOOLS_PLAN_PLAN_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/extent.h"
#include "tools/plan/plan.pb.h"

namespace tsmedia {

inline constexpr std::string_view kPlanContext = "tsmedia/plan/v1";

// StoreLayouts stores the volumes of a plan that has none yet, in order.
absl::Status StoreLayouts(std::vector<Layout> layouts, MediaPlan* plan);

// LoadLayout returns the layout of volume `number` of a plan that ReadPlan accepted; NotFound if there is none.
absl::StatusOr<Layout> LoadLayout(const MediaPlan& plan, uint32_t number);

// ParsePlan reads a plan and checks it: every extent ascends, is disjoint from the others and lies inside its volume,
// inline bytes have the extent's length, slices lie inside an input that exists.
absl::StatusOr<MediaPlan> ParsePlan(std::string_view bytes);

// ReadPlan is ParsePlan for a file; errors name it.
absl::StatusOr<MediaPlan> ReadPlan(const std::string& path);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_PLAN_FILE_H_
