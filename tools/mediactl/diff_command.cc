#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/util/message_differencer.h"
#include "tools/base/status_macros.h"
#include "tools/mediactl/commands.h"
#include "tools/mediactl/common.h"
#include "tools/medium/acceptance.h"
#include "tools/plan/manifest.h"

namespace tsmedia {
namespace {

// Compares two lists by key and prints what only one has or both have differently.
template <typename T>
class KeyedDifference {
 public:
  KeyedDifference(std::string what, std::map<std::string, T> a, std::map<std::string, T> b)
      : what_(std::move(what)), a_(std::move(a)), b_(std::move(b)) {}

  // Calls `changed(key, a, b)` for what both have and `equal(a, b)` denies. Returns how many differences there are.
  template <typename Equal, typename Changed>
  int Print(Equal equal, Changed changed) const {
    int count = 0;
    for (const auto& [key, value] : a_) {
      auto other = b_.find(key);
      if (other == b_.end()) {
        std::cout << "- " << what_ << key << "\n";
        ++count;
      } else if (!equal(value, other->second)) {
        changed(key, value, other->second);
        ++count;
      }
    }
    for (const auto& [key, value] : b_) {
      if (!a_.contains(key)) {
        std::cout << "+ " << what_ << key << "\n";
        ++count;
      }
    }
    return count;
  }

 private:
  std::string what_;
  std::map<std::string, T> a_;
  std::map<std::string, T> b_;
};

bool SameMessage(const google::protobuf::Message& a, const google::protobuf::Message& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

// The manifest's own fields, without the lists that are compared one by one, and without what follows from them.
int DiffFields(const Manifest& a, const Manifest& b) {
  auto strip = [](Manifest manifest) {
    manifest.clear_packages();
    manifest.clear_files();
    manifest.clear_volumes();
    return manifest;
  };
  google::protobuf::util::MessageDifferencer differencer;
  std::string report;
  differencer.ReportDifferencesToString(&report);
  if (differencer.Compare(strip(a), strip(b))) {
    return 0;
  }
  std::cout << "manifest:\n" << report;
  return 1;
}

std::map<std::string, PackEntry> EntriesOf(const PackInfo& pack) {
  std::map<std::string, PackEntry> entries;
  for (const PackEntry& entry : pack.entries()) {
    entries.emplace(entry.path(), entry);
  }
  return entries;
}

void PrintPackage(const std::string& id, const PackInfo& a, const PackInfo& b) {
  std::cout << "* package " << id
            << (a.version() == b.version() ? "" : absl::StrCat(": version ", a.version(), " -> ", b.version())) << "\n";
  KeyedDifference<PackEntry>("  file ", EntriesOf(a), EntriesOf(b))
      .Print(SameMessage, [](const std::string& path, const PackEntry& x, const PackEntry& y) {
        std::cout << "*   file " << path;
        if (x.mode() != y.mode()) {
          std::cout << ": mode";
        }
        if (x.size() != y.size() || x.sha256() != y.sha256() || x.link_target() != y.link_target() ||
            x.type() != y.type()) {
          std::cout << ": content";
        }
        std::cout << "\n";
      });
}

std::map<std::string, PackInfo> PacksOf(const Inventory& inventory) {
  std::map<std::string, PackInfo> packs;
  for (const InventoryPackage& package : inventory.packages()) {
    packs.emplace(package.pack().package_id(), package.pack());
  }
  return packs;
}

std::map<std::string, FileEntry> FilesOf(const Manifest& manifest) {
  std::map<std::string, FileEntry> files;
  for (const FileEntry& file : manifest.files()) {
    files.emplace("/" + file.path(), file);
  }
  return files;
}

// Of packages whose content nobody knows: what the manifest says.
std::map<std::string, PackInfo> PacksOf(const Manifest& manifest) {
  std::map<std::string, PackInfo> packs;
  for (const PackageEntry& package : manifest.packages()) {
    PackInfo& pack = packs[package.package_id()];
    pack.set_package_id(package.package_id());
    pack.set_version(package.version());
  }
  return packs;
}

// Compares what is in the packages; if an inventory cannot be read, their versions.
int DiffPackages(const UserSet& a, const UserSet& b, const PasswordOptions& password, Failures& failures) {
  const absl::StatusOr<Inventory> inventory_a = ReadInventoryWithPassword(a, password);
  const absl::StatusOr<Inventory> inventory_b = ReadInventoryWithPassword(b, password);
  failures.Add(inventory_a.status());
  failures.Add(inventory_b.status());
  const bool both = inventory_a.ok() && inventory_b.ok();
  return KeyedDifference<PackInfo>("package ", both ? PacksOf(*inventory_a) : PacksOf(a.manifest()),
                                   both ? PacksOf(*inventory_b) : PacksOf(b.manifest()))
      .Print(SameMessage, PrintPackage);
}

// The volumes of the medium that were given.
std::string NameOf(const UserSet& medium) {
  return absl::StrJoin(medium.set->volumes(), " and ",
                       [](std::string* out, const MediumSet::Volume& volume) { absl::StrAppend(out, volume.path); });
}

absl::Status DiffMedia(const UserSet& a, const UserSet& b, const PasswordOptions& password, Failures& failures) {
  int differences = DiffFields(a.manifest(), b.manifest());
  differences += DiffPackages(a, b, password, failures);
  differences += KeyedDifference<FileEntry>("file ", FilesOf(a.manifest()), FilesOf(b.manifest()))
                     .Print(SameMessage, [](const std::string& path, const FileEntry&, const FileEntry&) {
                       std::cout << "* file " << path << "\n";
                     });
  return differences == 0 ? absl::OkStatus()
                          : absl::FailedPreconditionError(absl::StrCat(NameOf(a), " and ", NameOf(b), " differ"));
}

absl::Status Diff(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::vector<std::string> paths, PositionalList(args, {"MEDIUM_A", "MEDIUM_B"}));
  TSM_ASSIGN_OR_RETURN(PasswordOptions password, ReadPasswordOptions(args));
  TSM_ASSIGN_OR_RETURN(const std::vector<UserSet> media, OpenAllWithOptionalKey(args, paths));
  Failures failures;
  for (const UserSet& medium : media) {
    for (const std::string& problem : medium.set->problems()) {
      failures.Add(absl::FailedPreconditionError(problem));
    }
  }
  for (size_t i = 2; i < media.size(); ++i) {
    failures.Add(absl::FailedPreconditionError(absl::StrCat(NameOf(media[i]), ": of a third medium, not compared")));
  }
  if (media.size() > 1) {
    failures.Add(DiffMedia(media[0], media[1], password, failures));
  }
  TSM_RETURN_IF_ERROR(failures.Finish());
  std::cout << absl::StrJoin(paths, " and ") << " hold the same\n";
  return absl::OkStatus();
}

}  // namespace

const Command kDiffCommand = {"diff", "what differs between two media",
                              R"(usage: mediactl diff [--public_key=FILE] [--password-file=FILE] MEDIUM_A MEDIUM_B...

Names the manifest fields, packages, files in packages, and boot and other files of the medium that differ: "-" only
in A, "+" only in B, "*" in both and different. Compares what the manifests and inventories say; mediactl verify tells
whether that is what the media hold. Of sets give any volumes in any order, or the directories that hold them: they are
told apart by their manifests, and A is the medium that is named first. To compare what is in the packages takes the
first volume of each. Exit code 0: the same. 1: different, or not readable.

  --public_key=FILE     signify public key of both; without it the signatures are not checked
)",
                              Diff, kPasswordHelp};

}  // namespace tsmedia
