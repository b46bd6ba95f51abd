#include "tools/agent/restart.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "tools/base/byte_source.h"
#include "tools/base/status_macros.h"
#include "tools/engine/disks.h"
#include "tools/steps/efi_boot_entry.h"

namespace tsmedia {

absl::Status StartDiskNext(BootSystem& system, const std::string& disk, const std::string& description) {
  const MachineFacts& facts = system.Facts();
  if (!facts.uefi()) {
    return absl::FailedPreconditionError("a BIOS has no memory of what to start next");
  }
  auto known = std::find_if(facts.disks().begin(), facts.disks().end(),
                            [&disk](const DiskFacts& one) { return one.device() == disk; });
  if (known == facts.disks().end()) {
    return absl::NotFoundError(absl::StrCat(disk, " is not there any more"));
  }
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> device, FileSource::Open(system.Path(disk)));
  TSM_ASSIGN_OR_RETURN(const EfiBootEntry entry, EntryOfDisk(*device, SectorSize(*known), description));
  // In a deployed operating system it is mounted already.
  system.Mount("efivarfs", std::string(kEfiVariables), "efivarfs").IgnoreError();
  return StartNext(entry, system.Path(kEfiVariables));
}

}  // namespace tsmedia
