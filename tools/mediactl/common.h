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
#include "tools/medium/medium_set.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

// Positional returns exactly `names.size()` positional arguments, or a usage error that names what is missing.
absl::StatusOr<std::vector<std::string>> Positional(const Args& args, const std::vector<std::string>& names);

// PositionalList returns the positional arguments, at least `names.size()`: the first may stand there several times.
absl::StatusOr<std::vector<std::string>> PositionalList(const Args& args, const std::vector<std::string>& names);

// A medium, and its manifest: accepted if the command line has a key, else only read.
struct UserMedium {
  std::unique_ptr<Medium> medium;
  std::optional<AcceptedMedium> accepted;
  Manifest manifest;
};

// AcceptViews accepts a medium that is open already with `key`; errors call it `path`.
absl::StatusOr<UserMedium> AcceptViews(MediumViews views, const SignifyPublicKey& key, const std::string& path);

// A medium of any number of volumes, given in any order: accepted if the command line has a key, else only read.
struct UserSet {
  std::unique_ptr<MediumSet> set;
  bool is_signed = false;

  const Manifest& manifest() const { return set->manifest(); }
};

// OpenWithKey opens the volumes at `paths` (directories with volumes stand for those) and accepts them with the key in
// the file `--public_key`, which must be given.
absl::StatusOr<UserSet> OpenWithKey(Args& args, const std::vector<std::string>& paths);

// OpenDriveWithKey does the same for drives, or files that hold all bytes of one: they may be larger than the medium.
absl::StatusOr<UserSet> OpenDriveWithKey(Args& args, const std::vector<std::string>& paths);

// OpenWithOptionalKey does what OpenWithKey does if `--public_key` is given; otherwise it reads the manifests
// unverified and says so on standard error.
absl::StatusOr<UserSet> OpenWithOptionalKey(Args& args, const std::vector<std::string>& paths);

// OpenAllWithOptionalKey does so with the volumes of several media, in the order in which these are first named.
absl::StatusOr<std::vector<UserSet>> OpenAllWithOptionalKey(Args& args, const std::vector<std::string>& paths);

// Failures collects what went wrong while the rest is done.
class Failures {
 public:
  void Add(const absl::Status& status);
  // What is wrong with the volumes themselves; missing ones if there is more than one volume to begin with.
  void AddProblems(const MediumSet& set);
  // The error, if there is just one; else all are printed, and the error is how many.
  absl::Status Finish() const;

 private:
  std::vector<absl::Status> statuses_;
};

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
absl::StatusOr<std::optional<MediaIdentity>> Unlock(const UserSet& medium, const PasswordOptions& options);

// ReadInventoryWithPassword returns what the packages contain; of a protected medium it asks for the password.
absl::StatusOr<Inventory> ReadInventoryWithPassword(const UserSet& medium, const PasswordOptions& options);

// WantsJson reads `--format=text|json`.
absl::StatusOr<bool> WantsJson(Args& args);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIACTL_COMMON_H_
