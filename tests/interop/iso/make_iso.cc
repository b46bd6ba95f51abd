// make_iso: a directory becomes an ISO image by our layout and render code. For tests and benchmarks only.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/interop/iso/scan.h"
#include "tools/base/args.h"
#include "tools/base/byte_source.h"
#include "tools/base/program.h"
#include "tools/base/render.h"
#include "tools/base/status_macros.h"
#include "tools/fat/fat_layout.h"
#include "tools/iso9660/iso_layout.h"

namespace tsmedia {
namespace {

constexpr char kHelp[] =
    "make_iso --root=DIR --out=FILE [--label=TEXT] [--bios=FILE --disk_boot_sector=FILE] [--uefi=DIR] "
    "[--reverse=true]\n"
    "  --bios     boot image for BIOS, and the boot sector of a disk with the image\n"
    "  --uefi     directory that becomes the FAT image for UEFI\n"
    "  --reverse  hands the files over in descending order\n";

// 1980-01-01T00:00:00Z, what media use by default; the volume's modification differs so that tests see which is which.
constexpr int64_t kFileTime = 315532800;
constexpr int64_t kModificationTime = 1000000000;

absl::StatusOr<Layout> FatLayout(const std::string& root) {
  TSM_ASSIGN_OR_RETURN(std::vector<ScannedFile> scanned, ScanDirectory(root));
  std::vector<FatFile> files;
  for (const ScannedFile& file : scanned) {
    files.push_back({file.path, file.size, InputSlice{absl::StrCat(root, file.path), 0}});
  }
  return LayoutFat({.serial = 0x12345678, .time = kFileTime}, std::move(files));
}

absl::Status Run(Args& args) {
  IsoOptions options;
  options.file_time = kFileTime;
  options.modification_time = kModificationTime;
  options.application = "MAKE_ISO";
  TSM_ASSIGN_OR_RETURN(std::string root, args.Required("root"));
  TSM_ASSIGN_OR_RETURN(std::string out, args.Required("out"));
  TSM_ASSIGN_OR_RETURN(options.label, args.OptionalOr("label", "TEST"));
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> bios, args.Optional("bios"));
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> uefi, args.Optional("uefi"));
  TSM_ASSIGN_OR_RETURN(std::string boot_sector, args.OptionalOr("disk_boot_sector", ""));
  TSM_ASSIGN_OR_RETURN(bool reverse, args.Bool("reverse"));
  TSM_RETURN_IF_ERROR(args.Finish());
  if (bios.has_value()) {
    TSM_ASSIGN_OR_RETURN(std::string image, ReadWholeFile(*bios, 16 * kMiB));
    TSM_ASSIGN_OR_RETURN(std::string sector, ReadWholeFile(boot_sector, 512));
    options.bios_boot = BiosBoot{std::move(image), std::move(sector)};
  }
  if (uefi.has_value()) {
    TSM_ASSIGN_OR_RETURN(options.uefi_boot_image, FatLayout(*uefi));
  }
  TSM_ASSIGN_OR_RETURN(std::vector<ScannedFile> scanned, ScanDirectory(root));
  if (reverse) {
    scanned = std::vector<ScannedFile>(scanned.rbegin(), scanned.rend());
  }
  std::vector<IsoFile> files;
  for (const ScannedFile& file : scanned) {
    files.push_back({file.path, file.size, InputSlice{absl::StrCat(root, file.path), 0}});
  }
  TSM_ASSIGN_OR_RETURN(Layout layout, LayoutIso(options, std::move(files)));
  return WriteImage(layout, out);
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunProgram(argc, argv, "make_iso", tsmedia::kHelp, tsmedia::Run); }
