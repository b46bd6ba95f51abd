// Which file system a partition holds, from its superblock.

#ifndef TSMEDIA_TOOLS_STEPS_FILE_SYSTEM_H_
#define TSMEDIA_TOOLS_STEPS_FILE_SYSTEM_H_

#include <string>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"

namespace tsmedia {

struct FileSystem {
  std::string type = {};   // as mount(8) and fstab(5) call it: ext4, vfat or ntfs
  std::string uuid = {};   // as blkid(8) writes it
  std::string label = {};  // without the blanks that fill it up; "" for ntfs, which keeps it elsewhere
};

// ProbeFileSystem reads the superblock. NotFound if it is none of ext4, FAT and NTFS.
absl::StatusOr<FileSystem> ProbeFileSystem(const ByteSource& partition);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_STEPS_FILE_SYSTEM_H_
