#include "absl/status/status.h"
#include "tools/base/args.h"
#include "tools/drive/write_medium.h"
#include "tools/mediactl/commands.h"
#include "tools/mediactl/drive_writing.h"

namespace tsmedia {
namespace {

absl::Status Update(Args& args) {
  return WriteDrive({.name = "update",
                     .done = "updated",
                     .warning = "Everything on this device that is not the medium's will be lost",
                     .run = UpdateMedium},
                    args);
}

}  // namespace

const Command kUpdateCommand = {"update", "make a USB drive hold another medium, writing only what differs",
                                R"(usage: mediactl update --public_key=FILE [--yes] [--force] MEDIUM DEVICE
       mediactl update --public_key=FILE --plan=FILE --inputs=FILE [--volume=N] [--yes] [--force] DEVICE

Does what `mediactl write` does, but reads DEVICE first and writes only what differs from the medium; how much that is
of the whole stands in the last line. It is for drives that hold an earlier version, or that were used and are to be as
new; with any other it has the same result and takes longer than `write`.
)",
                                Update, kDriveHelp};

}  // namespace tsmedia
