// mediactl: what people do with media on a machine that is not deployed.

#include <algorithm>
#include <array>
#include <iostream>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/base/program.h"
#include "tools/mediactl/commands.h"
#include "tools/mediactl/ts_command.h"

namespace tsmedia {
namespace {

const Command kTsCommand = {"ts", "lay out a task sequence's text, show its tree", kTsHelp, RunTs};

constexpr std::array<const Command*, 12> kCommands = {
    &kDiffCommand, &kExtractCommand,  &kKeyCommand, &kLsCommand,     &kSecretCommand, &kShowCommand,
    &kSignCommand, &kSimulateCommand, &kTsCommand,  &kUpdateCommand, &kVerifyCommand, &kWriteCommand};

std::string Help() {
  std::string help = "usage: mediactl COMMAND ...\n\nCommands (each has --help):\n";
  for (const Command* command : kCommands) {
    absl::StrAppendFormat(&help, "  %-8s %s\n", command->name, command->summary);
  }
  absl::StrAppend(&help,
                  "\nExit codes: 0 all is fine, 1 the check or operation failed, 2 the command line was wrong.\n");
  return help;
}

int Main(int argc, char** argv) {
  std::string_view name = argc > 1 ? argv[1] : "";
  if (name == "--help" || name == "help") {
    std::cout << Help();
    return kExitOk;
  }
  auto command = std::ranges::find(kCommands, name, [](const Command* candidate) { return candidate->name; });
  if (command == kCommands.end()) {
    std::cerr << (name.empty() ? "" : absl::StrCat("mediactl: there is no command \"", name, "\"\n")) << Help();
    return kExitUsage;
  }
  return RunProgram(argc - 1, argv + 1, absl::StrCat("mediactl ", name),
                    absl::StrCat((*command)->help, (*command)->more_help), (*command)->run);
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::Main(argc, argv); }
