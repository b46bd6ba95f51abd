#include "tools/plan/grub_config.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// Quote returns `word` as one word of GRUB's language: nothing is special between single quotes but the quote itself
// (GRUB manual, "Quoting").
absl::StatusOr<std::string> Quote(std::string_view word) {
  const bool printable = std::all_of(word.begin(), word.end(), [](char c) { return absl::ascii_isgraph(c); });
  if (word.empty() || !printable || absl::StrContains(word, '\'')) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", word, "' cannot stand in grub.cfg: use printable ASCII without blanks and single quotes"));
  }
  return absl::StrCat("'", word, "'");
}

absl::StatusOr<std::string> QuotePath(std::string_view path) {
  if (!absl::StartsWith(path, "/")) {
    return absl::InvalidArgumentError(absl::StrCat("'", path, "' is no path on the medium: it has no leading slash"));
  }
  return Quote(path);
}

absl::StatusOr<std::string> KernelArguments(const std::vector<std::string>& arguments) {
  std::string line;
  for (const std::string& argument : arguments) {
    // The kernel's console list decides what the agent writes to; "init" and "rdinit" would replace the agent.
    for (std::string_view reserved : {"console=", "init=", "rdinit="}) {
      if (absl::StartsWith(argument, reserved)) {
        return absl::InvalidArgumentError(
            absl::StrCat("kernel argument '", argument, "': '", reserved, "' is set by the medium itself"));
      }
    }
    TSM_ASSIGN_OR_RETURN(const std::string word, Quote(argument));
    absl::StrAppend(&line, word, " ");
  }
  return line;
}

constexpr std::string_view kHead = "# Written by rules_tsmedia.\n";

// Prints on the serial port as well if there is one. Without one `serial` fails and the screen stays the only terminal.
constexpr std::string_view kTerminals =
    "if serial --unit=0 --speed=115200; then\n"
    "  terminal_input console serial\n"
    "  terminal_output console serial\n"
    "fi\n";

// tty0 comes last: the last console is what /dev/console is, and a screen is what most machines have. A console that
// does not exist is ignored by the kernel.
constexpr std::string_view kConsoles = "console=ttyS0,115200 console=tty0";

}  // namespace

absl::StatusOr<std::string> GrubConfig(const GrubConfigOptions& options) {
  TSM_ASSIGN_OR_RETURN(const std::string id_path, QuotePath(options.id_path));
  TSM_ASSIGN_OR_RETURN(const std::string kernel, QuotePath(options.kernel));
  TSM_ASSIGN_OR_RETURN(const std::string arguments, KernelArguments(options.kernel_args));
  std::string initrds;
  for (const std::string& path : options.initrds) {
    TSM_ASSIGN_OR_RETURN(const std::string initrd, QuotePath(path));
    absl::StrAppend(&initrds, " ", initrd);
  }
  if (initrds.empty()) {
    return absl::InvalidArgumentError("grub.cfg needs at least one initrd: it holds the agent");
  }
  // The firmware's boot device need not be what GRUB calls root (a FAT copy, a virtual CD that came back under another
  // number), so this file searches as well.
  return absl::StrCat(kHead, kTerminals, "search --no-floppy --file --set=root ", id_path, "\n",
                      "echo 'Loading the deployment medium ...'\n", "if linux ", kernel, " ", arguments, "quiet ",
                      kConsoles, "; then\n", "  if initrd", initrds, "; then\n", "    boot\n", "  fi\n", "fi\n",
                      "echo 'The kernel or the initrd of this medium cannot be loaded. Check the medium on another "
                      "machine: mediactl verify.'\n");
}

absl::StatusOr<std::string> SearchGrubConfig(std::string_view id_path) {
  TSM_ASSIGN_OR_RETURN(const std::string quoted, QuotePath(id_path));
  // Without the condition a medium that is not there would run this very file again and again.
  return absl::StrCat(kHead, "if search --no-floppy --file --set=root ", quoted, "; then\n",
                      "  set prefix=($root)/boot/grub\n", "  configfile $prefix/grub.cfg\n", "else\n",
                      "  echo 'The deployment medium that this boot loader belongs to is not attached.'\n", "fi\n");
}

}  // namespace tsmedia
