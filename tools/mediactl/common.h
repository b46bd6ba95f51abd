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

// OpenWithKey opens the medium at `path` and accepts it with the key in the file `--public_key`, which must be given.
absl::StatusOr<UserMedium> OpenWithKey(Args& args, const std::string& path);

// OpenWithOptionalKey does so if `--public_key` is given; otherwise it reads the manifest unverified and says so on
// standard error.
absl::StatusOr<UserMedium> OpenWithOptionalKey(Args& args, const std::string& path);

// WantsJson reads `--format=text|json`.
absl::StatusOr<bool> WantsJson(Args& args);

// Threads that work at once: the processors, at most 8.
int WorkerThreads();

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIACTL_COMMON_H_
