#include "tools/gpt/mbr.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

constexpr size_t kSignatureOffset = 440;
constexpr size_t kEntriesOffset = 446;
constexpr size_t kEntrySize = 16;
constexpr uint32_t kEntries = 4;
constexpr size_t kMagicOffset = 510;
constexpr uint8_t kActive = 0x80;

// Cylinder, head and sector as every BIOS of the last decades counts them: 255 heads of 63 sectors. What is beyond
// 1,023 cylinders is written as 0xFEFFFF.
void StoreChs(uint64_t lba, uint8_t* p) {
  constexpr uint64_t kHeads = 255;
  constexpr uint64_t kSectors = 63;
  const uint64_t cylinder = lba / (kHeads * kSectors);
  if (cylinder > 1023) {
    p[0] = 0xfe;
    p[1] = 0xff;
    p[2] = 0xff;
    return;
  }
  p[0] = static_cast<uint8_t>(lba / kSectors % kHeads);
  p[1] = static_cast<uint8_t>((lba % kSectors + 1) | ((cylinder >> 8) << 6));
  p[2] = static_cast<uint8_t>(cylinder);
}

absl::Status CheckPartition(const MbrPartition& partition) {
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  if (partition.number < 1 || partition.number > kEntries) {
    return absl::InvalidArgumentError(absl::StrCat("an MBR has no partition ", partition.number));
  }
  const bool is_partition = partition.type != kMbrTypeNone && partition.first_lba != 0;
  const bool is_mark = partition.type == kMbrTypeNone && partition.active;
  if ((!is_partition && !is_mark) || partition.sectors == 0 || partition.first_lba > kMost ||
      partition.sectors > kMost) {
    return absl::InvalidArgumentError(absl::StrCat("partition ", partition.number, " cannot be written in an MBR"));
  }
  return absl::OkStatus();
}

void StoreEntry(const MbrPartition& partition, uint8_t* entry) {
  entry[0] = partition.active ? kActive : 0;
  StoreChs(partition.first_lba, entry + 1);
  entry[4] = partition.type;
  StoreChs(partition.first_lba + partition.sectors - 1, entry + 5);
  StoreLittle(static_cast<uint32_t>(partition.first_lba), entry + 8);
  StoreLittle(static_cast<uint32_t>(partition.sectors), entry + 12);
}

absl::Status CheckOverlap(std::vector<MbrPartition> partitions) {
  std::sort(partitions.begin(), partitions.end(),
            [](const MbrPartition& a, const MbrPartition& b) { return a.first_lba < b.first_lba; });
  for (size_t i = 1; i < partitions.size(); ++i) {
    if (partitions[i].first_lba < partitions[i - 1].first_lba + partitions[i - 1].sectors) {
      return absl::InvalidArgumentError(
          absl::StrCat("partitions ", partitions[i - 1].number, " and ", partitions[i].number, " of the MBR overlap"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> WriteMbr(const Mbr& mbr) {
  if (mbr.boot_code.size() > kMbrBootCodeSize) {
    return absl::InvalidArgumentError("the boot code is larger than its place in an MBR");
  }
  std::vector<uint8_t> sector(kMbrSize, 0);
  std::copy(mbr.boot_code.begin(), mbr.boot_code.end(), sector.begin());
  StoreLittle(mbr.signature, &sector[kSignatureOffset]);
  for (const MbrPartition& partition : mbr.partitions) {
    TSM_RETURN_IF_ERROR(CheckPartition(partition));
    uint8_t* entry = &sector[kEntriesOffset + (partition.number - 1) * kEntrySize];
    if (entry[4] != 0) {
      return absl::InvalidArgumentError(absl::StrCat("there are two partitions ", partition.number));
    }
    StoreEntry(partition, entry);
  }
  sector[kMagicOffset] = 0x55;
  sector[kMagicOffset + 1] = 0xaa;
  return std::string(AsText(sector));
}

absl::StatusOr<Mbr> ReadMbr(ByteSpan sector) {
  if (sector.size() < kMbrSize || sector[kMagicOffset] != 0x55 || sector[kMagicOffset + 1] != 0xaa) {
    return absl::NotFoundError("there is no MBR");
  }
  Mbr mbr;
  mbr.boot_code = std::string(AsText(sector.first(kMbrBootCodeSize)));
  mbr.signature = LoadLittle<uint32_t>(&sector[kSignatureOffset]);
  for (uint32_t i = 0; i < kEntries; ++i) {
    const uint8_t* entry = &sector[kEntriesOffset + i * kEntrySize];
    if (entry[0] != 0 && entry[0] != kActive) {
      return absl::InvalidArgumentError(absl::StrCat("partition ", i + 1, " of the MBR has an impossible flag"));
    }
    const MbrPartition partition = {.number = i + 1,
                                    .type = entry[4],
                                    .active = entry[0] == kActive,
                                    .first_lba = LoadLittle<uint32_t>(entry + 8),
                                    .sectors = LoadLittle<uint32_t>(entry + 12)};
    if (partition.type != 0 && partition.sectors != 0) {
      mbr.partitions.push_back(partition);
    }
  }
  TSM_RETURN_IF_ERROR(CheckOverlap(mbr.partitions));
  return mbr;
}

}  // namespace tsmedia
