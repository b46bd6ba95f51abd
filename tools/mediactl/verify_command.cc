#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/base/progress.h"
#include "tools/base/status_macros.h"
#include "tools/mediactl/commands.h"
#include "tools/mediactl/common.h"
#include "tools/medium/verify.h"
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

absl::Status Verify(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::vector<std::string> paths, Positional(args, {"MEDIUM"}));
  TSM_ASSIGN_OR_RETURN(UserMedium opened, OpenWithKey(args, paths[0]));
  absl::StatusOr<VerifyResult> result = absl::UnknownError("");
  {
    ProgressLine line("verifying");
    result = VerifyMedium(*opened.medium, *opened.accepted, WorkerThreads(),
                          [&line](uint64_t done, uint64_t total) { line.Update(done, total); });
  }
  TSM_RETURN_IF_ERROR(result.status());
  for (const std::string& note : result->notes) {
    std::cerr << "note: " << note << "\n";
  }
  if (!result->findings.empty()) {
    PrintFindings(result->findings);
    const Finding& first = result->findings[0];
    return absl::DataLossError(absl::StrCat(paths[0], ": not intact: ", first.region, " (offset ", first.offset,
                                            "): ", first.problem, "; make the medium again, or copy it again"));
  }
  const Manifest& manifest = opened.manifest;
  std::cout << paths[0] << ": intact: " << MediaKindText(manifest.media_kind()) << " media \"" << manifest.label()
            << "\", media ID " << MediaIdText(manifest) << ", volume " << opened.accepted->volume.number() << " of "
            << opened.accepted->volume.count() << ", " << FormatBytes(result->bytes) << " verified"
            << (manifest.test_only() ? "; signed with a TEST-ONLY key" : "") << "\n";
  return absl::OkStatus();
}

}  // namespace

const Command kVerifyCommand = {"verify", "is every byte of a medium what its signed manifest says?",
                                R"(usage: mediactl verify --public_key=FILE MEDIUM

MEDIUM is an ISO file, a block device or a directory with a medium's files. The manifest must be signed by the key;
then everything counts: of an image each byte (files and packages by digest, the image's own structures by digest,
padding by being zero, the size), of a directory each listed file. What is wrong is told by region and offset.

  --public_key=FILE  signify public key of the medium's signer

Exit code 0: intact. 1: not intact, not signed by the key, or not a medium. 2: the command line was wrong.
)",
                                Verify};

}  // namespace tsmedia
