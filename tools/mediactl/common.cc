#include "tools/mediactl/common.h"

#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tools/base/byte_source.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/key_file.h"
#include "tools/crypto/secret.h"
#include "tools/crypto/secret_file.h"
#include "tools/mediactl/password_flags.h"
#include "tools/mediactl/user_path.h"
#include "tools/medium/protected_content.h"
#include "tools/plan/manifest.h"

namespace tsmedia {
namespace {

absl::Status AboutMedium(const std::string& path, const absl::Status& status) {
  if (absl::IsNotFound(status)) {
    return absl::NotFoundError(absl::StrCat(path, ": not a deployment medium: ", status.message()));
  }
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

absl::StatusOr<UserMedium> Accept(const std::string& key_path, const std::string& path) {
  TSM_ASSIGN_OR_RETURN(SignifyPublicKey key, ReadPublicKey(UserPath(key_path)));
  TSM_ASSIGN_OR_RETURN(MediumViews views, OpenMedium(UserPath(path)));
  return AcceptViews(std::move(views), key, path);
}

// Takes the first view whose manifest can be read.
absl::StatusOr<UserMedium> ReadUnverified(MediumViews views) {
  absl::Status first_error;
  for (std::unique_ptr<Medium>& view : views) {
    absl::StatusOr<Manifest> manifest = ReadUnverifiedManifest(*view);
    if (manifest.ok()) {
      return UserMedium{std::move(view), std::nullopt, *std::move(manifest)};
    }
    first_error.Update(manifest.status());
  }
  return first_error;
}

}  // namespace

absl::StatusOr<UserMedium> AcceptViews(MediumViews views, const SignifyPublicKey& key, const std::string& path) {
  absl::StatusOr<OpenedMedium> opened =
      AcceptMedium(std::move(views), AnchorsFor(key), absl::ToUnixSeconds(absl::Now()));
  if (!opened.ok()) {
    return AboutMedium(path, opened.status());
  }
  UserMedium medium;
  medium.medium = std::move(opened->medium);
  medium.manifest = opened->accepted.manifest.manifest;
  medium.accepted = std::move(opened->accepted);
  return medium;
}

absl::StatusOr<std::vector<std::string>> Positional(const Args& args, const std::vector<std::string>& names) {
  if (args.positional().size() < names.size()) {
    return UsageError(absl::StrCat(names[args.positional().size()], " is missing; see --help"));
  }
  if (args.positional().size() > names.size()) {
    return UsageError(absl::StrCat("unexpected argument \"", args.positional()[names.size()], "\"; see --help"));
  }
  return args.positional();
}

absl::StatusOr<UserMedium> OpenWithKey(Args& args, const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::string key_path, args.Required("public_key"));
  TSM_RETURN_IF_ERROR(args.Finish());
  return Accept(key_path, path);
}

absl::StatusOr<UserMedium> OpenDriveWithKey(Args& args, const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::string key_path, args.Required("public_key"));
  TSM_RETURN_IF_ERROR(args.Finish());
  TSM_ASSIGN_OR_RETURN(SignifyPublicKey key, ReadPublicKey(UserPath(key_path)));
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> drive, FileSource::Open(UserPath(path)));
  TSM_ASSIGN_OR_RETURN(MediumViews views, OpenMediumImage(std::move(drive), /*is_device=*/true));
  return AcceptViews(std::move(views), key, path);
}

absl::StatusOr<UserMedium> OpenWithOptionalKey(Args& args, const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> key_path, args.Optional("public_key"));
  TSM_RETURN_IF_ERROR(args.Finish());
  if (key_path.has_value()) {
    return Accept(*key_path, path);
  }
  TSM_ASSIGN_OR_RETURN(MediumViews views, OpenMedium(UserPath(path)));
  absl::StatusOr<UserMedium> medium = ReadUnverified(std::move(views));
  if (!medium.ok()) {
    return AboutMedium(path, medium.status());
  }
  std::cerr << "mediactl: " << path << ": the signature was not checked; give --public_key=FILE to check it\n";
  return medium;
}

absl::StatusOr<PasswordOptions> ReadPasswordOptions(Args& args) {
  PasswordOptions options;
  TSM_ASSIGN_OR_RETURN(options.source, PasswordFlags(args));
  TSM_ASSIGN_OR_RETURN(options.max_work_factor, MaxWorkFactorFlag(args));
  return options;
}

absl::StatusOr<std::optional<MediaIdentity>> Unlock(const UserMedium& medium, const PasswordOptions& options) {
  if (!IsProtected(medium.manifest)) {
    return std::nullopt;
  }
  TSM_RETURN_IF_ERROR(DisableCoreDumps());
  TSM_ASSIGN_OR_RETURN(
      SecretString password,
      ReadPassword(options.source, absl::StrCat("Password of the medium \"", medium.manifest.label(), "\"")));
  TSM_ASSIGN_OR_RETURN(MediaIdentity identity,
                       UnlockMedium(*medium.medium, medium.manifest, password.text(), options.max_work_factor));
  return identity;
}

absl::StatusOr<Inventory> ReadInventoryWithPassword(const UserMedium& medium, const PasswordOptions& options) {
  TSM_ASSIGN_OR_RETURN(std::optional<MediaIdentity> identity, Unlock(medium, options));
  return ReadInventory(*medium.medium, medium.manifest, identity.has_value() ? &*identity : nullptr);
}

absl::StatusOr<bool> WantsJson(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::string format, args.OptionalOr("format", "text"));
  if (format != "text" && format != "json") {
    return UsageError(absl::StrCat("--format=", format, ": write text or json"));
  }
  return format == "json";
}

}  // namespace tsmedia
