#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/status/statusor.h"
#include "tools/base/bytes.h"
#include "tools/base/extent.h"
#include "tools/base/render.h"
#include "tools/plan/plan.pb.h"
#include "tools/plan/plan_file.h"

// Every layout of a plan that is accepted can be rendered.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::StatusOr<tsmedia::MediaPlan> plan = tsmedia::ParsePlan(tsmedia::AsText(tsmedia::ByteSpan(data, size)));
  if (!plan.ok()) {
    return 0;
  }
  for (const tsmedia::VolumePlan& volume : plan->volumes()) {
    absl::StatusOr<tsmedia::Layout> layout = tsmedia::LoadLayout(*plan, volume.number());
    if (!layout.ok() || !tsmedia::CheckLayout(*layout).ok()) {
      std::abort();
    }
  }
  return 0;
}
