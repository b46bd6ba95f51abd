// A volume as the image of a whole USB drive.
//
// A GPT with, from the start of the drive: the BIOS boot partition, if a BIOS can start the medium (it reads sectors of
// 512 bytes only); the EFI system partition, FAT32, with all files; or with the packages on a second FAT32 partition
// behind it. rules/docs/drive_layout.md explains it.

#ifndef TSMEDIA_TOOLS_PLAN_DRIVE_LAYOUT_H_
#define TSMEDIA_TOOLS_PLAN_DRIVE_LAYOUT_H_

#include "absl/status/statusor.h"
#include "tools/base/extent.h"
#include "tools/plan/media.pb.h"
#include "tools/plan/volume_content.h"

namespace tsmedia {

// LayoutDrive returns the layout of the image. InvalidArgument if the content is more than FAT32 can hold, or firmware
// cannot start the medium from a drive with such sectors; errors name the attribute.
absl::StatusOr<Layout> LayoutDrive(const VolumeContent& volume, const MediaForm& form);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_DRIVE_LAYOUT_H_
