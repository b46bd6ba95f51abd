#include "tools/plan/plan_file.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/render.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// Inventories and directories are inline, so a plan grows with the number of files: this is room for millions.
constexpr uint64_t kMaxPlanSize = kGiB;

// Numbers the inputs of a plan in the order in which the extents first name them.
class InputTable {
 public:
  explicit InputTable(MediaPlan* plan) : plan_(plan) {
    for (int i = 0; i < plan->inputs_size(); ++i) {
      numbers_[plan->inputs(i).name()] = i;
    }
  }

  // Returns the number of `name` and notes that it has at least `size` bytes.
  uint32_t Number(const std::string& name, uint64_t size) {
    auto [found, inserted] = numbers_.emplace(name, plan_->inputs_size());
    if (inserted) {
      plan_->add_inputs()->set_name(name);
    }
    PlanInput* input = plan_->mutable_inputs(found->second);
    input->set_size(std::max(input->size(), size));
    return static_cast<uint32_t>(found->second);
  }

 private:
  MediaPlan* plan_;
  absl::flat_hash_map<std::string, int> numbers_;
};

absl::Status CheckSlice(const MediaPlan& plan, const PlanExtent& extent) {
  const Slice& slice = extent.slice();
  if (slice.input() >= static_cast<uint32_t>(plan.inputs_size())) {
    return absl::InvalidArgumentError(absl::StrCat("region \"", extent.region(), "\" names input ", slice.input(),
                                                   ", there are ", plan.inputs_size()));
  }
  const PlanInput& input = plan.inputs(static_cast<int>(slice.input()));
  if (slice.offset() > input.size() || extent.length() > input.size() - slice.offset()) {
    return absl::InvalidArgumentError(
        absl::StrCat("region \"", extent.region(), "\" reaches beyond the end of input ", input.name()));
  }
  return absl::OkStatus();
}

void StoreExtent(Extent extent, InputTable* inputs, PlanExtent* stored) {
  stored->set_offset(extent.offset);
  stored->set_length(extent.length);
  stored->set_region(std::move(extent.region));
  stored->set_structure(extent.structure);
  if (InlineBytes* bytes = std::get_if<InlineBytes>(&extent.content)) {
    stored->set_inline_(std::move(bytes->bytes));
  } else if (const CountingWords* words = std::get_if<CountingWords>(&extent.content)) {
    stored->set_counting(words->first);
  } else {
    const InputSlice& slice = std::get<InputSlice>(extent.content);
    stored->mutable_slice()->set_input(inputs->Number(slice.input, slice.offset + extent.length));
    stored->mutable_slice()->set_offset(slice.offset);
  }
}

Content LoadContent(const MediaPlan& plan, const PlanExtent& extent) {
  if (extent.has_slice()) {
    return InputSlice{plan.inputs(static_cast<int>(extent.slice().input())).name(), extent.slice().offset()};
  }
  if (extent.has_counting()) {
    return CountingWords{extent.counting()};
  }
  return InlineBytes{extent.inline_()};
}

absl::Status CheckVolume(const MediaPlan& plan, const VolumePlan& volume) {
  for (const PlanExtent& extent : volume.extents()) {
    if (extent.content_case() == PlanExtent::CONTENT_NOT_SET) {
      return absl::InvalidArgumentError(absl::StrCat("region \"", extent.region(), "\" has no content"));
    }
    if (extent.has_slice()) {
      TSM_RETURN_IF_ERROR(CheckSlice(plan, extent));
    }
  }
  TSM_ASSIGN_OR_RETURN(Layout layout, LoadLayout(plan, volume.number()));
  return CheckLayout(layout);
}

}  // namespace

absl::Status StoreLayouts(std::vector<Layout> layouts, MediaPlan* plan) {
  InputTable inputs(plan);
  for (Layout& layout : layouts) {
    TSM_RETURN_IF_ERROR(CheckLayout(layout));
    VolumePlan* volume = plan->add_volumes();
    volume->set_number(static_cast<uint32_t>(plan->volumes_size()));
    volume->set_size(layout.size);
    volume->mutable_extents()->Reserve(static_cast<int>(layout.extents.size()));
    for (Extent& extent : layout.extents) {
      StoreExtent(std::move(extent), &inputs, volume->add_extents());
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Layout> LoadLayout(const MediaPlan& plan, uint32_t number) {
  auto volume =
      std::ranges::find(plan.volumes(), number, [](const VolumePlan& candidate) { return candidate.number(); });
  if (volume == plan.volumes().end()) {
    return absl::NotFoundError(absl::StrCat("the plan has no volume ", number, "; it has ", plan.volumes_size()));
  }
  Layout layout;
  layout.size = volume->size();
  layout.extents.reserve(static_cast<size_t>(volume->extents_size()));
  for (const PlanExtent& stored : volume->extents()) {
    layout.extents.push_back(
        {stored.offset(), stored.length(), LoadContent(plan, stored), stored.region(), stored.structure()});
  }
  return layout;
}

absl::StatusOr<MediaPlan> ParsePlan(std::string_view bytes) {
  MediaPlan plan;
  if (absl::Status status = ParseCanonical(bytes, kPlanContext, &plan); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("not a media plan: ", status.message()));
  }
  for (const VolumePlan& volume : plan.volumes()) {
    if (absl::Status status = CheckVolume(plan, volume); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("the plan is damaged: ", status.message()));
    }
  }
  return plan;
}

absl::StatusOr<MediaPlan> ReadPlan(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::string bytes, ReadWholeFile(path, kMaxPlanSize));
  absl::StatusOr<MediaPlan> plan = ParsePlan(bytes);
  if (!plan.ok()) {
    return absl::Status(plan.status().code(), absl::StrCat(path, ": ", plan.status().message()));
  }
  return plan;
}

}  // namespace tsmedia
