// The cpio format "newc", as far as its writer and its reader share it.
//
// Source: linux/Documentation/driver-api/early-userspace/buffer-format.rst. A member is a header of 110 ASCII
// characters, the name with its NUL, zeros up to a multiple of four bytes, the data, zeros again. The member
// "TRAILER!!!" ends the archive.

#ifndef TSMEDIA_TOOLS_CPIO_CPIO_FORMAT_H_
#define TSMEDIA_TOOLS_CPIO_CPIO_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tsmedia {

enum class CpioType { kFile, kDirectory, kSymlink, kCharDevice, kBlockDevice };

struct CpioEntry {
  std::string path;  // without a leading slash
  CpioType type = CpioType::kFile;
  uint32_t mode = 0;         // permission bits: <= 07777
  uint32_t size = 0;         // bytes of a file's data or a symlink's target
  uint32_t device_major = 0;  // of a device
  uint32_t device_minor = 0;
};

inline constexpr std::string_view kCpioMagic = "070701";
inline constexpr std::string_view kCpioTrailer = "TRAILER!!!";

// After the magic come this many fields of eight hexadecimal digits.
inline constexpr size_t kCpioFieldCount = 13;
inline constexpr size_t kCpioFieldSize = 8;
inline constexpr size_t kCpioHeaderSize = kCpioMagic.size() + kCpioFieldCount * kCpioFieldSize;

// Indexes of the fields.
inline constexpr size_t kCpioInode = 0;
inline constexpr size_t kCpioMode = 1;
inline constexpr size_t kCpioLinkCount = 4;
inline constexpr size_t kCpioTime = 5;
inline constexpr size_t kCpioSize = 6;
inline constexpr size_t kCpioDeviceMajor = 9;   // of the device that the member is
inline constexpr size_t kCpioDeviceMinor = 10;
inline constexpr size_t kCpioNameSize = 11;  // with the NUL

// The kernel takes no longer names (PATH_MAX with the NUL).
inline constexpr size_t kCpioMaxNameSize = 4096;

// CpioPadding returns how many zero bytes follow `size` bytes of an archive's start.
constexpr size_t CpioPadding(uint64_t size) { return static_cast<size_t>((4 - size % 4) % 4); }

// The file type's bits of st_mode (POSIX sys/stat.h has the names, Linux the values).
inline constexpr uint32_t kCpioTypeMask = 0170000;
constexpr uint32_t CpioTypeBits(CpioType type) {
  switch (type) {
    case CpioType::kDirectory:
      return 0040000;
    case CpioType::kSymlink:
      return 0120000;
    case CpioType::kCharDevice:
      return 0020000;
    case CpioType::kBlockDevice:
      return 0060000;
    case CpioType::kFile:
      break;
  }
  return 0100000;
}

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CPIO_CPIO_FORMAT_H_
