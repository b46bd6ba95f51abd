// TsmManifest: from the media plan to the manifest that is to be signed.

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/plan/manifest_writer.h"
#include "tools/plan/named_inputs.h"
#include "tools/plan/plan_file.h"

namespace tsmedia {
namespace {

constexpr std::string_view kHelp = R"(usage: manifest @ARGUMENTS

Writes the manifest of a medium: the list of everything on it, with sizes and digests.

  --target=LABEL     the medium, for messages
  --plan=FILE        media plan
  --input=NAME=FILE  file of a plan's input; only boot files are read (repeated)
  --out=FILE         written when complete
)";

absl::Status WriteManifest(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::string plan_path, args.Required("plan"));
  TSM_ASSIGN_OR_RETURN(NamedInputs inputs, NamedInputs::Parse(args.Repeated("input")));
  TSM_ASSIGN_OR_RETURN(std::string out, args.Required("out"));
  TSM_RETURN_IF_ERROR(args.Finish());
  TSM_ASSIGN_OR_RETURN(MediaPlan plan, ReadPlan(plan_path));
  TSM_ASSIGN_OR_RETURN(std::string bytes,
                       CompleteManifest(plan, [&inputs](const std::string& name) { return inputs.Open(name); }));
  return WriteFileAtomically(out, bytes);
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) {
  return tsmedia::RunAction(argc, argv, "manifest", tsmedia::kHelp, tsmedia::WriteManifest);
}
