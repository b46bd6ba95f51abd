#include "tools/base/program.h"

#include <iostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// Marks a status as an error of usage; its code alone would not tell it from a file that is invalid.
constexpr std::string_view kUsageErrorPayload = "tsmedia/usage-error";

}  // namespace

absl::Status UsageError(std::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsageErrorPayload, absl::Cord());
  return status;
}

bool IsUsageError(const absl::Status& status) { return status.GetPayload(kUsageErrorPayload).has_value(); }

int ExitCodeFor(std::string_view name, const absl::Status& status) {
  if (status.ok()) {
    return kExitOk;
  }
  std::cerr << name << ": " << status.message() << "\n";
  return IsUsageError(status) ? kExitUsage : kExitFailed;
}

int RunProgram(int argc, char** argv, std::string_view name, std::string_view help,
               absl::FunctionRef<absl::Status(Args&)> body) {
  absl::StatusOr<Args> args = Args::Parse(std::vector<std::string>(argv + 1, argv + argc));
  if (!args.ok()) {
    return ExitCodeFor(name, args.status());
  }
  absl::StatusOr<bool> wants_help = args->Bool("help");
  if (wants_help.ok() && *wants_help) {
    std::cout << help;
    return std::cout.flush() ? kExitOk : kExitFailed;
  }
  absl::Status status = body(*args);
  if (status.ok() && !std::cout.flush()) {
    status = absl::InternalError("cannot write to standard output");
  }
  return ExitCodeFor(name, status);
}

int RunAction(int argc, char** argv, std::string_view name, std::string_view help,
              absl::FunctionRef<absl::Status(Args&)> body) {
  return RunProgram(argc, argv, name, help, [&body](Args& args) -> absl::Status {
    TSM_ASSIGN_OR_RETURN(std::string target, args.Required("target"));
    absl::Status status = body(args);
    if (status.ok() || IsUsageError(status)) {
      return status;
    }
    return absl::Status(status.code(), absl::StrCat(target, ": ", status.message()));
  });
}

}  // namespace tsmedia
