#include "tools/steps/disk_format.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tools/base/bytes.h"
#include "tools/engine/partition_layout.h"
#include "tools/engine/variable_store.h"
#include "tools/fat/fat_reader.h"
#include "tools/gpt/gpt.h"
#include "tools/gpt/mbr.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr uint64_t kDiskMb = 400;

// A disk whose every byte is in use.
class DiskFormatTest : public testing::Test {
 protected:
  std::unique_ptr<BlockDisk> UsedDisk(const std::string& name, uint64_t size_mb) {
    const std::string path = testing::TempDir() + "/" + name;
    std::filesystem::remove(path);
    std::ofstream(path).close();
    std::filesystem::resize_file(path, size_mb * kMiB);
    std::unique_ptr<BlockDisk> disk = BlockDisk::Open(path).value();
    const std::string used(kMiB, '\xa5');
    for (uint64_t mb = 0; mb < size_mb; ++mb) {
      EXPECT_TRUE(disk->WriteAt(mb * kMiB, AsBytes(used)).ok());
    }
    return disk;
  }

  FormatRequest Request(const std::string& plan, uint32_t sector_size) {
    FormatAndPartitionDisk parsed;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(plan, &parsed));
    FormatRequest request = {.style = parsed.style()};
    request.disk.set_device("/dev/vda");
    request.disk.set_size(kDiskMb * kMiB);
    request.disk.set_sector_size(sector_size);
    request.partitions = LayOutPartitions(parsed, request.disk, VariableStore()).value();
    return request;
  }

  std::array<uint8_t, 16> Random() {
    std::array<uint8_t, 16> bytes = {};
    StoreLittle(++random_calls_, bytes.data());
    return bytes;
  }

  RandomSource random_ = [this] { return Random(); };
  uint64_t random_calls_ = 0;
};

constexpr char kGptPlan[] = R"(style: GPT
    partitions { type: BIOS_BOOT size_mb: 1 }
    partitions { type: EFI size_mb: 300 file_system: FAT32 label: "EFI" name: "EFI system" }
    partitions { type: RECOVERY size_mb: 20 file_system: NTFS }
    partitions { type: PRIMARY rest: true file_system: EXT4 })";

TEST_F(DiskFormatTest, WritesGpt) {
  for (uint32_t sector_size : {512u, 4096u}) {
    std::unique_ptr<BlockDisk> disk = UsedDisk("gpt", kDiskMb);
    ASSERT_TRUE(PartitionDisk(Request(kGptPlan, sector_size), random_, *disk).ok());
    absl::StatusOr<Gpt> gpt = ReadGpt(*disk, sector_size);
    ASSERT_TRUE(gpt.ok()) << gpt.status();
    ASSERT_EQ(gpt->partitions.size(), 4u);
    EXPECT_EQ(gpt->partitions[0].type, BiosBootType());
    EXPECT_EQ(gpt->partitions[1].type, EfiSystemType());
    EXPECT_EQ(gpt->partitions[1].name, "EFI system");
    EXPECT_EQ(gpt->partitions[2].type, WindowsRecoveryType());
    EXPECT_EQ(gpt->partitions[2].attributes, kGptRequired | kGptNoAutomount);
    EXPECT_EQ(gpt->partitions[3].type, LinuxFileSystemType());
    EXPECT_EQ(gpt->partitions[3].first_lba * sector_size, 322 * kMiB);
    EXPECT_EQ((gpt->partitions[3].last_lba + 1) * sector_size, (kDiskMb - 1) * kMiB);
    std::set<Guid> ids = {gpt->disk_id};
    for (const GptPartition& partition : gpt->partitions) {
      ids.insert(partition.id);
    }
    EXPECT_EQ(ids.size(), 5u);
  }
}

TEST_F(DiskFormatTest, WritesMbr) {
  std::unique_ptr<BlockDisk> disk = UsedDisk("mbr", kDiskMb);
  ASSERT_TRUE(PartitionDisk(Request(R"(style: MBR
                                       partitions { type: PRIMARY size_mb: 100 file_system: NTFS active: true }
                                       partitions { type: RECOVERY size_mb: 50 file_system: NTFS }
                                       partitions { type: PRIMARY size_mb: 50 file_system: FAT32 }
                                       partitions { type: PRIMARY rest: true file_system: EXT4 })",
                                    512),
                            random_, *disk)
                  .ok());
  absl::StatusOr<Mbr> mbr = ReadMbr(AsBytes(disk->ReadString(0, 512).value()));
  ASSERT_TRUE(mbr.ok()) << mbr.status();
  std::vector<int> types;
  for (const MbrPartition& partition : mbr->partitions) {
    types.push_back(partition.type);
  }
  EXPECT_THAT(types, ElementsAre(0x07, 0x27, 0x0c, 0x83));
  EXPECT_TRUE(mbr->partitions[0].active);
  EXPECT_EQ(mbr->partitions[0].first_lba, 2048u);
  EXPECT_NE(mbr->signature, 0u);
  EXPECT_TRUE(absl::IsNotFound(ReadGpt(*disk, 512).status()));
}

TEST_F(DiskFormatTest, OldSignaturesAreGone) {
  std::unique_ptr<BlockDisk> disk = UsedDisk("used", kDiskMb);
  const FormatRequest request = Request(kGptPlan, 512);
  ASSERT_TRUE(PartitionDisk(request, random_, *disk).ok());
  auto wiped = [&disk](uint64_t offset) { return AllZero(AsBytes(disk->ReadString(offset, 4096).value())); };
  EXPECT_TRUE(wiped(64 * kKiB));                    // ISO 9660, btrfs
  EXPECT_TRUE(wiped(kDiskMb * kMiB - 128 * kKiB));  // mdraid 0.90
  for (const PlannedPartition& partition : request.partitions) {
    EXPECT_TRUE(wiped(partition.offset));  // LVM, ext4, XFS, LUKS
    EXPECT_TRUE(wiped(partition.offset + 64 * kKiB));
    EXPECT_TRUE(wiped(partition.offset + partition.size - 4096));
    EXPECT_TRUE(wiped(partition.offset + partition.size - 128 * kKiB));
  }
}

TEST_F(DiskFormatTest, MakesFat32OnUsedPartitions) {
  for (uint32_t sector_size : {512u, 4096u}) {
    const PlannedPartition partition = Request(kGptPlan, sector_size).partitions[1];
    std::unique_ptr<BlockDisk> device = UsedDisk("fat", partition.size / kMiB);
    Fat32Request request = {.label = partition.label,
                            .sector_size = sector_size,
                            .offset = partition.offset,
                            .now = 1700000000,
                            .files = {{"/EFI/BOOT/BOOTX64.EFI", "loader"}}};
    ASSERT_TRUE(FormatFat32(request, random_, *device).ok());
    absl::StatusOr<std::unique_ptr<FatReader>> reader = FatReader::Open(device.get());
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ((*reader)->label(), "EFI");
    std::vector<std::string> paths;
    ASSERT_TRUE((*reader)
                    ->Walk([&paths](const FatEntry& entry) {
                      paths.push_back(entry.path);
                      return absl::OkStatus();
                    })
                    .ok());
    EXPECT_THAT(paths, UnorderedElementsAre("/EFI", "/EFI/BOOT", "/EFI/BOOT/BOOTX64.EFI"));
  }
}

TEST_F(DiskFormatTest, OtherFileSystemsTakePrograms) {
  const FormatRequest request = Request(kGptPlan, 512);
  EXPECT_THAT(FormatCommand(request.partitions[0], 512), ElementsAre());
  EXPECT_THAT(FormatCommand(request.partitions[1], 512), ElementsAre());
  EXPECT_THAT(FormatCommand(request.partitions[2], 4096),
              ElementsAre("mkfs.ntfs", "--quiet", "--quick", "--force", "--sector-size", "4096", "--partition-start",
                          "77312", "--heads", "255", "--sectors-per-track", "63", "--label", "", "/dev/vda3"));
  EXPECT_THAT(FormatCommand(request.partitions[3], 512), ElementsAre("mkfs.ext4", "-q", "-F", "-L", "", "/dev/vda4"));
}

TEST_F(DiskFormatTest, BlockDiskStaysInside) {
  std::unique_ptr<BlockDisk> disk = UsedDisk("small", 1);
  EXPECT_TRUE(absl::IsOutOfRange(disk->WriteAt(kMiB - 1, AsBytes("ab"))));
  EXPECT_TRUE(disk->WriteAt(kMiB - 2, AsBytes("ab")).ok());
  EXPECT_TRUE(disk->WriteZeros(kMiB - 1, 100).ok());
  EXPECT_EQ(disk->ReadString(kMiB - 2, 2).value(), std::string("a\0", 2));
  EXPECT_FALSE(BlockDisk::Open(testing::TempDir() + "/none").ok());
}

}  // namespace
}  // namespace tsmedia
