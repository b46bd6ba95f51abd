// What every main() of the project does: run, say what went wrong in one sentence, exit with the right code.

#ifndef TSMEDIA_TOOLS_BASE_PROGRAM_H_
#define TSMEDIA_TOOLS_BASE_PROGRAM_H_

#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "tools/base/args.h"

namespace tsmedia {

// Exit codes of every program.
inline constexpr int kExitOk = 0;      // all is fine
inline constexpr int kExitFailed = 1;  // the check or the operation failed
inline constexpr int kExitUsage = 2;   // the command line was wrong

// UsageError makes the status that RunProgram turns into exit code 2.
absl::Status UsageError(std::string_view message);
bool IsUsageError(const absl::Status& status);

// ExitCodeFor prints "NAME: message" on standard error unless `status` is OK, and returns the exit code.
int ExitCodeFor(std::string_view name, const absl::Status& status);

// RunProgram parses the command line, prints `help` and ends if it is `--help`, else runs `body` and returns the exit
// code for main(). Errors of parsing, and flags that `body` did not ask for before it called Args::Finish, are
// usage errors.
int RunProgram(int argc, char** argv, std::string_view name, std::string_view help,
               absl::FunctionRef<absl::Status(Args&)> body);

// RunAction is RunProgram for the binary of a build action, which is told for which target it works (`--target=LABEL`):
// every error begins with the target, so that a broken definition reads "//media:branch: label: ...".
int RunAction(int argc, char** argv, std::string_view name, std::string_view help,
              absl::FunctionRef<absl::Status(Args&)> body);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_PROGRAM_H_
