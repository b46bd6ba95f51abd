#include "tools/steps/boot_loader.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/boot/grub_place.h"
#include "tools/gpt/gpt.h"
#include "tools/gpt/mbr.h"

namespace tsmedia {
namespace {

struct Place {
  uint64_t first_lba = 0;
  uint64_t sectors = 0;
};

// The gap between the MBR and the first partition.
absl::StatusOr<Place> FindGap(const BlockDisk& disk) {
  TSM_ASSIGN_OR_RETURN(const std::string sector, disk.ReadString(0, kBiosSectorSize));
  TSM_ASSIGN_OR_RETURN(const Mbr mbr, ReadMbr(AsBytes(sector)));
  uint64_t end = disk.size() / kBiosSectorSize;
  for (const MbrPartition& partition : mbr.partitions) {
    end = std::min(end, partition.first_lba);
  }
  return Place{1, end > 1 ? end - 1 : 0};
}

absl::StatusOr<Place> FindPlace(const BlockDisk& disk) {
  const absl::StatusOr<Gpt> gpt = ReadGpt(disk, kBiosSectorSize);
  if (absl::IsNotFound(gpt.status())) {
    return FindGap(disk);
  }
  TSM_RETURN_IF_ERROR(gpt.status());
  for (const GptPartition& partition : gpt->partitions) {
    if (partition.type == BiosBootType()) {
      return Place{partition.first_lba, partition.last_lba - partition.first_lba + 1};
    }
  }
  return absl::NotFoundError(
      absl::StrCat(disk.name(), " has a GPT without a BIOS_BOOT partition, which a BIOS needs to start from it"));
}

absl::StatusOr<std::string> PlaceCore(const std::string& image, const Place& place) {
  TSM_ASSIGN_OR_RETURN(std::string core, PlaceGrubCore(image, place.first_lba));
  const uint64_t sectors = core.size() / kBiosSectorSize;
  if (sectors > place.sectors) {
    return absl::NotFoundError(absl::StrCat("GRUB needs ", sectors, " sectors on the disk, and there are ",
                                            place.sectors, "; partitions have to begin later"));
  }
  return core;
}

// Numbers in names count as numbers: vmlinuz-6.12 is newer than vmlinuz-6.9.
std::vector<uint64_t> VersionNumbers(std::string_view name) {
  std::vector<uint64_t> numbers;
  size_t i = 0;
  while (i < name.size()) {
    const size_t begin = name.find_first_of("0123456789", i);
    if (begin == std::string_view::npos) {
      break;
    }
    i = std::min(name.find_first_not_of("0123456789", begin), name.size());
    uint64_t number = 0;
    numbers.push_back(absl::SimpleAtoi(name.substr(begin, i - begin), &number) ? number : 0);
  }
  return numbers;
}

}  // namespace

absl::Status InstallGrub(const GrubImages& images, BlockDisk& disk) {
  TSM_ASSIGN_OR_RETURN(const Place place, FindPlace(disk));
  TSM_ASSIGN_OR_RETURN(const std::string code, PlaceGrubBootSector(images.boot, place.first_lba));
  TSM_ASSIGN_OR_RETURN(const std::string core, PlaceCore(images.core, place));
  TSM_RETURN_IF_ERROR(disk.WriteAt(place.first_lba * kBiosSectorSize, AsBytes(core)));
  TSM_RETURN_IF_ERROR(disk.Flush());
  TSM_RETURN_IF_ERROR(disk.WriteAt(0, AsBytes(code)));
  return disk.Flush();
}

absl::StatusOr<TargetKernel> FindKernel(const TargetRoot& root) {
  for (const char* directory : {"/boot", ""}) {
    const std::string kernel = absl::StrCat(directory, "/vmlinuz");
    const std::string initrd = absl::StrCat(directory, "/initrd.img");
    if (root.Exists(kernel)) {
      return TargetKernel{kernel, root.Exists(initrd) ? initrd : ""};
    }
  }
  std::vector<std::string> kernels = root.List("/boot");
  std::erase_if(kernels, [](const std::string& name) { return !absl::StartsWith(name, "vmlinuz-"); });
  auto newest = std::max_element(kernels.begin(), kernels.end(), [](const std::string& a, const std::string& b) {
    return VersionNumbers(a) < VersionNumbers(b);
  });
  if (newest == kernels.end()) {
    return absl::NotFoundError("the operating system image has no kernel /boot/vmlinuz or /boot/vmlinuz-*");
  }
  const std::string_view version = absl::StripPrefix(*newest, "vmlinuz-");
  TargetKernel found = {absl::StrCat("/boot/", *newest), ""};
  for (const std::string& initrd :
       {absl::StrCat("/boot/initrd.img-", version), absl::StrCat("/boot/initramfs-", version, ".img")}) {
    if (found.initrd.empty() && root.Exists(initrd)) {
      found.initrd = initrd;
    }
  }
  return found;
}

std::string KernelCommandLine(std::string_view root_uuid, std::string_view kernel_arguments) {
  return absl::StrCat("root=UUID=", root_uuid, " ro", kernel_arguments.empty() ? "" : " ", kernel_arguments);
}

absl::StatusOr<std::string> TargetGrubConfig(const TargetKernel& kernel, std::string_view command_line) {
  // Within '...' GRUB's script takes everything but that quote as it is.
  if (command_line.find_first_of("'\n") != std::string_view::npos) {
    return absl::InvalidArgumentError("the kernel arguments hold a quote or a line feed");
  }
  std::string quoted;
  for (std::string_view word : absl::StrSplit(command_line, ' ', absl::SkipEmpty())) {
    absl::StrAppend(&quoted, " '", word, "'");
  }
  return absl::StrCat("# Written by rules_tsmedia. Loaded by the boot loader that it installed.\n", "linux '",
                      kernel.kernel, "'", quoted, "\n",
                      kernel.initrd.empty() ? "" : absl::StrCat("initrd '", kernel.initrd, "'\n"), "boot\n");
}

std::string EspGrubConfig(std::string_view root_uuid) {
  return absl::StrCat("# Written by rules_tsmedia.\n", "if search --no-floppy --fs-uuid --set=root ", root_uuid,
                      "; then\n", "  configfile ($root)", kTargetGrubConfig, "\n", "else\n",
                      "  echo 'The file system of the operating system is not there.'\n", "fi\n");
}

}  // namespace tsmedia
