#include "tools/steps/file_system.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/fat/format.h"

namespace tsmedia {
namespace {

// ext2, ext3 and ext4: Linux, Documentation/filesystems/ext4/super.rst. The superblock is at 1,024.
constexpr size_t kExtSuperblock = 1024;
constexpr size_t kExtMagicOffset = kExtSuperblock + 0x38;
constexpr uint16_t kExtMagic = 0xef53;
constexpr size_t kExtUuid = kExtSuperblock + 0x68;
constexpr size_t kExtLabel = kExtSuperblock + 0x78;
constexpr size_t kExtLabelSize = 16;

// NTFS: the boot sector's OEM name and the volume serial number (linux/fs/ntfs3/ntfs.h, struct NTFS_BOOT).
constexpr std::string_view kNtfsName = "NTFS    ";
constexpr size_t kNtfsNameOffset = 3;
constexpr size_t kNtfsSerial = 0x48;

// FAT32's type name (fatgen, "BS_FilSysType") is not what decides, but every formatter writes it.
constexpr std::string_view kFat32Name = "FAT32   ";

constexpr size_t kProbed = 2048;

std::string UuidText(std::string_view bytes) {
  const std::string hex = absl::BytesToHexString(bytes);
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-", hex.substr(16, 4), "-",
                      hex.substr(20));
}

// A label is filled up with null characters or blanks.
std::string LabelText(std::string_view bytes) {
  return std::string(absl::StripTrailingAsciiWhitespace(bytes.substr(0, bytes.find('\0'))));
}

}  // namespace

absl::StatusOr<FileSystem> ProbeFileSystem(const ByteSource& partition) {
  TSM_ASSIGN_OR_RETURN(std::string head, partition.ReadString(0, std::min<uint64_t>(kProbed, partition.size())));
  head.resize(kProbed);
  const uint8_t* bytes = AsBytes(head).data();
  if (LoadLittle<uint16_t>(bytes + kExtMagicOffset) == kExtMagic) {
    return FileSystem{"ext4", UuidText(std::string_view(head).substr(kExtUuid, 16)),
                      LabelText(std::string_view(head).substr(kExtLabel, kExtLabelSize))};
  }
  if (std::string_view(head).substr(kNtfsNameOffset, kNtfsName.size()) == kNtfsName) {
    return FileSystem{"ntfs", absl::StrFormat("%016X", LoadLittle<uint64_t>(bytes + kNtfsSerial)), ""};
  }
  if (std::string_view(head).substr(fat::kTail32 + fat::kTailTypeName, kFat32Name.size()) == kFat32Name) {
    const uint32_t serial = LoadLittle<uint32_t>(bytes + fat::kTail32 + fat::kTailSerial);
    return FileSystem{
        "vfat", absl::StrFormat("%04X-%04X", serial >> 16, serial & 0xffff),
        LabelText(std::string_view(head).substr(fat::kTail32 + fat::kTailLabel, fat::kTailTypeName - fat::kTailLabel))};
  }
  return absl::NotFoundError(absl::StrCat(partition.name(), " has no file system that is known here"));
}

}  // namespace tsmedia
