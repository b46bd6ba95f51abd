#include "tools/gpt/gpt.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/base/utf16.h"
#include "tools/gpt/mbr.h"
#include "zlib.h"

namespace tsmedia {
namespace {

// Header: UEFI 2.10, table 5.5.
constexpr std::string_view kSignature = "EFI PART";
constexpr uint32_t kRevision = 0x00010000;
constexpr uint32_t kHeaderSize = 92;
constexpr size_t kHeaderCrc = 16;
constexpr size_t kMyLba = 24;
constexpr size_t kAlternateLba = 32;
constexpr size_t kFirstUsable = 40;
constexpr size_t kLastUsable = 48;
constexpr size_t kDiskId = 56;
constexpr size_t kEntriesLba = 72;
constexpr size_t kEntryCount = 80;
constexpr size_t kEntrySizeOffset = 84;
constexpr size_t kEntriesCrc = 88;

// Entry: UEFI 2.10, table 5.6.
constexpr uint32_t kEntrySize = 128;
constexpr size_t kName = 56;
constexpr size_t kNameUnits = 36;

// Tables larger than this are refused: 8,192 entries of the usual size.
constexpr uint64_t kMaxEntriesSize = 1 * kMiB;

uint32_t Crc(ByteSpan bytes) { return static_cast<uint32_t>(crc32(0, bytes.data(), static_cast<uInt>(bytes.size()))); }

uint64_t EntrySectors(uint32_t sector_size) { return uint64_t{kGptEntries} * kEntrySize / sector_size; }

Guid Type(std::string_view text) { return ParseGuid(text).value(); }

// ---- Writing --------------------------------------------------------------------------------------------------------

absl::Status CheckDisk(const Gpt& gpt) {
  if (gpt.sector_size != 512 && gpt.sector_size != 4096) {
    return absl::InvalidArgumentError(absl::StrCat("sectors of ", gpt.sector_size, " bytes are not supported"));
  }
  if (gpt.sectors < 2 * EntrySectors(gpt.sector_size) + 4) {
    return absl::InvalidArgumentError("the disk is too small for a partition table");
  }
  return absl::OkStatus();
}

// The partitions of a table that is to be written or was read.
absl::Status CheckPartitions(std::vector<GptPartition> partitions, uint64_t first_usable, uint64_t last_usable) {
  std::sort(partitions.begin(), partitions.end(),
            [](const GptPartition& a, const GptPartition& b) { return a.first_lba < b.first_lba; });
  const GptPartition* before = nullptr;
  for (const GptPartition& partition : partitions) {
    if (partition.first_lba < first_usable || partition.last_lba > last_usable ||
        partition.first_lba > partition.last_lba) {
      return absl::InvalidArgumentError(absl::StrCat("partition ", partition.number, " (sectors ", partition.first_lba,
                                                     " to ", partition.last_lba, ") lies outside of the disk's ",
                                                     first_usable, " to ", last_usable));
    }
    if (before != nullptr && partition.first_lba <= before->last_lba) {
      return absl::InvalidArgumentError(
          absl::StrCat("partitions ", before->number, " and ", partition.number, " overlap"));
    }
    before = &partition;
  }
  return absl::OkStatus();
}

absl::Status StoreEntry(const GptPartition& partition, uint8_t* entry) {
  absl::StatusOr<std::u16string> name = Utf8ToUtf16(partition.name);
  if (!name.ok() || name->size() > kNameUnits) {
    return absl::InvalidArgumentError(
        absl::StrCat("partition ", partition.number, " cannot have the name \"", partition.name, "\""));
  }
  std::copy(partition.type.begin(), partition.type.end(), entry);
  std::copy(partition.id.begin(), partition.id.end(), entry + 16);
  StoreLittle(partition.first_lba, entry + 32);
  StoreLittle(partition.last_lba, entry + 40);
  StoreLittle(partition.attributes, entry + 48);
  for (size_t i = 0; i < name->size(); ++i) {
    StoreLittle(static_cast<uint16_t>((*name)[i]), entry + kName + 2 * i);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> MakeEntries(const Gpt& gpt) {
  std::string entries(uint64_t{kGptEntries} * kEntrySize, '\0');
  std::set<uint32_t> numbers;
  for (const GptPartition& partition : gpt.partitions) {
    if (partition.number < 1 || partition.number > kGptEntries || !numbers.insert(partition.number).second) {
      return absl::InvalidArgumentError(absl::StrCat("there cannot be a partition ", partition.number, " here"));
    }
    TSM_RETURN_IF_ERROR(
        StoreEntry(partition, reinterpret_cast<uint8_t*>(entries.data()) + (partition.number - 1) * kEntrySize));
  }
  return entries;
}

// The sector of a header.
std::string MakeHeader(const Gpt& gpt, uint64_t my_lba, uint64_t alternate_lba, uint64_t entries_lba,
                       std::string_view entries) {
  std::string sector(gpt.sector_size, '\0');
  uint8_t* header = reinterpret_cast<uint8_t*>(sector.data());
  std::copy(kSignature.begin(), kSignature.end(), sector.begin());
  StoreLittle(kRevision, header + 8);
  StoreLittle(kHeaderSize, header + 12);
  StoreLittle(my_lba, header + kMyLba);
  StoreLittle(alternate_lba, header + kAlternateLba);
  StoreLittle(FirstUsableLba(gpt.sector_size), header + kFirstUsable);
  StoreLittle(LastUsableLba(gpt.sector_size, gpt.sectors), header + kLastUsable);
  std::copy(gpt.disk_id.begin(), gpt.disk_id.end(), header + kDiskId);
  StoreLittle(entries_lba, header + kEntriesLba);
  StoreLittle(kGptEntries, header + kEntryCount);
  StoreLittle(kEntrySize, header + kEntrySizeOffset);
  StoreLittle(Crc(AsBytes(entries)), header + kEntriesCrc);
  StoreLittle(Crc(ByteSpan(header, kHeaderSize)), header + kHeaderCrc);
  return sector;
}

absl::StatusOr<std::string> ProtectiveMbr(const Gpt& gpt) {
  const uint64_t sectors = std::min<uint64_t>(gpt.sectors - 1, std::numeric_limits<uint32_t>::max());
  Mbr mbr;
  mbr.partitions = {{.number = 1, .type = kMbrTypeProtective, .first_lba = 1, .sectors = sectors}};
  if (!gpt.boot_code.empty()) {
    mbr.boot_code = gpt.boot_code;
    mbr.partitions.push_back({.number = 2, .type = kMbrTypeNone, .active = true, .first_lba = 0, .sectors = 1});
  }
  TSM_ASSIGN_OR_RETURN(std::string sector, WriteMbr(mbr));
  sector.resize(gpt.sector_size);
  return sector;
}

// ---- Reading --------------------------------------------------------------------------------------------------------

struct Header {
  uint64_t first_usable = 0;
  uint64_t last_usable = 0;
  Guid disk_id = {};
  uint64_t entries_lba = 0;
  uint32_t entry_count = 0;
  uint32_t entry_size = 0;
  uint32_t entries_crc = 0;
};

absl::StatusOr<Header> ReadHeader(const ByteSource& disk, const Gpt& gpt, uint64_t lba) {
  TSM_ASSIGN_OR_RETURN(std::string sector, disk.ReadString(lba * gpt.sector_size, gpt.sector_size));
  if (!sector.starts_with(kSignature)) {
    return absl::NotFoundError("there is no GPT");
  }
  uint8_t* p = reinterpret_cast<uint8_t*>(sector.data());
  const uint32_t size = LoadLittle<uint32_t>(p + 12);
  const uint32_t crc = LoadLittle<uint32_t>(p + kHeaderCrc);
  StoreLittle(uint32_t{0}, p + kHeaderCrc);
  if (size < kHeaderSize || size > sector.size() || Crc(ByteSpan(p, size)) != crc ||
      LoadLittle<uint64_t>(p + kMyLba) != lba) {
    return absl::DataLossError(absl::StrCat("the GPT header in sector ", lba, " is damaged"));
  }
  Header header = {.first_usable = LoadLittle<uint64_t>(p + kFirstUsable),
                   .last_usable = LoadLittle<uint64_t>(p + kLastUsable),
                   .entries_lba = LoadLittle<uint64_t>(p + kEntriesLba),
                   .entry_count = LoadLittle<uint32_t>(p + kEntryCount),
                   .entry_size = LoadLittle<uint32_t>(p + kEntrySizeOffset),
                   .entries_crc = LoadLittle<uint32_t>(p + kEntriesCrc)};
  std::copy(p + kDiskId, p + kDiskId + 16, header.disk_id.begin());
  return header;
}

// The size of the entries, after all that it is computed from was checked.
absl::StatusOr<uint64_t> EntriesSize(const Header& header, const Gpt& gpt) {
  // The entry size is 128 times a power of two (table 5.5).
  const bool valid_size = header.entry_size >= kEntrySize && (header.entry_size & (header.entry_size - 1)) == 0;
  const uint64_t size = uint64_t{header.entry_count} * header.entry_size;
  if (!valid_size || header.entry_count == 0 || size > kMaxEntriesSize || header.entries_lba == 0 ||
      header.entries_lba >= gpt.sectors || header.last_usable >= gpt.sectors ||
      header.first_usable > header.last_usable) {
    return absl::DataLossError("the GPT header says impossible things");
  }
  return size;
}

GptPartition LoadEntry(const uint8_t* entry, uint32_t number) {
  GptPartition partition = {.number = number,
                            .first_lba = LoadLittle<uint64_t>(entry + 32),
                            .last_lba = LoadLittle<uint64_t>(entry + 40),
                            .attributes = LoadLittle<uint64_t>(entry + 48)};
  std::copy(entry, entry + 16, partition.type.begin());
  std::copy(entry + 16, entry + 32, partition.id.begin());
  std::u16string name;
  for (size_t i = 0; i < kNameUnits; ++i) {
    const char16_t unit = LoadLittle<uint16_t>(entry + kName + 2 * i);
    if (unit == 0) {
      break;
    }
    name += unit;
  }
  partition.name = Utf16ToUtf8(name);
  return partition;
}

absl::StatusOr<Gpt> ReadCopy(const ByteSource& disk, Gpt gpt, uint64_t lba) {
  TSM_ASSIGN_OR_RETURN(const Header header, ReadHeader(disk, gpt, lba));
  TSM_ASSIGN_OR_RETURN(const uint64_t size, EntriesSize(header, gpt));
  TSM_ASSIGN_OR_RETURN(const std::string entries, disk.ReadString(header.entries_lba * gpt.sector_size, size));
  if (Crc(AsBytes(entries)) != header.entries_crc) {
    return absl::DataLossError(absl::StrCat("the GPT entries in sector ", header.entries_lba, " are damaged"));
  }
  gpt.disk_id = header.disk_id;
  for (uint32_t i = 0; i < header.entry_count; ++i) {
    const uint8_t* entry = AsBytes(entries).data() + uint64_t{i} * header.entry_size;
    if (!AllZero(ByteSpan(entry, 16))) {  // the type of an unused entry is zero
      gpt.partitions.push_back(LoadEntry(entry, i + 1));
    }
  }
  if (absl::Status status = CheckPartitions(gpt.partitions, header.first_usable, header.last_usable); !status.ok()) {
    return absl::DataLossError(status.message());
  }
  return gpt;
}

}  // namespace

Guid EfiSystemType() { return Type("c12a7328-f81f-11d2-ba4b-00a0c93ec93b"); }
Guid MicrosoftBasicDataType() { return Type("ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"); }
Guid MicrosoftReservedType() { return Type("e3c9e316-0b5c-4db8-817d-f92df00215ae"); }
Guid WindowsRecoveryType() { return Type("de94bba4-06d1-4d40-a16a-bfd50179d6ac"); }
Guid BiosBootType() { return Type("21686148-6449-6e6f-744e-656564454649"); }
Guid LinuxFileSystemType() { return Type("0fc63daf-8483-4772-8e79-3d69d8477de4"); }

uint64_t FirstUsableLba(uint32_t sector_size) { return 2 + EntrySectors(sector_size); }

uint64_t LastUsableLba(uint32_t sector_size, uint64_t sectors) { return sectors - EntrySectors(sector_size) - 2; }

absl::StatusOr<GptBytes> WriteGpt(const Gpt& gpt) {
  TSM_RETURN_IF_ERROR(CheckDisk(gpt));
  TSM_RETURN_IF_ERROR(
      CheckPartitions(gpt.partitions, FirstUsableLba(gpt.sector_size), LastUsableLba(gpt.sector_size, gpt.sectors)));
  TSM_ASSIGN_OR_RETURN(const std::string entries, MakeEntries(gpt));
  TSM_ASSIGN_OR_RETURN(const std::string mbr, ProtectiveMbr(gpt));
  const uint64_t last = gpt.sectors - 1;
  const uint64_t backup_entries = LastUsableLba(gpt.sector_size, gpt.sectors) + 1;
  return GptBytes{.primary = absl::StrCat(mbr, MakeHeader(gpt, 1, last, 2, entries), entries),
                  .backup = absl::StrCat(entries, MakeHeader(gpt, last, 1, backup_entries, entries))};
}

absl::StatusOr<Gpt> ReadGpt(const ByteSource& disk, uint32_t sector_size) {
  const Gpt gpt = {.sector_size = sector_size, .sectors = disk.size() / sector_size};
  if (gpt.sectors < 3) {
    return absl::NotFoundError("there is no GPT");
  }
  absl::StatusOr<Gpt> primary = ReadCopy(disk, gpt, 1);
  if (primary.ok()) {
    return primary;
  }
  absl::StatusOr<Gpt> backup = ReadCopy(disk, gpt, gpt.sectors - 1);
  return backup.ok() || absl::IsNotFound(primary.status()) ? backup : primary;
}

absl::StatusOr<GptBytes> ResizeGpt(const ByteSource& disk, uint32_t sector_size, uint64_t sectors) {
  TSM_ASSIGN_OR_RETURN(Gpt gpt, ReadGpt(disk, sector_size));
  gpt.sectors = sectors;
  TSM_ASSIGN_OR_RETURN(std::string boot_code, disk.ReadString(0, kMbrBootCodeSize));
  if (!AllZero(AsBytes(boot_code))) {
    gpt.boot_code = std::move(boot_code);
  }
  return WriteGpt(gpt);
}

}  // namespace tsmedia
