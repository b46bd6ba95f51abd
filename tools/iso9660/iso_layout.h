// The ISO 9660 writer: plans where every byte of an image is. It never sees the files' content.
//
// What it writes, and why, is specified in rules/docs/iso9660_layout.md.

#ifndef TSMEDIA_TOOLS_ISO9660_ISO_LAYOUT_H_
#define TSMEDIA_TOOLS_ISO9660_ISO_LAYOUT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/extent.h"
#include "tools/gpt/guid.h"

namespace tsmedia {

// Zero sectors behind the content of every image, counted in its capacity: drives lose what they read ahead at the end
// of a CD that was burnt track-at-once, and the kernel's read-ahead runs into it. Of an image that boots the backup GPT
// comes after them: an optical drive has no use for it.
inline constexpr uint64_t kIsoTrailingSectors = 150;

// El Torito stores the size of a boot image as a number of 512-byte sectors in 16 bits (specification 1.0, figure 3).
inline constexpr uint64_t kMaxUefiBootImageSize = uint64_t{65535} * 512;

// A file of the image. Directories are implied by the paths.
struct IsoFile {
  // Absolute, '/'-separated, UTF-8; components of 1 to 255 bytes without control characters, not "." or "..".
  std::string path;
  // Bytes of `content`.
  uint64_t length = 0;
  Content content;
};

// Sectors behind those: a backup GPT has 33 sectors of 512 bytes.
inline constexpr uint64_t kIsoBackupGptSectors = 9;

// The program that a BIOS loads: GRUB's cdboot.img with a core image behind it.
struct BiosBoot {
  // The bytes of the image; the writer fills in the boot information table at offset 8 and GRUB's 64-bit block list
  // entry at offset 2548.
  std::string image;
  // GRUB's boot_hybrid.img, 512 bytes: starts the same core image when the medium is a disk (a USB drive).
  std::string disk_boot_sector;
};

struct IsoOptions {
  // The label as the user wrote it; volume_label.h says what becomes of it and of the ending, which tells the volumes
  // of a set apart: "_1of3".
  std::string label;
  std::string label_ending;
  // Time of every file and directory, and creation of the volume: seconds since 1970, in the years 1900 to 2155.
  int64_t file_time = 0;
  // Modification of the volume. blkid makes the UUID from it, so it differs from medium to medium.
  int64_t modification_time = 0;
  // Identifiers in the primary volume descriptor: a-characters (ECMA-119 7.4.1: A-Z 0-9 _ space and
  // !"%&'()*+,-./:;<=>?), `system` at most 32, the others at most 64 (as many as Joliet has room for).
  std::string system;
  std::string publisher;
  std::string application;
  std::optional<BiosBoot> bios_boot;
  // A FAT image (fat_layout.h) that UEFI boots. Its extents become extents of the ISO, their regions prefixed with
  // "UEFI boot image: ".
  std::optional<Layout> uefi_boot_image;
  // An image that boots is that of a disk as well, with a GPT for sectors of 512 bytes in which the UEFI boot image is
  // the EFI system partition. These are the GUIDs of the disk and of that partition.
  Guid disk_id = {};
  Guid efi_partition_id = {};
};

// IsoImage is an ISO 9660 level 3 image with Rock Ridge and Joliet names and, if there are boot images, an El Torito
// catalog: names and directories are planned, which is most of the work, while lengths of files may still change.
class IsoImage {
 public:
  // Plan plans the image of `files`. Their content lies in that order; nothing else depends on it. Errors are
  // InvalidArgument and name the path or the option. Memory is O(number of files), below 1 KiB each.
  static absl::StatusOr<IsoImage> Plan(IsoOptions options, std::vector<IsoFile> files);

  IsoImage(IsoImage&&) noexcept;
  IsoImage& operator=(IsoImage&&) noexcept;
  ~IsoImage();

  // Resize gives the file `path`, whose content is a slice, another length in bytes, below 4 GiB as was its first one.
  // NotFound if there is no such file. InvalidArgument if the image becomes too large: it is of no use then.
  absl::Status Resize(std::string_view path, uint64_t length);

  // In bytes.
  uint64_t size() const;

  absl::StatusOr<Layout> LayOut() const;

 private:
  class Planner;
  explicit IsoImage(std::unique_ptr<Planner> planner);

  std::unique_ptr<Planner> planner_;
};

// LayoutIso returns the layout of an image whose files have their final lengths.
absl::StatusOr<Layout> LayoutIso(const IsoOptions& options, std::vector<IsoFile> files);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ISO9660_ISO_LAYOUT_H_
