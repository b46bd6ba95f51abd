#include "tools/gpt/gpt.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/gpt/mbr.h"

namespace tsmedia {
namespace {

using testing::HasSubstr;

Guid NumberedGuid(uint8_t number) { return RandomGuid({number}); }

Gpt SampleTable(uint32_t sector_size = 512) {
  const uint64_t mib = kMiB / sector_size;
  return {.sector_size = sector_size,
          .sectors = 64 * mib,
          .disk_id = NumberedGuid(1),
          .partitions = {{.number = 1,
                          .type = EfiSystemType(),
                          .id = NumberedGuid(2),
                          .first_lba = mib,
                          .last_lba = 34 * mib - 1,
                          .name = "EFI system"},
                         {.number = 3,
                          .type = WindowsRecoveryType(),
                          .id = NumberedGuid(3),
                          .first_lba = 34 * mib,
                          .last_lba = 63 * mib - 1,
                          .attributes = kGptRequired | kGptNoAutomount,
                          .name = "R\xc3\xa4ttung \xf0\x9f\x98\x80"}}};
}

// A disk with the table.
std::string DiskWith(const Gpt& gpt) {
  const GptBytes bytes = WriteGpt(gpt).value();
  std::string disk(gpt.sectors * gpt.sector_size, '\0');
  disk.replace(0, bytes.primary.size(), bytes.primary);
  disk.replace(disk.size() - bytes.backup.size(), bytes.backup.size(), bytes.backup);
  return disk;
}

void ExpectEqual(const Gpt& a, const Gpt& b) {
  EXPECT_EQ(a.disk_id, b.disk_id);
  ASSERT_EQ(a.partitions.size(), b.partitions.size());
  for (size_t i = 0; i < a.partitions.size(); ++i) {
    EXPECT_EQ(a.partitions[i].number, b.partitions[i].number);
    EXPECT_EQ(a.partitions[i].type, b.partitions[i].type);
    EXPECT_EQ(a.partitions[i].id, b.partitions[i].id);
    EXPECT_EQ(a.partitions[i].first_lba, b.partitions[i].first_lba);
    EXPECT_EQ(a.partitions[i].last_lba, b.partitions[i].last_lba);
    EXPECT_EQ(a.partitions[i].attributes, b.partitions[i].attributes);
    EXPECT_EQ(a.partitions[i].name, b.partitions[i].name);
  }
}

TEST(GuidTest, Text) {
  // The bytes of the EFI system partition's type, as UEFI 2.10 prints them in appendix A's order.
  EXPECT_EQ(EfiSystemType(),
            (Guid{0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b}));
  EXPECT_EQ(FormatGuid(EfiSystemType()), "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
  EXPECT_EQ(ParseGuid("C12A7328-F81F-11D2-BA4B-00A0C93EC93B").value(), EfiSystemType());
  for (const char* text : {"", "c12a7328-f81f-11d2-ba4b-00a0c93ec93", "c12a7328-f81f-11d2-ba4b-00a0c93ec93bb",
                           "c12a7328xf81f-11d2-ba4b-00a0c93ec93b", "g12a7328-f81f-11d2-ba4b-00a0c93ec93b"}) {
    EXPECT_FALSE(ParseGuid(text).ok()) << text;
  }
  EXPECT_EQ(FormatGuid(RandomGuid(
                {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})),
            "ffffffff-ffff-4fff-bfff-ffffffffffff");
  EXPECT_EQ(FormatGuid(DerivedGuid({0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef})),
            "01234567-89ab-8def-8000-000000000000");
}

TEST(GptTest, WhatIsWrittenIsRead) {
  for (uint32_t sector_size : {512u, 4096u}) {
    const Gpt gpt = SampleTable(sector_size);
    absl::StatusOr<Gpt> read = ReadGpt(MemorySource(DiskWith(gpt)), sector_size);
    ASSERT_TRUE(read.ok()) << read.status();
    ExpectEqual(*read, gpt);
  }
}

TEST(GptTest, AnySingleDamageLeavesOneCopy) {
  const Gpt gpt = SampleTable();
  const std::string good = DiskWith(gpt);
  const size_t end = good.size();
  for (size_t offset : {size_t{512}, size_t{512 + 16}, size_t{512 + 70}, size_t{1024}, size_t{1024 + 256}, end - 512,
                        end - 512 + 88, end - 33 * 512}) {
    std::string disk = good;
    disk[offset] = static_cast<char>(disk[offset] ^ 0x40);
    absl::StatusOr<Gpt> read = ReadGpt(MemorySource(disk), 512);
    ASSERT_TRUE(read.ok()) << offset << ": " << read.status();
    ExpectEqual(*read, gpt);
  }
}

TEST(GptTest, BothCopiesDamaged) {
  std::string disk = DiskWith(SampleTable());
  disk[512 + 60] ^= 1;
  disk[disk.size() - 512 + 60] ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(ReadGpt(MemorySource(disk), 512).status()));
}

TEST(GptTest, NoTable) {
  EXPECT_TRUE(absl::IsNotFound(ReadGpt(MemorySource(std::string(kMiB, '\0')), 512).status()));
  EXPECT_TRUE(absl::IsNotFound(ReadGpt(MemorySource(""), 512).status()));
}

TEST(GptTest, RefusesTablesThatCannotBe) {
  auto error = [](auto change) {
    Gpt gpt = SampleTable();
    change(gpt);
    return std::string(WriteGpt(gpt).status().message());
  };
  EXPECT_THAT(error([](Gpt& gpt) { gpt.partitions[1].first_lba -= 1; }), HasSubstr("overlap"));
  EXPECT_THAT(error([](Gpt& gpt) { gpt.partitions[0].first_lba = 33; }), HasSubstr("outside"));
  EXPECT_THAT(error([](Gpt& gpt) { gpt.partitions[1].last_lba = gpt.sectors - 33; }), HasSubstr("outside"));
  EXPECT_THAT(error([](Gpt& gpt) { gpt.partitions[1].last_lba = 34; }), HasSubstr("outside"));
  EXPECT_THAT(error([](Gpt& gpt) { gpt.partitions[1].number = 1; }), HasSubstr("partition 1"));
  EXPECT_THAT(error([](Gpt& gpt) { gpt.partitions[1].number = 129; }), HasSubstr("partition 129"));
  EXPECT_THAT(error([](Gpt& gpt) { gpt.partitions[0].name = std::string(37, 'x'); }), HasSubstr("name"));
  EXPECT_THAT(error([](Gpt& gpt) { gpt.partitions[0].name = "\xff"; }), HasSubstr("name"));
  EXPECT_THAT(error([](Gpt& gpt) { gpt.sector_size = 1024; }), HasSubstr("1024"));
  EXPECT_THAT(error([](Gpt& gpt) { gpt.sectors = 67; }), HasSubstr("too small"));
}

TEST(GptTest, ProtectiveMbr) {
  const std::string disk = DiskWith(SampleTable());
  absl::StatusOr<Mbr> mbr = ReadMbr(AsBytes(disk));
  ASSERT_TRUE(mbr.ok());
  ASSERT_EQ(mbr->partitions.size(), 1u);
  EXPECT_EQ(mbr->partitions[0].type, kMbrTypeProtective);
  EXPECT_FALSE(mbr->partitions[0].active);
  EXPECT_EQ(mbr->partitions[0].sectors, disk.size() / 512 - 1);
  // UEFI 2.10, table 5.4: the first sector is cylinder 0, head 0, sector 2.
  EXPECT_EQ(disk.substr(447, 3), std::string("\0\2\0", 3));
}

TEST(MbrTest, WhatIsWrittenIsRead) {
  Mbr mbr;
  mbr.boot_code = "\xeb\x63";
  mbr.signature = 0x12345678;
  mbr.partitions = {{.number = 1, .type = kMbrTypeLinux, .active = true, .first_lba = 2048, .sectors = 4096},
                    {.number = 4, .type = kMbrTypeNtfs, .first_lba = 6144, .sectors = 0xffffffff - 6144}};
  const std::string sector = WriteMbr(mbr).value();
  ASSERT_EQ(sector.size(), kMbrSize);
  absl::StatusOr<Mbr> read = ReadMbr(AsBytes(sector));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->signature, mbr.signature);
  EXPECT_EQ(read->boot_code.substr(0, 2), mbr.boot_code);
  ASSERT_EQ(read->partitions.size(), 2u);
  EXPECT_TRUE(read->partitions[0].active);
  EXPECT_EQ(read->partitions[1].number, 4u);
  EXPECT_EQ(read->partitions[1].sectors, 0xffffffff - 6144u);
}

TEST(MbrTest, RefusesWhatCannotBe) {
  auto writes = [](MbrPartition partition) {
    Mbr mbr;
    mbr.partitions = {partition};
    return WriteMbr(mbr).ok();
  };
  EXPECT_TRUE(writes({.number = 1, .type = 0x83, .first_lba = 1, .sectors = 1}));
  EXPECT_FALSE(writes({.number = 5, .type = 0x83, .first_lba = 1, .sectors = 1}));
  EXPECT_FALSE(writes({.number = 1, .type = 0x83, .first_lba = uint64_t{1} << 32, .sectors = 1}));
  EXPECT_FALSE(writes({.number = 1, .type = 0x83, .first_lba = 1, .sectors = uint64_t{1} << 32}));

  std::string sector = WriteMbr({}).value();
  EXPECT_TRUE(ReadMbr(AsBytes(sector)).ok());
  sector[446] = 1;
  EXPECT_TRUE(absl::IsInvalidArgument(ReadMbr(AsBytes(sector)).status()));
  EXPECT_TRUE(absl::IsNotFound(ReadMbr(AsBytes(std::string(512, '\0'))).status()));
  EXPECT_TRUE(absl::IsNotFound(ReadMbr(AsBytes("short")).status()));
}

TEST(GptTest, ResizedIsWrittenForTheOtherSize) {
  for (uint32_t sector_size : {512u, 4096u}) {
    Gpt gpt = SampleTable(sector_size);
    gpt.boot_code = "boot code";
    const MemorySource disk(DiskWith(gpt));
    const uint64_t sectors = gpt.sectors;
    gpt.sectors += 1000;
    const GptBytes expected = WriteGpt(gpt).value();
    absl::StatusOr<GptBytes> resized = ResizeGpt(disk, sector_size, gpt.sectors);
    ASSERT_TRUE(resized.ok()) << resized.status();
    EXPECT_EQ(resized->primary, expected.primary);
    EXPECT_EQ(resized->backup, expected.backup);
    // There and back, from the larger disk: nothing is lost.
    gpt.sectors = sectors;
    EXPECT_EQ(ResizeGpt(MemorySource(DiskWith(gpt)), sector_size, sectors)->primary, WriteGpt(gpt)->primary);
    EXPECT_TRUE(absl::IsInvalidArgument(ResizeGpt(disk, sector_size, sectors / 2).status()));
  }
  EXPECT_TRUE(absl::IsNotFound(ResizeGpt(MemorySource(std::string(4096, 'x')), 512, 1000).status()));
}

}  // namespace
}  // namespace tsmedia
