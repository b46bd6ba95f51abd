#include "absl/status/status.h"
#include "tools/base/args.h"
#include "tools/drive/write_medium.h"
#include "tools/mediactl/commands.h"
#include "tools/mediactl/drive_writing.h"

namespace tsmedia {
namespace {

absl::Status Write(Args& args) {
  return WriteDrive({.name = "write",
                     .done = "written",
                     .warning = "Everything on this device will be lost",
                     .creates_file = true,
                     .run = WriteMedium},
                    args);
}

}  // namespace

const Command kWriteCommand = {"write", "write a medium to a USB drive and read it back",
                               R"(usage: mediactl write --public_key=FILE [--yes] [--force] MEDIUM DEVICE
       mediactl write --public_key=FILE --plan=FILE --inputs=FILE [--volume=N] [--yes] [--force] DEVICE

Makes DEVICE a drive with the medium, and nothing else: all that it holds is lost. A file that does not exist is made
with the medium's size; one that exists keeps its size.
)",
                               Write, kDriveHelp};

}  // namespace tsmedia
