// The subcommands of mediactl; each stands in a file of its own (ts in a library of its own).

#ifndef TSMEDIA_TOOLS_MEDIACTL_COMMANDS_H_
#define TSMEDIA_TOOLS_MEDIACTL_COMMANDS_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "tools/base/args.h"

namespace tsmedia {

struct Command {
  std::string_view name;
  std::string_view summary;  // one line
  std::string_view help;     // what --help prints
  absl::Status (*run)(Args& args);
  std::string_view more_help = "";  // follows `help`: what several commands have in common
};

extern const Command kDiffCommand;
extern const Command kExtractCommand;
extern const Command kKeyCommand;
extern const Command kLsCommand;
extern const Command kSecretCommand;
extern const Command kShowCommand;
extern const Command kSignCommand;
extern const Command kSimulateCommand;
extern const Command kUpdateCommand;
extern const Command kVerifyCommand;
extern const Command kWriteCommand;

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIACTL_COMMANDS_H_
