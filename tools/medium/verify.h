// Is every byte of a medium what its manifest says?

#ifndef TSMEDIA_TOOLS_MEDIUM_VERIFY_H_
#define TSMEDIA_TOOLS_MEDIUM_VERIFY_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"

namespace tsmedia {

// Something that is not as the manifest says.
struct Finding {
  std::string region;   // as the media plan names it: "file /boot/vmlinuz", "ISO 9660 primary volume descriptor"
  uint64_t offset = 0;  // bytes from the start of the image; in a directory, of the file
  std::string problem;  // "damaged", "missing", "not zero", ...
};

struct VerifyResult {
  uint64_t bytes = 0;              // that were read and compared
  std::vector<Finding> findings;   // by offset; empty: every byte is right
  std::vector<std::string> notes;  // foreign files of a directory that do no harm
};

// Called with the bytes done and the bytes in all; from any thread, one call at a time.
using ProgressCallback = std::function<void(uint64_t done, uint64_t total)>;

// VerifyMedium compares every byte of `medium` with what `accepted` says. Of an image everything counts: files and
// packages by digest, the image's own structures by digest, the rest must be zero, and the size must be right (a
// block device may be larger than the image, and its backup GPT then be at its end). Of files that somebody copied into
// a directory or onto a stick all listed ones count; those that the manifest does not list are findings below /EFI,
// /boot and /tsmedia, and notes elsewhere. Memory is bounded: a block a thread.
absl::StatusOr<VerifyResult> VerifyMedium(const Medium& medium, const AcceptedMedium& accepted, int threads,
                                          const ProgressCallback& progress);

// VerifyUsedDrive is for a drive that was plugged into running systems, which write access times, marks of use and
// files of their own to its file systems. Of the image of a drive it compares all listed files, by what the file
// systems say, and what lies outside of these (partition table, boot program); foreign files are findings and notes as
// above. Nobody writes to ISO 9660: such a drive is compared as by VerifyMedium.
absl::StatusOr<VerifyResult> VerifyUsedDrive(const Medium& medium, const AcceptedMedium& accepted, int threads,
                                             const ProgressCallback& progress);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIUM_VERIFY_H_
