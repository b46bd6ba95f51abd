// large_drive: the image of a drive with content of any size, without the bytes of the content. For tests only.
//
// The content's files are all zeros, and zeros are holes: drives of terabytes take little room on a disk.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/base/args.h"
#include "tools/base/bytes.h"
#include "tools/base/extent.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/base/unique_fd.h"
#include "tools/content/pack_info.h"
#include "tools/plan/drive_layout.h"
#include "tools/plan/media.pb.h"
#include "tools/plan/medium_paths.h"
#include "tools/plan/volume_content.h"
#include "tools/plan/volume_packing.h"

namespace tsmedia {
namespace {

constexpr char kHelp[] =
    "usage: large_drive --content=BYTES --free_space=BYTES --sector_size=512|4096 --data_partition=true|false "
    "--out=FILE\n";

constexpr uint64_t kSegmentSize = kMaxSegmentBlocks * kBlockSize;
constexpr uint64_t kPieceSize = kMiB;

absl::StatusOr<uint64_t> ParseNumber(std::string_view text) {
  uint64_t value = 0;
  if (!absl::SimpleAtoi(text, &value)) {
    return UsageError(absl::StrCat("not a number: ", text));
  }
  return value;
}

VolumeContent MakeVolume(uint64_t content, const VolumeBoot* boot) {
  VolumeContent volume;
  volume.label = "LARGE";
  volume.file_time = 315532800;  // 1980-01-01, where the times of FAT begin
  volume.boot = boot;
  volume.files.push_back({std::string(kManifestPath), 9, InlineBytes{"manifest\n"}});
  for (uint64_t offset = 0; offset < content; offset += kSegmentSize) {
    volume.files.push_back({SegmentPath("LAB00001", "1", static_cast<uint32_t>(offset / kSegmentSize)),
                            std::min(kSegmentSize, content - offset), InputSlice{"zeros", offset}});
  }
  return volume;
}

std::string BytesOf(const Extent& extent, uint64_t offset, uint64_t length) {
  if (const auto* words = std::get_if<CountingWords>(&extent.content)) {
    return CountingBytes(*words, offset, length);
  }
  const auto* bytes = std::get_if<InlineBytes>(&extent.content);
  return bytes == nullptr ? "" : bytes->bytes.substr(offset, length);
}

absl::Status WriteExtent(const Extent& extent, int fd) {
  for (uint64_t offset = 0; offset < extent.length; offset += kPieceSize) {
    const std::string bytes = BytesOf(extent, offset, std::min(kPieceSize, extent.length - offset));
    if (bytes.empty()) {
      return absl::OkStatus();
    }
    if (pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(extent.offset + offset)) !=
        static_cast<ssize_t>(bytes.size())) {
      return absl::ErrnoToStatus(errno, "cannot write");
    }
  }
  return absl::OkStatus();
}

absl::Status WriteSparse(const Layout& layout, const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd.ok() || ftruncate(fd.get(), static_cast<off_t>(layout.size)) != 0) {
    return absl::ErrnoToStatus(errno, path);
  }
  for (const Extent& extent : layout.extents) {
    TSM_RETURN_IF_ERROR(WriteExtent(extent, fd.get()));
  }
  return absl::OkStatus();
}

absl::Status Run(Args& args) {
  MediaForm form;
  form.set_format(USB);
  TSM_ASSIGN_OR_RETURN(const std::string content, args.Required("content"));
  TSM_ASSIGN_OR_RETURN(const std::string free_space, args.Required("free_space"));
  TSM_ASSIGN_OR_RETURN(const std::string sector_size, args.Required("sector_size"));
  TSM_ASSIGN_OR_RETURN(const std::string out, args.Required("out"));
  TSM_ASSIGN_OR_RETURN(const bool data_partition, args.Bool("data_partition"));
  TSM_RETURN_IF_ERROR(args.Finish());
  TSM_ASSIGN_OR_RETURN(const uint64_t content_size, ParseNumber(content));
  TSM_ASSIGN_OR_RETURN(const uint64_t free_size, ParseNumber(free_space));
  TSM_ASSIGN_OR_RETURN(const uint64_t sector_bytes, ParseNumber(sector_size));
  form.set_free_space(free_size);
  form.set_sector_size(static_cast<uint32_t>(sector_bytes));
  form.set_data_partition(data_partition);
  VolumeBoot boot;
  boot.efi_files.push_back({"EFI/BOOT/BOOTX64.EFI", 7, InlineBytes{"loader\n"}});
  TSM_ASSIGN_OR_RETURN(const Layout layout, LayoutDrive(MakeVolume(content_size, &boot), form));
  return WriteSparse(layout, out);
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunProgram(argc, argv, "large_drive", tsmedia::kHelp, tsmedia::Run); }
