// The arguments by which TsmPlan and TsmSealMedia are told what a medium carries.

#ifndef TSMEDIA_TOOLS_ACTIONS_MEDIA_CONTENT_ARGUMENTS_H_
#define TSMEDIA_TOOLS_ACTIONS_MEDIA_CONTENT_ARGUMENTS_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "tools/base/args.h"
#include "tools/plan/media_content.h"

namespace tsmedia {

// A part of --help.
inline constexpr std::string_view kMediaContentHelp =
    R"(  --target=LABEL           the medium, for messages
  --kind=KIND              standalone
  --label=TEXT             name of the medium
  --arch=ARCH              x86_64
  --not_before=TIME        2026-01-01T00:00:00Z; empty: no beginning
  --not_after=TIME         likewise; empty: no end
  --file_time=SECONDS      time of all files, since 1970 (default 315532800)
  --unattended=BOOL        no questions but the password
  --keep_unlocked=BOOL     no question for the password after a restart
  --variable=NAME=VALUE    media variable (repeated)
  --sequence=FILE          binary task sequence
  --pack=FILE              pack information of a package (repeated)
  --dependency=FROM=TO     package FROM needs package TO (repeated)
  --reference=ID           package that the task sequence's target references (repeated)
  --content=ID             package that the medium lists itself (repeated)
  --install=ID=COMMAND     how an application is installed (repeated)
  --prestart=ID=COMMAND    runs before the task sequence
  --build_root=TEXT        identity of the build root
)";

// ParseMediaContent reads these arguments and the files that they name, and resolves the packages. Errors name the
// argument, or the chain of packages.
absl::StatusOr<MediaContent> ParseMediaContent(Args& args);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ACTIONS_MEDIA_CONTENT_ARGUMENTS_H_
