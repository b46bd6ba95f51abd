// What `mediactl write` and `mediactl update` have in common.

#ifndef TSMEDIA_TOOLS_MEDIACTL_DRIVE_WRITING_H_
#define TSMEDIA_TOOLS_MEDIACTL_DRIVE_WRITING_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/args.h"
#include "tools/base/extent.h"
#include "tools/base/layout_source.h"
#include "tools/drive/block_target.h"
#include "tools/drive/pieces.h"
#include "tools/drive/write_medium.h"

namespace tsmedia {

// How the two differ.
struct DriveCommand {
  std::string_view name;  // "write"
  std::string_view done;  // "written"
  // What becomes of the device, as the question says it: "Everything on this device will be lost".
  std::string_view warning;
  bool creates_file = false;  // a file that does not exist is made
  absl::StatusOr<WriteResult> (*run)(const Layout& layout, const OpenInput& open, const PieceOptions& options,
                                     BlockTarget* target);
};

// WriteDrive runs such a command.
absl::Status WriteDrive(const DriveCommand& command, Args& args);

// The part of --help that both have.
extern const std::string_view kDriveHelp;

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIACTL_DRIVE_WRITING_H_
