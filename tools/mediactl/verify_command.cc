#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/base/parallel.h"
#include "tools/base/progress.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age_x25519.h"
#include "tools/mediactl/commands.h"
#include "tools/mediactl/common.h"
#include "tools/medium/protected_content.h"
#include "tools/medium/verify.h"
#include "tools/medium/verify_content.h"
#include "tools/plan/manifest.h"

namespace tsmedia {
namespace {

// More findings than this say nothing new: the medium is to be made again.
constexpr size_t kMaxFindingsShown = 20;

void PrintFindings(const std::vector<Finding>& findings) {
  for (size_t i = 0; i < findings.size() && i < kMaxFindingsShown; ++i) {
    std::cerr << "offset " << findings[i].offset << ": " << findings[i].region << ": " << findings[i].problem << "\n";
  }
  if (findings.size() > kMaxFindingsShown) {
    std::cerr << "and " << findings.size() - kMaxFindingsShown << " more\n";
  }
}

absl::Status Report(const std::string& path, const VerifyResult& result) {
  for (const std::string& note : result.notes) {
    std::cerr << "note: " << note << "\n";
  }
  if (result.findings.empty()) {
    return absl::OkStatus();
  }
  PrintFindings(result.findings);
  const Finding& first = result.findings[0];
  return absl::DataLossError(absl::StrCat(path, ": not intact: ", first.region, " (offset ", first.offset,
                                          "): ", first.problem, "; make the medium again, or copy it again"));
}

// Verifies all that the manifest lists of one volume; of a protected medium the ciphertext.
absl::StatusOr<VerifyResult> VerifyStored(const Medium& medium, const AcceptedMedium& accepted, bool is_used_drive) {
  ProgressLine line("verifying");
  return (is_used_drive ? VerifyUsedDrive : VerifyMedium)(
      medium, accepted, WorkerThreads(), [&line](uint64_t done, uint64_t total) { line.Update(done, total); });
}

// Verifies one volume. Returns how many bytes that were.
absl::StatusOr<uint64_t> VerifyVolume(const MediumSet& set, const MediumSet::Volume& volume, AcceptedMedium& accepted,
                                      bool is_used_drive) {
  TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> medium, set.OpenVolumeAt(volume));
  accepted.volume = volume.info;
  TSM_ASSIGN_OR_RETURN(const VerifyResult result, VerifyStored(*medium, accepted, is_used_drive));
  TSM_RETURN_IF_ERROR(Report(volume.path, result));
  return result.bytes;
}

absl::Status VerifySealed(MediumSet& set, const MediaIdentity& identity) {
  ProgressLine line("opening");
  TSM_ASSIGN_OR_RETURN(const VerifyResult result,
                       VerifyContent(set, set.manifest(), identity, WorkerThreads(),
                                     [&line](uint64_t done, uint64_t total) { line.Update(done, total); }));
  return Report(set.volumes().front().path, result);
}

// What was verified of the content, as the end of the verdict.
std::string_view ContentVerdict(const Manifest& manifest, bool was_opened) {
  if (!IsProtected(manifest)) {
    return "";
  }
  return was_opened ? "; its content opens and is what the inventory says"
                    : "; its content is sealed and was not opened: that takes the password";
}

void PrintVerdict(const MediumSet& set, const MediumSet::Volume& volume, uint64_t bytes, bool was_opened) {
  const Manifest& manifest = set.manifest();
  std::cout << volume.path << ": intact: " << MediaKindText(manifest.media_kind()) << " media \"" << manifest.label()
            << "\", media ID " << MediaIdText(manifest) << ", volume " << volume.info.number() << " of "
            << volume.info.count() << ", " << FormatBytes(bytes) << " verified" << ContentVerdict(manifest, was_opened)
            << (manifest.test_only() ? "; signed with a TEST-ONLY key" : "") << "\n";
}

// The identity if the command line has a password, or wants to be asked for one.
absl::StatusOr<std::optional<MediaIdentity>> UnlockIfAsked(const UserSet& medium, bool ask,
                                                           const PasswordOptions& password) {
  if (!ask && !password.source.fd.has_value() && !password.source.file.has_value()) {
    return std::nullopt;
  }
  return Unlock(medium, password);
}

absl::Status Verify(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::vector<std::string> paths, PositionalList(args, {"MEDIUM"}));
  TSM_ASSIGN_OR_RETURN(bool ask, args.Bool("ask-password"));
  TSM_ASSIGN_OR_RETURN(bool drive, args.Bool("drive"));
  TSM_ASSIGN_OR_RETURN(PasswordOptions password, ReadPasswordOptions(args));
  TSM_ASSIGN_OR_RETURN(const UserSet medium, (drive ? OpenDriveWithKey : OpenWithKey)(args, paths));
  Failures failures;
  failures.AddProblems(*medium.set);
  absl::StatusOr<std::optional<MediaIdentity>> identity = UnlockIfAsked(medium, ask, password);
  if (!identity.ok() && !absl::IsNotFound(identity.status())) {
    return identity.status();
  }
  failures.Add(identity.status());  // the first volume, which has the identity, is missing
  const bool opens = identity.ok() && identity->has_value();
  std::vector<std::pair<const MediumSet::Volume*, uint64_t>> intact;
  AcceptedMedium accepted = {medium.set->verified(), {}};
  for (const MediumSet::Volume& volume : medium.set->volumes()) {
    const absl::StatusOr<uint64_t> bytes = VerifyVolume(*medium.set, volume, accepted, drive);
    failures.Add(bytes.status());
    if (bytes.ok()) {
      intact.emplace_back(&volume, *bytes);
    }
  }
  // Damage has been named by its place; what is sealed in it would only be named once more.
  const bool all_intact = intact.size() == medium.set->volumes().size();
  const absl::Status sealed = opens && all_intact ? VerifySealed(*medium.set, **identity) : absl::OkStatus();
  failures.Add(sealed);
  if (sealed.ok()) {
    for (const auto& [volume, bytes] : intact) {
      PrintVerdict(*medium.set, *volume, bytes, opens && all_intact);
    }
  }
  return failures.Finish();
}

}  // namespace

const Command kVerifyCommand = {
    "verify", "is every byte of a medium what its signed manifest says?",
    R"(usage: mediactl verify --public_key=FILE [--drive] [--ask-password | --password-file=FILE] MEDIUM...

MEDIUM is an ISO file, the image of a drive, a block device or a directory with a medium's files. The manifest must be
signed by the key; then everything counts: of an image each byte (files and packages by digest, the image's own structures by digest,
padding by being zero, the size), of a directory each listed file. What is wrong is told by region and offset.
Of a protected medium that is the sealed content; with the password what is sealed is opened and compared as well.

Of a set give the volumes in any order, or the directory that holds them (NAME.volumes). Those that are missing, there
twice, damaged or of another medium are named with number, label and file, and the rest is verified. A volume that is
given alone is verified alone.

A drive that was plugged into running systems is no longer what was written to it: they write access times, marks of
use and files of their own. With --drive every file of the manifest still has to be right, and whatever is not the file
systems' own; foreign files are notes, and errors below /EFI, /boot and /tsmedia.

  --public_key=FILE     signify public key of the medium's signer
  --drive               MEDIUM is a drive that was used, or a file with all bytes of one
  --ask-password        ask for the password at the terminal
  --password-file=FILE  the password, in a file of `mediactl secret new`
  --password-fd=N       the password is one line of an open file descriptor
  --max-work-factor=N   most work that the identity may ask for, as a power of 2 (default 20, at most 22)

Exit code 0: intact. 1: not intact, not complete, not signed by the key, or not a medium. 2: the command line was wrong.
)",
    Verify};

}  // namespace tsmedia
