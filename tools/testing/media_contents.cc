// media_contents: the program of media_contents_test. It verifies every byte of a medium and then compares what is on
// it with what is expected.

#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tools/base/args.h"
#include "tools/base/byte_source.h"
#include "tools/base/parallel.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age_scrypt.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/key_file.h"
#include "tools/crypto/password.h"
#include "tools/crypto/secret.h"
#include "tools/crypto/test_keys.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"
#include "tools/medium/medium_set.h"
#include "tools/medium/protected_content.h"
#include "tools/medium/verify.h"
#include "tools/medium/verify_content.h"
#include "tools/plan/manifest.h"
#include "tools/testing/contents.h"

namespace tsmedia {
namespace {

constexpr char kHelp[] = R"(Compares a medium with expectations.

  media_contents --medium=FILE --public_key=FILE [--password-file=FILE] [--package=ID=VERSION ...]
                 [--file=SHA256=PATH ...] [--absent=PATH ...] [--listing=FILE]

  --password-file  opens a protected medium
  --package        if given, the medium must hold exactly the packages named
  --file           a file that must be there; SHA256 may be empty
  --absent         a path that must not be there
  --listing        file with the list of all files of all packages
)";

constexpr uint64_t kMaxListing = uint64_t{256} << 20;  // bytes

absl::StatusOr<ContentsExpectations> ReadExpectations(Args& args) {
  ContentsExpectations expectations;
  for (const std::string& package : args.Repeated("package")) {
    TSM_ASSIGN_OR_RETURN(auto pair, SplitPair("package", package));
    expectations.packages.insert(std::move(pair));
  }
  for (const std::string& file : args.Repeated("file")) {
    TSM_ASSIGN_OR_RETURN(auto pair, SplitPair("file", file));
    expectations.files.emplace(std::move(pair.second), std::move(pair.first));
  }
  expectations.absent = args.Repeated("absent");
  TSM_ASSIGN_OR_RETURN(const std::string listing, args.OptionalOr("listing", ""));
  if (!listing.empty()) {
    TSM_ASSIGN_OR_RETURN(expectations.listing, ReadWholeFile(listing, kMaxListing));
  }
  return expectations;
}

absl::Status Report(const std::string& path, const VerifyResult& result) {
  if (!result.findings.empty()) {
    const Finding& first = result.findings.front();
    return absl::DataLossError(
        absl::StrCat(path, ": not intact: ", first.region, " (offset ", first.offset, "): ", first.problem));
  }
  return absl::OkStatus();
}

absl::Status Verify(MediumSet& set, const MediaIdentity* identity) {
  const int threads = WorkerThreads();
  AcceptedMedium accepted = {set.verified(), {}};
  for (const MediumSet::Volume& volume : set.volumes()) {
    TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> medium, set.OpenVolumeAt(volume));
    accepted.volume = volume.info;
    TSM_ASSIGN_OR_RETURN(const VerifyResult stored, VerifyMedium(*medium, accepted, threads, nullptr));
    TSM_RETURN_IF_ERROR(Report(volume.path, stored));
  }
  if (identity == nullptr) {
    return absl::OkStatus();
  }
  TSM_ASSIGN_OR_RETURN(const VerifyResult content, VerifyContent(set, set.manifest(), *identity, threads, nullptr));
  return Report(set.volumes().front().path, content);
}

// All volumes of the medium must be there.
absl::StatusOr<std::unique_ptr<MediumSet>> OpenSet(const std::string& path, const SignifyPublicKey& key) {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<MediumSet> set,
                       MediumSet::OpenOne(ExpandSets({path}), OpenMedium, [&key](MediumViews views) {
                         return AcceptMedium(std::move(views), AnchorsFor(key), absl::ToUnixSeconds(absl::Now()));
                       }));
  if (!set->problems().empty() || !set->Missing().empty() || !set->Duplicates().empty()) {
    return absl::DataLossError(
        absl::StrCat(path, ": not all volumes are there, or more than that; see mediactl verify"));
  }
  return set;
}

// The identity of a protected medium; nothing without a password.
absl::StatusOr<std::optional<MediaIdentity>> Unlock(MediumSet& set, const std::string& password_file) {
  if (password_file.empty()) {
    return std::nullopt;
  }
  TSM_ASSIGN_OR_RETURN(const Recipient recipient, RecipientOf(set.manifest()));
  if (!IsTestRecipient(recipient)) {
    return absl::FailedPreconditionError(
        "the medium is protected, and only the TEST-ONLY password is known here: run the test with "
        "--//rules:keys=test");
  }
  TSM_ASSIGN_OR_RETURN(const SecretString password, ReadPassword({.fd = std::nullopt, .file = password_file}, ""));
  TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> first, set.Open(1));
  return UnlockMedium(*first, set.manifest(), password.text(), kMaxWorkFactor);
}

absl::Status Run(Args& args) {
  TSM_ASSIGN_OR_RETURN(const std::string path, args.Required("medium"));
  TSM_ASSIGN_OR_RETURN(const std::string key_path, args.Required("public_key"));
  TSM_ASSIGN_OR_RETURN(const std::string password_file, args.OptionalOr("password-file", ""));
  TSM_ASSIGN_OR_RETURN(const ContentsExpectations expectations, ReadExpectations(args));
  TSM_RETURN_IF_ERROR(args.Finish());

  TSM_ASSIGN_OR_RETURN(const SignifyPublicKey key, ReadPublicKey(key_path));
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<MediumSet> set, OpenSet(path, key));
  TSM_ASSIGN_OR_RETURN(const std::optional<MediaIdentity> unlocked, Unlock(*set, password_file));
  const MediaIdentity* identity = unlocked.has_value() ? &*unlocked : nullptr;
  TSM_RETURN_IF_ERROR(Verify(*set, identity));
  const Manifest& manifest = set->manifest();
  TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> first, set->Open(1));
  TSM_ASSIGN_OR_RETURN(const Inventory inventory, ReadInventory(*first, manifest, identity));

  const std::vector<std::string> problems = CompareContents(manifest, inventory, expectations);
  if (problems.empty()) {
    std::cout << path << ": intact, and its contents are as expected\n";
    return absl::OkStatus();
  }
  for (const std::string& problem : problems) {
    std::cout << problem << "\n";
  }
  if (expectations.listing.has_value()) {
    std::cout << "The listing of this medium:\n" << ListContents(inventory);
  }
  return absl::FailedPreconditionError(absl::StrCat(path, ": ", problems.size(), " expectations are not met"));
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) {
  return tsmedia::RunProgram(argc, argv, "media_contents", tsmedia::kHelp, tsmedia::Run);
}
