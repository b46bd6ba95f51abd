// For tests: small drives with a GUID partition table and FAT.

#ifndef TSMEDIA_TOOLS_MEDIUM_SAMPLE_DRIVE_H_
#define TSMEDIA_TOOLS_MEDIUM_SAMPLE_DRIVE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/base/extent.h"

namespace tsmedia {

// Files by their paths on a medium, without a leading slash.
using DriveFiles = std::map<std::string, std::string>;

// SampleFat returns the layout of a small FAT file system.
Layout SampleFat(const DriveFiles& files, uint32_t sector_size);

// SampleDrive returns the layout of a drive whose first partition is an EFI system partition with the first file
// system; the others are basic data partitions.
Layout SampleDrive(const std::vector<DriveFiles>& file_systems, uint32_t sector_size);

// SampleBytes returns the bytes of a layout all of whose content is inline.
std::string SampleBytes(const Layout& layout);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIUM_SAMPLE_DRIVE_H_
