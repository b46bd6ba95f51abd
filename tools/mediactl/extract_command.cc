#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/base/read_ahead_source.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_reader.h"
#include "tools/content/unpack.h"
#include "tools/crypto/age_x25519.h"
#include "tools/mediactl/commands.h"
#include "tools/mediactl/common.h"
#include "tools/mediactl/user_path.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/protected_content.h"

namespace tsmedia {
namespace {

const PackageEntry* FindEntry(const Manifest& manifest, const std::string& id) {
  auto entry =
      std::ranges::find(manifest.packages(), id, [](const PackageEntry& package) { return package.package_id(); });
  return entry == manifest.packages().end() ? nullptr : &*entry;
}

// The packages that the command line names, or all.
absl::StatusOr<std::vector<const InventoryPackage*>> Choose(const Inventory& inventory,
                                                            const std::vector<std::string>& ids) {
  std::vector<const InventoryPackage*> chosen;
  for (const InventoryPackage& package : inventory.packages()) {
    if (ids.empty() || std::ranges::find(ids, package.pack().package_id()) != ids.end()) {
      chosen.push_back(&package);
    }
  }
  for (const std::string& id : ids) {
    if (std::ranges::none_of(chosen, [&](const InventoryPackage* p) { return p->pack().package_id() == id; })) {
      return absl::NotFoundError(absl::StrCat("there is no package ", id, " on the medium; see mediactl ls"));
    }
  }
  return chosen;
}

// A package that does not lie wholly on the volumes at hand is not begun.
absl::Status CheckVolumes(MediumSet& set, const PackageEntry& package) {
  const std::vector<uint32_t> missing = set.Missing();
  for (const uint32_t number : VolumesOf(package)) {
    if (std::ranges::binary_search(missing, number)) {
      return absl::NotFoundError(absl::StrCat("package ", package.package_id(), " version ", package.version(), ": ",
                                              VolumeText(set.manifest(), number), " is missing"));
    }
  }
  return absl::OkStatus();
}

absl::Status ExtractPackage(MediumSet& set, const MediaIdentity* identity, const PackInfo& pack,
                            const std::string& directory) {
  const PackageEntry* entry = FindEntry(set.manifest(), pack.package_id());
  if (entry == nullptr || entry->version() != pack.version()) {
    return absl::DataLossError(absl::StrCat("inventory and manifest disagree about package ", pack.package_id()));
  }
  TSM_RETURN_IF_ERROR(CheckVolumes(set, *entry));
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<PackSource> source, PackSource::Open(set, set.manifest(), *entry, identity));
  // Verifying and opening on one thread, decompressing and writing on another.
  const ReadAheadSource ahead(source.get());
  PackReader reader(&ahead, pack.compression());
  std::string destination = absl::StrCat(directory, "/", pack.package_id());
  if (pack.format() == PackInfo::TREE_TAR) {
    return UnpackTar(reader, destination);
  }
  std::error_code error;
  std::filesystem::create_directory(destination, error);
  if (error) {
    return absl::InternalError(absl::StrCat(destination, ": cannot create the directory: ", error.message()));
  }
  std::filesystem::path name = std::filesystem::path(pack.entries(0).path()).filename();
  return UnpackFile(reader, absl::StrCat(destination, "/", name.string()));
}

absl::Status Extract(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::vector<std::string> paths, PositionalList(args, {"MEDIUM", "DIRECTORY"}));
  const std::string directory = UserPath(paths.back());
  paths.pop_back();
  std::vector<std::string> ids = args.Repeated("package");
  TSM_ASSIGN_OR_RETURN(PasswordOptions password, ReadPasswordOptions(args));
  TSM_ASSIGN_OR_RETURN(const UserSet medium, OpenWithKey(args, paths));
  TSM_ASSIGN_OR_RETURN(std::optional<MediaIdentity> identity, Unlock(medium, password));
  const MediaIdentity* opened = identity.has_value() ? &*identity : nullptr;
  TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> first, medium.set->Open(1));
  TSM_ASSIGN_OR_RETURN(Inventory inventory, ReadInventory(*first, medium.manifest(), opened));
  TSM_ASSIGN_OR_RETURN(std::vector<const InventoryPackage*> packages, Choose(inventory, ids));
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return absl::InternalError(absl::StrCat(directory, ": cannot create the directory: ", error.message()));
  }
  Failures failures;
  failures.AddProblems(*medium.set);
  for (const InventoryPackage* package : packages) {
    const absl::Status extracted = ExtractPackage(*medium.set, opened, package->pack(), directory);
    failures.Add(extracted);
    if (extracted.ok()) {
      std::cout << package->pack().package_id() << " version " << package->pack().version() << ": extracted\n";
    }
  }
  return failures.Finish();
}

}  // namespace

const Command kExtractCommand = {
    "extract", "take packages off a medium, as the files that they were made of",
    R"(usage: mediactl extract --public_key=FILE [--package=ID]... [--password-file=FILE] MEDIUM...
       DIRECTORY

Writes each package to DIRECTORY/ID, which must not exist yet: its files with their modes and links, or the one file
that it is (an operating system image). Every block is verified before it is used; a package with a damaged block
leaves nothing behind, and the others are extracted. Of a set give as many volumes as there are, in any order, or the
directory that holds them; packages that are not wholly on them are named.

  --public_key=FILE     signify public key of the medium's signer
  --package=ID          only this package (repeated; default: all)
)",
    Extract, kPasswordHelp};

}  // namespace tsmedia
