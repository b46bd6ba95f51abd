// The tar format, as far as its writer and its reader share it.
//
// Source: POSIX.1-2017, XCU "pax", section EXTENDED DESCRIPTION ("pax Interchange Format", "ustar Interchange Format");
// GNU tar 1.35 manual, "Basic Tar Format", for what GNU adds.

#ifndef TSMEDIA_TOOLS_CONTENT_TAR_FORMAT_H_
#define TSMEDIA_TOOLS_CONTENT_TAR_FORMAT_H_

#include <cstddef>
#include <cstdint>

#include "tools/base/bytes.h"

namespace tsmedia {

// Headers and data come in blocks of this size.
inline constexpr size_t kTarBlockSize = 512;

// TarField is a field of the header block: [offset, offset + size).
struct TarField {
  size_t offset;
  size_t size;
};

inline constexpr TarField kTarName = {0, 100};
inline constexpr TarField kTarMode = {100, 8};
inline constexpr TarField kTarUid = {108, 8};
inline constexpr TarField kTarGid = {116, 8};
inline constexpr TarField kTarSize = {124, 12};
inline constexpr TarField kTarTime = {136, 12};
inline constexpr TarField kTarChecksum = {148, 8};
inline constexpr size_t kTarTypeOffset = 156;
inline constexpr TarField kTarLinkName = {157, 100};
inline constexpr TarField kTarMagic = {257, 6};
inline constexpr TarField kTarVersion = {263, 2};
inline constexpr TarField kTarDevMajor = {329, 8};
inline constexpr TarField kTarDevMinor = {337, 8};
inline constexpr TarField kTarPrefix = {345, 155};

// Values of the type field.
inline constexpr char kTarTypeFile = '0';
inline constexpr char kTarTypeOldFile = '\0';  // before ustar; a name that ends in '/' is a directory
inline constexpr char kTarTypeHardLink = '1';
inline constexpr char kTarTypeSymlink = '2';
inline constexpr char kTarTypeCharDevice = '3';
inline constexpr char kTarTypeBlockDevice = '4';
inline constexpr char kTarTypeDirectory = '5';
inline constexpr char kTarTypeFifo = '6';
inline constexpr char kTarTypeContiguousFile = '7';  // on all systems of today a regular file
inline constexpr char kTarTypePax = 'x';
inline constexpr char kTarTypePaxGlobal = 'g';
inline constexpr char kTarTypeGnuLongName = 'L';
inline constexpr char kTarTypeGnuLongLink = 'K';
inline constexpr char kTarTypeGnuSparse = 'S';

// Largest number that eleven octal digits (the size and time fields) hold: 8 GiB - 1.
inline constexpr uint64_t kTarMaxOctal = (uint64_t{1} << 33) - 1;

// TarPadding returns how many zero bytes follow `size` bytes of data.
constexpr size_t TarPadding(uint64_t size) {
  return static_cast<size_t>((kTarBlockSize - size % kTarBlockSize) % kTarBlockSize);
}

// TarChecksum returns the sum of the header's bytes, its own field taken as blanks. `header` has kTarBlockSize bytes.
uint32_t TarChecksum(ByteSpan header);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_TAR_FORMAT_H_
