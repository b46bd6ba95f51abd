// TsmVolume: writes one volume of a medium. It copies as the plan says and decides nothing.

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/extent.h"
#include "tools/base/program.h"
#include "tools/base/render.h"
#include "tools/base/status_macros.h"
#include "tools/plan/named_inputs.h"
#include "tools/plan/plan_file.h"

namespace tsmedia {
namespace {

constexpr std::string_view kHelp = R"(usage: volume @ARGUMENTS

Writes one volume of a medium from the media plan.

  --target=LABEL     the medium, for messages
  --plan=FILE        media plan
  --volume=NUMBER    which volume, from 1
  --input=NAME=FILE  file of a plan's input (repeated)
  --out=FILE         the image; replaced when complete
)";

absl::Status WriteVolume(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::string plan_path, args.Required("plan"));
  TSM_ASSIGN_OR_RETURN(std::string number_text, args.Required("volume"));
  uint32_t number;
  if (!absl::SimpleAtoi(number_text, &number)) {
    return UsageError(absl::StrCat("--volume=", number_text, " is no number"));
  }
  TSM_ASSIGN_OR_RETURN(NamedInputs inputs, NamedInputs::Parse(args.Repeated("input")));
  TSM_ASSIGN_OR_RETURN(std::string out, args.Required("out"));
  TSM_RETURN_IF_ERROR(args.Finish());
  TSM_ASSIGN_OR_RETURN(MediaPlan plan, ReadPlan(plan_path));
  TSM_ASSIGN_OR_RETURN(Layout layout, LoadLayout(plan, number));
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<AtomicFile> file, AtomicFile::Create(out));
  TSM_RETURN_IF_ERROR(
      Render(layout, [&inputs](const std::string& name) { return inputs.Open(name); }, 0, layout.size, file.get()));
  return file->Commit();
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) {
  return tsmedia::RunAction(argc, argv, "volume", tsmedia::kHelp, tsmedia::WriteVolume);
}
