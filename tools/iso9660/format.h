// Constants of ISO 9660 (ECMA-119, 4th edition), the Joliet specification, SUSP 1.10, RRIP 1.10 and the El Torito
// specification 1.0, shared by the writer and the reader. Offsets count from the start of their structure.

#ifndef TSMEDIA_TOOLS_ISO9660_FORMAT_H_
#define TSMEDIA_TOOLS_ISO9660_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tsmedia::iso {

// Logical sector and logical block (ECMA-119 6.1.2, 6.2.2). Blocks of 512 and 1024 bytes are legal and unknown in
// practice.
inline constexpr uint64_t kSectorSize = 2048;

// The system area (ECMA-119 6.2.1): for the use of boot loaders and partition tables.
inline constexpr uint64_t kSystemAreaSectors = 16;

// Volume descriptors (ECMA-119 8.1): type, "CD001", version.
inline constexpr uint64_t kFirstDescriptorSector = 16;
inline constexpr std::string_view kStandardIdentifier = "CD001";
inline constexpr uint8_t kBootRecordDescriptor = 0;
inline constexpr uint8_t kPrimaryDescriptor = 1;
inline constexpr uint8_t kSupplementaryDescriptor = 2;
inline constexpr uint8_t kTerminatorDescriptor = 255;

// Fields of a primary or supplementary volume descriptor (ECMA-119 8.4 and 8.5).
inline constexpr size_t kDescriptorSystemId = 8;
inline constexpr size_t kDescriptorVolumeId = 40;
inline constexpr size_t kDescriptorSpaceSize = 80;
inline constexpr size_t kDescriptorEscapes = 88;
inline constexpr size_t kDescriptorSetSize = 120;
inline constexpr size_t kDescriptorSequenceNumber = 124;
inline constexpr size_t kDescriptorBlockSize = 128;
inline constexpr size_t kDescriptorPathTableSize = 132;
inline constexpr size_t kDescriptorPathTableL = 140;
inline constexpr size_t kDescriptorPathTableM = 148;
inline constexpr size_t kDescriptorRoot = 156;
inline constexpr size_t kDescriptorVolumeSetId = 190;
inline constexpr size_t kDescriptorPublisherId = 318;
inline constexpr size_t kDescriptorPreparerId = 446;
inline constexpr size_t kDescriptorApplicationId = 574;
inline constexpr size_t kDescriptorCopyrightFile = 702;
inline constexpr size_t kDescriptorAbstractFile = 739;
inline constexpr size_t kDescriptorBibliographicFile = 776;
inline constexpr size_t kDescriptorCreation = 813;
inline constexpr size_t kDescriptorModification = 830;
inline constexpr size_t kDescriptorExpiration = 847;
inline constexpr size_t kDescriptorEffective = 864;
inline constexpr size_t kDescriptorStructureVersion = 881;
inline constexpr size_t kVolumeIdSize = 32;
inline constexpr size_t kLongIdSize = 128;
inline constexpr size_t kFileIdSize = 37;

// Escape sequences of Joliet: UCS-2 at levels 1, 2 and 3 (Joliet specification, section 1).
inline constexpr std::string_view kJolietLevel1 = "%/@";
inline constexpr std::string_view kJolietLevel2 = "%/C";
inline constexpr std::string_view kJolietLevel3 = "%/E";

// Directory records (ECMA-119 9.1).
inline constexpr size_t kRecordExtendedAttributes = 1;
inline constexpr size_t kRecordLocation = 2;
inline constexpr size_t kRecordDataLength = 10;
inline constexpr size_t kRecordDate = 18;
inline constexpr size_t kRecordDateSize = 7;
inline constexpr size_t kRecordFlags = 25;
inline constexpr size_t kRecordUnitSize = 26;
inline constexpr size_t kRecordGapSize = 27;
inline constexpr size_t kRecordSequenceNumber = 28;
inline constexpr size_t kRecordIdLength = 32;
inline constexpr size_t kRecordId = 33;
// The length is one byte, and even (ECMA-119 9.1.13).
inline constexpr size_t kMaxRecordLength = 254;
// The record of the root directory in a volume descriptor, and "." and "..": an identifier of one byte.
inline constexpr size_t kShortRecordLength = 34;

inline constexpr uint8_t kFlagDirectory = 0x02;
inline constexpr uint8_t kFlagAssociated = 0x04;
inline constexpr uint8_t kFlagMultiExtent = 0x80;

// Path table records (ECMA-119 9.4): identifier length, attribute length, location, number of the parent, identifier.
inline constexpr size_t kPathRecordId = 8;
// Directory numbers in path tables have 16 bits and start with 1.
inline constexpr size_t kMaxDirectories = 65535;

// Levels of the directory hierarchy, the root being the first (ECMA-119 6.8.2.1).
inline constexpr size_t kMaxLevels = 8;
// Identifiers of a path and their number must not exceed this (ECMA-119 6.8.2.1).
inline constexpr size_t kMaxPathLength = 255;

// Largest file section: whole sectors in a 32-bit length (ECMA-119 6.5.1 wants all but the last section to end with a
// block).
inline constexpr uint64_t kMaxSectionSize = 0xfffff800;

// System Use Sharing Protocol entries: signature, length, version (SUSP 1.10, section 4).
inline constexpr size_t kSuspHeader = 4;
inline constexpr size_t kSpSize = 7;
inline constexpr size_t kCeSize = 28;
inline constexpr size_t kPxSize = 36;
inline constexpr size_t kNmHeader = 5;
inline constexpr uint8_t kNmContinue = 0x01;
inline constexpr uint8_t kNmCurrent = 0x02;
inline constexpr uint8_t kNmParent = 0x04;

// POSIX file types in the mode of a PX entry.
inline constexpr uint32_t kModeTypeMask = 0170000;
inline constexpr uint32_t kModeDirectory = 0040000;
inline constexpr uint32_t kModeRegular = 0100000;
inline constexpr uint32_t kModeSymlink = 0120000;

// El Torito.
inline constexpr std::string_view kElToritoId = "EL TORITO SPECIFICATION";
inline constexpr size_t kElToritoCatalog = 0x47;  // in the boot record descriptor
inline constexpr size_t kCatalogEntrySize = 32;
inline constexpr uint64_t kVirtualSectorSize = 512;
inline constexpr uint8_t kPlatformBios = 0x00;
inline constexpr uint8_t kPlatformUefi = 0xef;
inline constexpr uint8_t kBootable = 0x88;
inline constexpr uint8_t kMoreHeaders = 0x90;
inline constexpr uint8_t kLastHeader = 0x91;

}  // namespace tsmedia::iso

#endif  // TSMEDIA_TOOLS_ISO9660_FORMAT_H_
