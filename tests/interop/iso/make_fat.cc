// make_fat: a directory becomes a FAT image by our layout and render code. For tests only.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/interop/iso/scan.h"
#include "tools/base/args.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/fat/fat_layout.h"

namespace tsmedia {
namespace {

constexpr char kHelp[] =
    "make_fat --root=DIR --out=FILE [--type=12|16|32] [--size=BYTES] [--sector_size=512|4096] [--label=TEXT] "
    "[--reverse=true]\n";

absl::StatusOr<uint64_t> ParseNumber(std::string_view text) {
  uint64_t value = 0;
  if (!absl::SimpleAtoi(text, &value)) {
    return UsageError(absl::StrCat("not a number: ", text));
  }
  return value;
}

absl::Status Run(Args& args) {
  FatOptions options;
  options.serial = 0x12345678;
  TSM_ASSIGN_OR_RETURN(std::string root, args.Required("root"));
  TSM_ASSIGN_OR_RETURN(std::string out, args.Required("out"));
  TSM_ASSIGN_OR_RETURN(std::string type, args.OptionalOr("type", ""));
  TSM_ASSIGN_OR_RETURN(std::string size, args.OptionalOr("size", "0"));
  TSM_ASSIGN_OR_RETURN(std::string sector_size, args.OptionalOr("sector_size", "512"));
  TSM_ASSIGN_OR_RETURN(options.label, args.OptionalOr("label", "TEST"));
  TSM_ASSIGN_OR_RETURN(bool reverse, args.Bool("reverse"));
  TSM_RETURN_IF_ERROR(args.Finish());
  TSM_ASSIGN_OR_RETURN(options.size, ParseNumber(size));
  TSM_ASSIGN_OR_RETURN(uint64_t sector_bytes, ParseNumber(sector_size));
  options.sector_size = static_cast<uint32_t>(sector_bytes);
  if (!type.empty()) {
    options.type = type == "12" ? FatType::kFat12 : type == "16" ? FatType::kFat16 : FatType::kFat32;
  }
  TSM_ASSIGN_OR_RETURN(std::vector<ScannedFile> scanned, ScanDirectory(root));
  if (reverse) {
    scanned = std::vector<ScannedFile>(scanned.rbegin(), scanned.rend());
  }
  std::vector<FatFile> files;
  for (const ScannedFile& file : scanned) {
    files.push_back({file.path, file.size, InputSlice{absl::StrCat(root, file.path), 0}});
  }
  TSM_ASSIGN_OR_RETURN(Layout layout, LayoutFat(options, std::move(files)));
  return WriteImage(layout, out);
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunProgram(argc, argv, "make_fat", tsmedia::kHelp, tsmedia::Run); }
