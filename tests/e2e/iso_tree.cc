// Prints what our reader finds in an ISO 9660 image, in the form in which guest-init prints what Linux finds:
//   iso_tree rock_ridge|joliet IMAGE
//
// A line for each directory, "d MODE PATH", and file, "f MODE SIZE SHA-256 PATH"; ascending by path. Joliet knows no
// modes: they are written as "-".

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/base/args.h"
#include "tools/base/byte_source.h"
#include "tools/base/program.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/iso9660/iso_reader.h"

namespace tsmedia {
namespace {

constexpr uint32_t kPermissions = 07777;

absl::StatusOr<std::string> Line(const IsoReader& iso, const IsoEntry& entry) {
  const std::string mode =
      iso.names() == IsoNames::kRockRidge ? absl::StrFormat("%o", entry.mode & kPermissions) : std::string("-");
  if (entry.is_directory) {
    return absl::StrCat("d ", mode, " ", entry.path);
  }
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> file, iso.OpenFile(entry));
  TSM_ASSIGN_OR_RETURN(const Sha256Digest digest, Sha256Of(*file));
  return absl::StrCat("f ", mode, " ", entry.size, " ", ToHex(digest), " ", entry.path);
}

absl::Status PrintTree(Args& args) {
  TSM_RETURN_IF_ERROR(args.Finish());
  if (args.positional().size() != 2) {
    return UsageError("give names and image");
  }
  const IsoNames names = args.positional()[0] == "joliet" ? IsoNames::kJoliet : IsoNames::kRockRidge;
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> image, FileSource::Open(args.positional()[1]));
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<IsoReader> iso, IsoReader::Open(image.get(), names));
  std::vector<std::pair<std::string, std::string>> lines;  // path, line
  TSM_RETURN_IF_ERROR(iso->Walk([&](const IsoEntry& entry) -> absl::Status {
    TSM_ASSIGN_OR_RETURN(std::string line, Line(*iso, entry));
    lines.emplace_back(entry.path, std::move(line));
    return absl::OkStatus();
  }));
  std::sort(lines.begin(), lines.end());
  for (const auto& [path, line] : lines) {
    std::cout << line << "\n";
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) {
  return tsmedia::RunProgram(argc, argv, "iso_tree", "usage: iso_tree rock_ridge|joliet IMAGE\n", tsmedia::PrintTree);
}
