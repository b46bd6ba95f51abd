// Constants of the FAT file systems, shared by the writer and the reader. Source: Microsoft, "FAT: General Overview of
// On-Disk Format", version 1.03 (fatgen). Offsets count from the start of their structure.

#ifndef TSMEDIA_TOOLS_FAT_FORMAT_H_
#define TSMEDIA_TOOLS_FAT_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tsmedia {

enum class FatType { kFat12, kFat16, kFat32 };

namespace fat {

// Boot sector and BIOS parameter block.
inline constexpr size_t kBpbOemName = 3;
inline constexpr size_t kBpbSectorSize = 11;
inline constexpr size_t kBpbClusterSectors = 13;
inline constexpr size_t kBpbReservedSectors = 14;
inline constexpr size_t kBpbFats = 16;
inline constexpr size_t kBpbRootEntries = 17;
inline constexpr size_t kBpbTotalSectors16 = 19;
inline constexpr size_t kBpbMedia = 21;
inline constexpr size_t kBpbFatSectors16 = 22;
inline constexpr size_t kBpbTrackSectors = 24;
inline constexpr size_t kBpbHeads = 26;
inline constexpr size_t kBpbHiddenSectors = 28;
inline constexpr size_t kBpbTotalSectors32 = 32;
inline constexpr size_t kBpbFatSectors32 = 36;  // FAT32 only, as are the next five
inline constexpr size_t kBpbExtendedFlags = 40;
inline constexpr size_t kBpbVersion = 42;
inline constexpr size_t kBpbRootCluster = 44;
inline constexpr size_t kBpbInformationSector = 48;
inline constexpr size_t kBpbBackupSector = 50;
inline constexpr size_t kTail1216 = 36;  // drive number, ..., of FAT12 and FAT16
inline constexpr size_t kTail32 = 64;    // the same fields of FAT32
inline constexpr size_t kTailDrive = 0;
inline constexpr size_t kTailSignature = 2;  // 0x29: the three that follow are there
inline constexpr size_t kTailSerial = 3;
inline constexpr size_t kTailLabel = 7;
inline constexpr size_t kTailTypeName = 18;
inline constexpr size_t kTailSize = 26;
inline constexpr uint8_t kExtendedSignature = 0x29;
inline constexpr size_t kBootSectorSize = 512;
inline constexpr size_t kBootSignature = 510;  // 55 AA
inline constexpr uint8_t kMediaFixed = 0xf8;

// FSInfo sector of FAT32.
inline constexpr uint32_t kInformationLead = 0x41615252;
inline constexpr uint32_t kInformationStructure = 0x61417272;
inline constexpr uint32_t kInformationTrail = 0xaa550000;
inline constexpr size_t kInformationStructureAt = 484;
inline constexpr size_t kInformationFree = 488;
inline constexpr size_t kInformationNext = 492;
inline constexpr size_t kInformationTrailAt = 508;

// The type follows from the number of clusters alone (fatgen, "FAT Type Determination").
inline constexpr uint64_t kFat16MinClusters = 4085;
inline constexpr uint64_t kFat32MinClusters = 65525;
inline constexpr uint64_t kFat32MaxClusters = 0x0ffffff4;  // 268,435,444: the numbers behind mark bad and last clusters
inline constexpr uint32_t kFirstCluster = 2;
inline constexpr uint32_t kFat32Mask = 0x0fffffff;

// Directory entries.
inline constexpr size_t kEntrySize = 32;
inline constexpr size_t kShortNameSize = 11;
inline constexpr size_t kEntryAttributes = 11;
inline constexpr size_t kEntryCreationTime = 14;
inline constexpr size_t kEntryCreationDate = 16;
inline constexpr size_t kEntryAccessDate = 18;
inline constexpr size_t kEntryClusterHigh = 20;
inline constexpr size_t kEntryWriteTime = 22;
inline constexpr size_t kEntryWriteDate = 24;
inline constexpr size_t kEntryClusterLow = 26;
inline constexpr size_t kEntryFileSize = 28;
inline constexpr size_t kEntryNtCase = 12;  // Windows NT: lower-case flags, undocumented in fatgen
inline constexpr uint8_t kNtLowerBase = 0x08;
inline constexpr uint8_t kNtLowerExtension = 0x10;
inline constexpr uint8_t kAttributeVolume = 0x08;
inline constexpr uint8_t kAttributeDirectory = 0x10;
inline constexpr uint8_t kAttributeArchive = 0x20;
inline constexpr uint8_t kAttributeLongName = 0x0f;
inline constexpr uint8_t kAttributeMask = 0x3f;
inline constexpr uint8_t kEntryEnd = 0x00;
inline constexpr uint8_t kEntryDeleted = 0xe5;
inline constexpr uint8_t kEntryE5 = 0x05;  // stands for a first byte of 0xE5
// Bytes of a directory: 65,536 entries (fatgen, "FAT Directory Structure").
inline constexpr uint64_t kMaxDirectorySize = 65536 * kEntrySize;

// Long name entries (fatgen, "FAT Long Directory Entries").
inline constexpr size_t kLongUnits = 13;
inline constexpr size_t kMaxLongUnits = 255;
inline constexpr size_t kMaxLongEntries = 20;
inline constexpr size_t kLongUnitOffsets[kLongUnits] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
inline constexpr size_t kLongChecksum = 13;
inline constexpr uint8_t kLongLast = 0x40;

// Checksum of a short name that ties long name entries to it.
inline uint8_t ShortNameChecksum(std::string_view short_name) {
  uint8_t sum = 0;
  for (char c : short_name) {
    sum = static_cast<uint8_t>(((sum & 1) << 7) + (sum >> 1) + static_cast<uint8_t>(c));
  }
  return sum;
}

}  // namespace fat
}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_FAT_FORMAT_H_
