// TsmSign: signs a manifest, or takes over a signature that an external signer made.

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/actions/secret_argument.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/bytes.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/key_file.h"
#include "tools/crypto/secret_file.h"
#include "tools/crypto/signify.h"
#include "tools/plan/signing.h"

namespace tsmedia {
namespace {

constexpr std::string_view kHelp = R"(usage: sign @ARGUMENTS

Writes the signature of a manifest.

  --target=LABEL             the medium, for messages
  --manifest=FILE            the manifest
  --public_key=FILE          signify public key; the signature must be one of it
  --key_target=LABEL         the signing_key, for messages
  --secret_key=FILE          signify secret key; or
  --external_signature=FILE  signature of the manifest that was made elsewhere
  --out=FILE                 written when complete
)";

absl::StatusOr<SignifySignature> MakeSignature(Args& args, std::string_view manifest) {
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> secret_key, SecretArgument(args, "secret_key"));
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> external, args.Optional("external_signature"));
  TSM_ASSIGN_OR_RETURN(std::string key_target, args.OptionalOr("key_target", "the signing key"));
  TSM_RETURN_IF_ERROR(args.Finish());
  if (secret_key.has_value() == external.has_value()) {
    return absl::FailedPreconditionError(
        absl::StrCat("signing_key: ", key_target,
                     " has no secret key: build the medium's output group \"manifest\", sign "
                     "it elsewhere (mediactl sign, or signify -S), and name the result in the attribute signature"));
  }
  if (external.has_value()) {
    return ReadSignature(*external);
  }
  TSM_ASSIGN_OR_RETURN(SignifySecretKey key, ReadSigningKey(*secret_key));
  return key.Sign(AsBytes(manifest));
}

absl::Status SignManifest(Args& args) {
  TSM_RETURN_IF_ERROR(DisableCoreDumps());
  TSM_ASSIGN_OR_RETURN(std::string manifest_path, args.Required("manifest"));
  TSM_ASSIGN_OR_RETURN(std::string public_key_path, args.Required("public_key"));
  TSM_ASSIGN_OR_RETURN(std::string out, args.Required("out"));
  TSM_ASSIGN_OR_RETURN(std::string manifest, ReadManifestToSign(manifest_path));
  TSM_ASSIGN_OR_RETURN(SignifyPublicKey public_key, ReadPublicKey(public_key_path));
  TSM_ASSIGN_OR_RETURN(SignifySignature signature, MakeSignature(args, manifest));
  TSM_RETURN_IF_ERROR(CheckSignature(public_key, signature, manifest));
  return WriteFileAtomically(out, FormatSignifySignature(signature));
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) {
  return tsmedia::RunAction(argc, argv, "sign", tsmedia::kHelp, tsmedia::SignManifest);
}
