// What the subcommands of mediactl share: opening the medium that the command line names, and whom to trust.

#ifndef TSMEDIA_TOOLS_MEDIACTL_COMMON_H_
#define TSMEDIA_TOOLS_MEDIACTL_COMMON_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/args.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/password.h"
#include "tools/crypto/signify.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

// Positional returns exactly `names.size()` positional arguments, or a usage error that names what is missing.
absl::StatusOr<std::vector<std::string>> Positional(const Args& args, const std::vector<std::string>& names);

// A medium, and its manifest: accepted if the command line has a key, else only read.
struct UserMedium {
  std::unique_ptr<Medium> medium;
  std::optional<AcceptedMedium> accepted;
  Manifest manifest;
};

// AcceptViews accepts a medium that is open already with `key`; errors call it `path`.
absl::StatusOr<UserMedium> AcceptViews(MediumViews views, const SignifyPublicKey& key, const std::string& path);

// OpenWithKey opens the medium at `path` and accepts it with the key in the file `--public_key`, which must be given.
absl::StatusOr<UserMedium> OpenWithKey(Args& args, const std::string& path);

// OpenDriveWithKey does the same for a drive, or a file that holds all bytes of one: it may be larger than its medium.
absl::StatusOr<UserMedium> OpenDriveWithKey(Args& args, const std::string& path);

// OpenWithOptionalKey does what OpenWithKey does if `--public_key` is given; otherwise it reads the manifest unverified
// and says so on standard error.
absl::StatusOr<UserMedium> OpenWithOptionalKey(Args& args, const std::string& path);

// A part of --help of what reads content.
inline constexpr std::string_view kPasswordHelp =
    R"(  --password-file=FILE  of a protected medium: the password, in a file of `mediactl secret new`; or
  --password-fd=N       one line of an open file descriptor; without either it is asked for at the terminal
  --max-work-factor=N   most work that the identity may ask for, as a power of 2 (default 20, at most 22)
)";

// How a protected medium is opened.
struct PasswordOptions {
  PasswordSource source;
  int max_work_factor = 0;
};
absl::StatusOr<PasswordOptions> ReadPasswordOptions(Args& args);

// Unlock reads the password, at the terminal if nothing else is said, and opens the identity on the medium. A medium
// that is not protected asks for nothing, and there is no identity.
absl::StatusOr<std::optional<MediaIdentity>> Unlock(const UserMedium& medium, const PasswordOptions& options);

// ReadInventoryWithPassword returns what the packages contain; of a protected medium it asks for the password.
absl::StatusOr<Inventory> ReadInventoryWithPassword(const UserMedium& medium, const PasswordOptions& options);

// WantsJson reads `--format=text|json`.
absl::StatusOr<bool> WantsJson(Args& args);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIACTL_COMMON_H_
