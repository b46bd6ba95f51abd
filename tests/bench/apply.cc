// Applies the first package of a protected medium to a directory as the agent does it: through the same classes from
// the medium to the files.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tools/base/program.h"
#include "tools/base/read_ahead_source.h"
#include "tools/base/status_macros.h"
#include "tools/content/ahead_stream.h"
#include "tools/content/pack_reader.h"
#include "tools/crypto/age_scrypt.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/key_file.h"
#include "tools/crypto/password.h"
#include "tools/crypto/secret.h"
#include "tools/crypto/signify.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"
#include "tools/medium/protected_content.h"
#include "tools/medium/volumes.h"
#include "tools/plan/manifest.h"
#include "tools/steps/image_unpack.h"

namespace tsmedia {
namespace {

constexpr std::string_view kHelp = R"(usage: apply --public_key=FILE --password_file=FILE MEDIUM DIRECTORY
)";

absl::Status Run(Args& args) {
  TSM_ASSIGN_OR_RETURN(const std::string key_path, args.Required("public_key"));
  TSM_ASSIGN_OR_RETURN(const std::string password_file, args.Required("password_file"));
  TSM_RETURN_IF_ERROR(args.Finish());
  if (args.positional().size() != 2) {
    return UsageError("see --help");
  }
  TSM_ASSIGN_OR_RETURN(const SignifyPublicKey key, ReadPublicKey(key_path));
  TSM_ASSIGN_OR_RETURN(MediumViews views, OpenMedium(args.positional()[0]));
  TSM_ASSIGN_OR_RETURN(OpenedMedium opened,
                       AcceptMedium(std::move(views), AnchorsFor(key), absl::ToUnixSeconds(absl::Now())));
  const Manifest& manifest = opened.accepted.manifest.manifest;
  TSM_ASSIGN_OR_RETURN(const SecretString password, ReadPassword({.fd = std::nullopt, .file = password_file}, ""));
  TSM_ASSIGN_OR_RETURN(const MediaIdentity identity,
                       UnlockMedium(*opened.medium, manifest, password.text(), kMaxWorkFactor));
  TSM_ASSIGN_OR_RETURN(const Inventory inventory, ReadInventory(*opened.medium, manifest, &identity));
  SingleVolume volumes(std::move(opened.medium));
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<PackSource> source,
                       PackSource::Open(volumes, manifest, manifest.packages(0), &identity));
  const ReadAheadSource ahead(source.get());
  PackReader reader(&ahead, inventory.packages(0).pack().compression());
  AheadStream content(&reader);
  return UnpackImage(content, args.positional()[1]);
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunProgram(argc, argv, "apply", tsmedia::kHelp, tsmedia::Run); }
