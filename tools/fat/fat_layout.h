// The FAT writer: plans where every byte of a FAT12, FAT16 or FAT32 file system is. It never sees the files' content.
//
// Source of fields and constants: Microsoft, "FAT: General Overview of On-Disk Format", version 1.03 (called "fatgen"
// here), and the rules of shared experience that rules/docs/iso9660_layout.md gives with their reasons.

#ifndef TSMEDIA_TOOLS_FAT_FAT_LAYOUT_H_
#define TSMEDIA_TOOLS_FAT_FAT_LAYOUT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/base/extent.h"
#include "tools/fat/format.h"

namespace tsmedia {

struct FatFile {
  // Absolute, '/'-separated, UTF-8. Components have 1 to 255 UTF-16 units; none of " * : < > ? \ | and no control
  // characters, no '.' or space at the end, none of Windows' device names (CON, NUL, COM1, ...).
  std::string path;
  // Bytes of `content`; below 4 GiB.
  uint64_t length = 0;
  Content content;
  // Bytes that are kept for the file: what they are more than `length` stays free behind it, so that the next file does
  // not move when this one grows a little.
  uint64_t slot = 0;
};

struct FatOptions {
  // Absent: FAT12 or FAT16, whichever the size asks for (a UEFI boot image in an ISO; UEFI 2.10, 13.3.1.1).
  std::optional<FatType> type = std::nullopt;
  // Bytes of the file system, a multiple of sector_size. 0: as few as the files and `free_space` need.
  uint64_t size = 0;
  // Bytes that stay free at least, slots not counted.
  uint64_t free_space = 0;
  // 512 or 4096.
  uint32_t sector_size = 512;
  // Sectors before the file system on its disk (0 for an El Torito image).
  uint32_t hidden_sectors = 0;
  // Volume serial number: derived from the media ID by the caller.
  uint32_t serial = 0;
  // As MapVolumeLabel returns it: at most 11 of A-Z 0-9 _ - and space. Empty: no label.
  std::string label = {};
  // Time of every file and directory: seconds since 1970, in the years 1980 to 2107 (UTC).
  int64_t time = 315532800;
};

// LayoutFat returns the layout of a FAT file system. The content of the files lies contiguously and in the order of
// `files`; nothing else depends on that order. Errors are InvalidArgument and name the path or the option: illegal
// names, names that are equal but for case, files of 4 GiB and more, content that does not fit.
absl::StatusOr<Layout> LayoutFat(const FatOptions& options, std::vector<FatFile> files);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_FAT_FAT_LAYOUT_H_
