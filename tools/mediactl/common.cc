#include "tools/mediactl/common.h"

#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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

std::vector<std::string> UserPaths(const std::vector<std::string>& paths) {
  std::vector<std::string> resolved;
  for (const std::string& path : paths) {
    resolved.push_back(UserPath(path));
  }
  return ExpandSets(resolved);
}

absl::StatusOr<MediumSet::Accept> AcceptWith(const std::string& key_path) {
  TSM_ASSIGN_OR_RETURN(const SignifyPublicKey key, ReadPublicKey(UserPath(key_path)));
  return [anchors = AnchorsFor(key)](MediumViews views) {
    return AcceptMedium(std::move(views), anchors, absl::ToUnixSeconds(absl::Now()));
  };
}

// A file with all bytes of a drive is opened like the drive.
absl::StatusOr<MediumViews> OpenDrive(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> drive, FileSource::Open(path));
  return OpenMediumImage(std::move(drive), /*is_device=*/true);
}

absl::StatusOr<UserSet> OpenSetWithKey(Args& args, const std::vector<std::string>& paths,
                                       const MediumSet::OpenViews& open) {
  TSM_ASSIGN_OR_RETURN(const std::string key_path, args.Required("public_key"));
  TSM_RETURN_IF_ERROR(args.Finish());
  TSM_ASSIGN_OR_RETURN(const MediumSet::Accept accept, AcceptWith(key_path));
  UserSet medium = {.set = nullptr, .is_signed = true};
  TSM_ASSIGN_OR_RETURN(medium.set, MediumSet::OpenOne(UserPaths(paths), open, accept));
  return medium;
}

// How the volumes are accepted if there may be a key; says so if there is none.
absl::StatusOr<MediumSet::Accept> AcceptWithOptionalKey(Args& args, const std::vector<std::string>& paths,
                                                        bool* is_signed) {
  TSM_ASSIGN_OR_RETURN(const std::optional<std::string> key_path, args.Optional("public_key"));
  TSM_RETURN_IF_ERROR(args.Finish());
  *is_signed = key_path.has_value();
  if (*is_signed) {
    return AcceptWith(*key_path);
  }
  std::cerr << "mediactl: " << absl::StrJoin(paths, ", ")
            << ": the signature was not checked; give --public_key=FILE to check it\n";
  return OpenUnverified;
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

absl::StatusOr<std::vector<std::string>> PositionalList(const Args& args, const std::vector<std::string>& names) {
  if (args.positional().size() < names.size()) {
    return UsageError(absl::StrCat(names[args.positional().size()], " is missing; see --help"));
  }
  return args.positional();
}

absl::StatusOr<UserSet> OpenWithKey(Args& args, const std::vector<std::string>& paths) {
  return OpenSetWithKey(args, paths, OpenMedium);
}

absl::StatusOr<UserSet> OpenDriveWithKey(Args& args, const std::vector<std::string>& paths) {
  return OpenSetWithKey(args, paths, OpenDrive);
}

absl::StatusOr<UserSet> OpenWithOptionalKey(Args& args, const std::vector<std::string>& paths) {
  UserSet medium;
  TSM_ASSIGN_OR_RETURN(const MediumSet::Accept accept, AcceptWithOptionalKey(args, paths, &medium.is_signed));
  TSM_ASSIGN_OR_RETURN(medium.set, MediumSet::OpenOne(UserPaths(paths), OpenMedium, accept));
  return medium;
}

absl::StatusOr<std::vector<UserSet>> OpenAllWithOptionalKey(Args& args, const std::vector<std::string>& paths) {
  bool is_signed = false;
  TSM_ASSIGN_OR_RETURN(const MediumSet::Accept accept, AcceptWithOptionalKey(args, paths, &is_signed));
  TSM_ASSIGN_OR_RETURN(auto sets, MediumSet::Open(UserPaths(paths), OpenMedium, accept));
  std::vector<UserSet> media;
  for (std::unique_ptr<MediumSet>& set : sets) {
    media.push_back({std::move(set), is_signed});
  }
  return media;
}

void Failures::Add(const absl::Status& status) {
  if (!status.ok()) {
    statuses_.push_back(status);
  }
}

void Failures::AddProblems(const MediumSet& set) {
  for (const std::string& problem : set.problems()) {
    Add(absl::FailedPreconditionError(problem));
  }
  for (const std::string& duplicate : set.Duplicates()) {
    Add(absl::FailedPreconditionError(duplicate));
  }
  // One volume by itself may be looked at by itself: a machine has one drive.
  if (set.volumes().size() + set.problems().size() > 1) {
    for (const uint32_t number : set.Missing()) {
      Add(absl::NotFoundError(absl::StrCat(VolumeText(set.manifest(), number), " is missing")));
    }
  }
}

absl::Status Failures::Finish() const {
  if (statuses_.empty()) {
    return absl::OkStatus();
  }
  if (statuses_.size() == 1) {
    return statuses_.front();
  }
  for (const absl::Status& status : statuses_) {
    std::cerr << "mediactl: " << status.message() << "\n";
  }
  return absl::DataLossError(absl::StrCat(statuses_.size(), " problems, see above"));
}

absl::StatusOr<PasswordOptions> ReadPasswordOptions(Args& args) {
  PasswordOptions options;
  TSM_ASSIGN_OR_RETURN(options.source, PasswordFlags(args));
  TSM_ASSIGN_OR_RETURN(options.max_work_factor, MaxWorkFactorFlag(args));
  return options;
}

absl::StatusOr<std::optional<MediaIdentity>> Unlock(const UserSet& medium, const PasswordOptions& options) {
  if (!IsProtected(medium.manifest())) {
    return std::nullopt;
  }
  TSM_RETURN_IF_ERROR(DisableCoreDumps());
  TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> first, medium.set->Open(1));
  TSM_ASSIGN_OR_RETURN(
      SecretString password,
      ReadPassword(options.source, absl::StrCat("Password of the medium \"", medium.manifest().label(), "\"")));
  TSM_ASSIGN_OR_RETURN(MediaIdentity identity,
                       UnlockMedium(*first, medium.manifest(), password.text(), options.max_work_factor));
  return identity;
}

absl::StatusOr<Inventory> ReadInventoryWithPassword(const UserSet& medium, const PasswordOptions& options) {
  TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> first, medium.set->Open(1));
  TSM_ASSIGN_OR_RETURN(std::optional<MediaIdentity> identity, Unlock(medium, options));
  return ReadInventory(*first, medium.manifest(), identity.has_value() ? &*identity : nullptr);
}

absl::StatusOr<bool> WantsJson(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::string format, args.OptionalOr("format", "text"));
  if (format != "text" && format != "json") {
    return UsageError(absl::StrCat("--format=", format, ": write text or json"));
  }
  return format == "json";
}

}  // namespace tsmedia
