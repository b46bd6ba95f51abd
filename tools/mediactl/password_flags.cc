#include "tools/mediactl/password_flags.h"

#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age_scrypt.h"
#include "tools/mediactl/user_path.h"

namespace tsmedia {

absl::StatusOr<PasswordSource> PasswordFlags(Args& args, std::string_view prefix) {
  const std::string fd_flag = absl::StrCat(prefix, "password-fd");
  const std::string file_flag = absl::StrCat(prefix, "password-file");
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> fd_text, args.Optional(fd_flag));
  PasswordSource source;
  TSM_ASSIGN_OR_RETURN(source.file, args.Optional(file_flag));
  if (fd_text.has_value()) {
    int fd;
    if (!absl::SimpleAtoi(*fd_text, &fd) || fd < 0) {
      return UsageError(absl::StrCat("--", fd_flag, " wants the number of an open file descriptor"));
    }
    source.fd = fd;
  }
  if (source.fd.has_value() && source.file.has_value()) {
    return UsageError(absl::StrCat("give --", fd_flag, " or --", file_flag, ", not both"));
  }
  if (source.file.has_value()) {
    source.file = UserPath(*source.file);
  }
  return source;
}

absl::StatusOr<int> MaxWorkFactorFlag(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::string text, args.OptionalOr("max-work-factor", absl::StrCat(kMaxWorkFactor)));
  int value;
  if (!absl::SimpleAtoi(text, &value) || value < kMinWorkFactor || value > kLargestWorkFactor) {
    return UsageError(
        absl::StrCat("--max-work-factor: write a number from ", kMinWorkFactor, " to ", kLargestWorkFactor));
  }
  return value;
}

}  // namespace tsmedia
