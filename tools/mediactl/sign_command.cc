#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_sink.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/key_file.h"
#include "tools/crypto/secret_file.h"
#include "tools/crypto/signify.h"
#include "tools/mediactl/commands.h"
#include "tools/mediactl/common.h"
#include "tools/mediactl/user_path.h"
#include "tools/plan/manifest.h"
#include "tools/plan/signing.h"

namespace tsmedia {
namespace {

// Who signs sees first what is being signed.
void Describe(const Manifest& manifest) {
  std::cout << MediaKindText(manifest.media_kind()) << " media \"" << manifest.label() << "\", media ID "
            << MediaIdText(manifest) << (manifest.test_only() ? ", TEST-ONLY" : "") << "\n";
  for (const PackageEntry& package : manifest.packages()) {
    std::cout << "  package " << package.package_id() << " version " << package.version() << "\n";
  }
}

absl::Status Sign(Args& args) {
  TSM_RETURN_IF_ERROR(DisableCoreDumps());
  TSM_ASSIGN_OR_RETURN(std::vector<std::string> paths, Positional(args, {"MANIFEST"}));
  TSM_ASSIGN_OR_RETURN(std::string key_path, args.Required("secret_key"));
  TSM_ASSIGN_OR_RETURN(std::string out, args.OptionalOr("out", absl::StrCat(paths[0], ".sig")));
  TSM_RETURN_IF_ERROR(args.Finish());
  TSM_ASSIGN_OR_RETURN(std::string bytes, ReadManifestToSign(UserPath(paths[0])));
  TSM_ASSIGN_OR_RETURN(Manifest manifest, ParseManifest(bytes));
  Describe(manifest);
  TSM_ASSIGN_OR_RETURN(SignifySecretKey key, ReadSigningKey(UserPath(key_path)));
  SignifySignature signature = key.Sign(AsBytes(bytes));
  TSM_RETURN_IF_ERROR(CheckSignature(key.public_key(), signature, bytes));
  TSM_RETURN_IF_ERROR(WriteFileAtomically(UserPath(out), FormatSignifySignature(signature)));
  std::cout << "signed: " << out << "\n";
  return absl::OkStatus();
}

}  // namespace

const Command kSignCommand = {"sign", "sign a manifest on the machine that holds the key",
                              R"(usage: mediactl sign --secret_key=FILE [--out=FILE] MANIFEST

The external signer: build the output group "manifest" of a medium, carry the manifest to the machine that holds the
key, sign it there, and name the signature in the medium's attribute `signature`. The manifest is parsed first; kind,
label, media ID and packages are shown. Anything but a manifest is refused.

  --secret_key=FILE  signify secret key without passphrase, mode 0600
  --out=FILE         the signature (default: MANIFEST.sig)
)",
                              Sign};

}  // namespace tsmedia
