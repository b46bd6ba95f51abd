// TsmVolume: writes the volumes of a medium. It copies as the plan says and decides nothing.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/extent.h"
#include "tools/base/program.h"
#include "tools/base/render.h"
#include "tools/base/status_macros.h"
#include "tools/plan/medium_paths.h"
#include "tools/plan/named_inputs.h"
#include "tools/plan/plan.pb.h"
#include "tools/plan/plan_file.h"

namespace tsmedia {
namespace {

constexpr std::string_view kHelp = R"(usage: volume @ARGUMENTS

Writes the volumes of a medium from the media plan.

  --target=LABEL       the medium, for messages
  --plan=FILE          media plan
  --input=NAME=FILE    file of a plan's input (repeated)
  --out=FILE           the image of a medium that is one volume; replaced when complete
  --out_directory=DIR  instead: where the images of a set are put, LABEL_1of3.iso, ...; each replaced when complete
)";

absl::Status WriteVolume(const MediaPlan& plan, uint32_t number, const NamedInputs& inputs, const std::string& out) {
  TSM_ASSIGN_OR_RETURN(Layout layout, LoadLayout(plan, number));
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<AtomicFile> file, AtomicFile::Create(out));
  TSM_RETURN_IF_ERROR(
      Render(layout, [&inputs](const std::string& name) { return inputs.Open(name); }, 0, layout.size, file.get()));
  return file->Commit();
}

absl::Status WriteVolumes(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::string plan_path, args.Required("plan"));
  TSM_ASSIGN_OR_RETURN(NamedInputs inputs, NamedInputs::Parse(args.Repeated("input")));
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> out, args.Optional("out"));
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> directory, args.Optional("out_directory"));
  TSM_RETURN_IF_ERROR(args.Finish());
  if (out.has_value() == directory.has_value()) {
    return UsageError("give one of --out and --out_directory");
  }
  TSM_ASSIGN_OR_RETURN(MediaPlan plan, ReadPlan(plan_path));
  if (out.has_value()) {
    return plan.volumes_size() == 1 ? WriteVolume(plan, 1, inputs, *out)
                                    : UsageError("the medium is a set: give --out_directory");
  }
  const uint32_t count = static_cast<uint32_t>(plan.volumes_size());
  for (uint32_t number = 1; number <= count; ++number) {
    const std::string name = VolumeFileName(plan.manifest().label(), number, count);
    TSM_RETURN_IF_ERROR(WriteVolume(plan, number, inputs, absl::StrCat(*directory, "/", name)));
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) {
  return tsmedia::RunAction(argc, argv, "volume", tsmedia::kHelp, tsmedia::WriteVolumes);
}
