#include "tools/drive/device_checks.h"

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/agent/fake_root.h"
#include "tools/base/bytes.h"

namespace tsmedia {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// /sys and /proc of a machine with a stick, /dev/sdb with one partition, and a disk, /dev/sda with two.
class DeviceChecksTest : public ::testing::Test {
 protected:
  DeviceChecksTest() {
    AddDisk("usb1/host6/block/sdb", "8:16", 8 * kGiB);
    root_.Write("sys/devices/usb1/host6/block/sdb/removable", "1\n");
    root_.Write("sys/devices/usb1/host6/block/sdb/device/vendor", "SanDisk \n");
    root_.Write("sys/devices/usb1/host6/block/sdb/device/model", "Ultra Fit       \n");
    AddPartition("usb1/host6/block/sdb", "sdb1", "8:17", 1, "PARTNAME=Photos\n");
    AddDisk("ata1/block/sda", "8:0", 500 * kGiB);
    root_.Write("sys/devices/ata1/block/sda/device/model", "Samsung SSD 860\n");
    AddPartition("ata1/block/sda", "sda2", "8:2", 2, "");
    AddPartition("ata1/block/sda", "sda1", "8:1", 1, "");
    root_.Write("proc/self/mountinfo", "22 27 0:21 / /proc rw,relatime - proc proc rw\n");
    root_.Write("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n");
  }

  void AddDevice(const std::string& directory, const std::string& number, uint64_t size) {
    const std::string path = "sys/devices/" + directory;
    root_.Write(path + "/dev", number + "\n");
    root_.Write(path + "/size", absl::StrCat(size / 512, "\n"));
    std::filesystem::create_directories(root_.path() + "/sys/dev/block");
    std::filesystem::create_directory_symlink("../../devices/" + directory, root_.path() + "/sys/dev/block/" + number);
  }

  void AddDisk(const std::string& directory, const std::string& number, uint64_t size) {
    AddDevice(directory, number, size);
    const std::string path = "sys/devices/" + directory;
    root_.Write(path + "/removable", "0\n");
    root_.Write(path + "/ro", "0\n");
    root_.Write(path + "/queue/logical_block_size", "512\n");
    std::filesystem::create_directories(root_.path() + "/" + path + "/holders");
  }

  void AddPartition(const std::string& disk, const std::string& name, const std::string& number, int index,
                    const std::string& uevent) {
    AddDevice(disk + "/" + name, number, kGiB);
    root_.Write("sys/devices/" + disk + "/" + name + "/partition", absl::StrCat(index, "\n"));
    root_.Write("sys/devices/" + disk + "/" + name + "/uevent", "DEVTYPE=partition\n" + uevent);
    std::filesystem::create_directories(root_.path() + "/sys/devices/" + disk + "/" + name + "/holders");
  }

  // `holder` stands on `device`; both are directories below /sys/devices.
  void AddHolder(const std::string& device, const std::string& holder) {
    const std::string name = std::filesystem::path(holder).filename();
    std::filesystem::create_directory_symlink(root_.path() + "/sys/devices/" + holder,
                                              root_.path() + "/sys/devices/" + device + "/holders/" + name);
  }

  DeviceFacts Read(uint32_t minor) const {
    absl::StatusOr<DeviceFacts> facts = ReadDeviceFacts(root_.path(), 8, minor);
    EXPECT_TRUE(facts.ok()) << facts.status();
    return facts.ok() ? *facts : DeviceFacts{};
  }

  std::string Refusal(uint32_t minor, const DeviceNeeds& needs = {.size = kGiB}) const {
    return std::string(CheckDevice(Read(minor), needs).message());
  }

  const FakeRoot root_{"device_checks"};
};

TEST_F(DeviceChecksTest, AStick) {
  const DeviceFacts facts = Read(16);
  EXPECT_EQ(facts.device, "/dev/sdb");
  EXPECT_EQ(facts.size, 8 * kGiB);
  EXPECT_TRUE(facts.removable);
  EXPECT_THAT(facts.uses, IsEmpty());
  EXPECT_EQ(DescribeDevice(facts),
            "/dev/sdb: SanDisk Ultra Fit, 8.0 GiB, removable\n"
            "  /dev/sdb1: 1.0 GiB, \"Photos\"\n");
  EXPECT_EQ(Refusal(16), "");
}

TEST_F(DeviceChecksTest, AFixedDiskOnlyForWhoInsists) {
  EXPECT_THAT(Refusal(0), AllOf(HasSubstr("not a removable device, but Samsung SSD 860, 500.0 GiB, 2 partitions"),
                                HasSubstr("--force")));
  EXPECT_EQ(Refusal(0, {.size = kGiB, .allow_fixed = true}), "");
  EXPECT_THAT(DescribeDevice(Read(0)), HasSubstr("/dev/sda1: 1.0 GiB\n  /dev/sda2: 1.0 GiB\n"));
}

TEST_F(DeviceChecksTest, CardsAreRemovableAndSolderedMemoryIsNot) {
  AddDisk("mmc0/block/mmcblk0", "8:100", 8 * kGiB);
  root_.Write("sys/devices/mmc0/block/mmcblk0/device/type", "MMC\n");
  root_.Write("sys/devices/mmc0/block/mmcblk0/device/name", "BJTD4R\n");
  EXPECT_THAT(Refusal(100), HasSubstr("not a removable device, but BJTD4R"));
  root_.Write("sys/devices/mmc0/block/mmcblk0/device/type", "SD\n");
  EXPECT_EQ(Refusal(100), "");
}

TEST_F(DeviceChecksTest, Mounted) {
  root_.Write("proc/self/mountinfo", "40 27 8:17 / /media/my\\040stick rw shared:1 - vfat /dev/sdb1 rw\n");
  EXPECT_THAT(Refusal(16, {.size = kGiB, .allow_fixed = true}),
              HasSubstr("in use (/dev/sdb1 is mounted at /media/my stick)"));
  EXPECT_THAT(Read(16).system_uses, IsEmpty());
  root_.Write("proc/self/mountinfo", "40 27 8:16 / /mnt rw - iso9660 /dev/sdb rw\n");
  EXPECT_THAT(Refusal(16), HasSubstr("/dev/sdb is mounted at /mnt"));
  // Device numbers of btrfs are its own.
  root_.Write("proc/self/mountinfo", "40 27 0:55 /@home /home rw - btrfs /dev/sdb1 rw\n");
  EXPECT_THAT(Refusal(16), HasSubstr("/dev/sdb1 is mounted at /home"));
}

TEST_F(DeviceChecksTest, TheSystemDisk) {
  for (const char* where : {"/", "/boot", "/boot/efi", "/usr"}) {
    root_.Write("proc/self/mountinfo", absl::StrCat("40 27 8:2 / ", where, " rw - ext4 /dev/sda2 rw\n"));
    EXPECT_THAT(Refusal(0, {.size = kGiB, .allow_fixed = true}),
                HasSubstr(absl::StrCat("the running system is on it (/dev/sda2 is mounted at ", where, ")")));
  }
  root_.Write("proc/self/mountinfo", "40 27 8:2 / /bootleg rw - ext4 /dev/sda2 rw\n");
  EXPECT_THAT(Read(0).system_uses, IsEmpty());
}

TEST_F(DeviceChecksTest, TheSystemOnAVolumeOnARaidOnAPartition) {
  AddDisk("virtual/block/md0", "9:0", kGiB);
  AddDisk("virtual/block/dm-3", "252:3", kGiB);
  root_.Write("sys/devices/virtual/block/dm-3/dm/name", "vg-root\n");
  AddHolder("usb1/host6/block/sdb/sdb1", "virtual/block/md0");
  AddHolder("virtual/block/md0", "virtual/block/dm-3");
  EXPECT_THAT(Refusal(16), HasSubstr("in use (/dev/sdb1 is a part of /dev/md0, /dev/md0 is a part of "
                                     "/dev/mapper/vg-root)"));
  root_.Write("proc/self/mountinfo", "40 27 252:3 / / rw - ext4 /dev/mapper/vg-root rw\n");
  EXPECT_THAT(Refusal(16), HasSubstr("the running system is on it (/dev/mapper/vg-root is mounted at /)"));
  EXPECT_THAT(Read(0).uses, IsEmpty());
}

TEST_F(DeviceChecksTest, HoldersThatHoldEachOtherEnd) {
  AddDisk("virtual/block/dm-0", "252:0", kGiB);
  AddHolder("usb1/host6/block/sdb", "virtual/block/dm-0");
  AddHolder("virtual/block/dm-0", "usb1/host6/block/sdb");
  EXPECT_EQ(Read(16).uses.size(), 2u);
}

TEST_F(DeviceChecksTest, SwapSpace) {
  root_.Write("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n/dev/sdb1   partition\t1048572\t0\t-2\n");
  EXPECT_THAT(Refusal(16), HasSubstr("/dev/sdb1 is swap space"));
}

TEST_F(DeviceChecksTest, WriteProtectedAndTooSmall) {
  EXPECT_THAT(Refusal(16, {.size = 9 * kGiB}),
              HasSubstr("/dev/sdb: too small: it has 8589934592 bytes, the medium needs 9663676416"));
  root_.Write("sys/devices/usb1/host6/block/sdb/ro", "1\n");
  EXPECT_THAT(Refusal(16), HasSubstr("write-protected"));
}

TEST_F(DeviceChecksTest, OtherSectors) {
  EXPECT_THAT(
      Refusal(16, {.size = kGiB, .sector_size = 4096}),
      HasSubstr("its sectors have 512 bytes, the medium is for sectors of 4096: build it with sector_size = 512"));
  root_.Write("sys/devices/usb1/host6/block/sdb/queue/logical_block_size", "4096\n");
  EXPECT_EQ(Refusal(16, {.size = kGiB, .sector_size = 4096}), "");
  EXPECT_THAT(Refusal(16, {.size = kGiB, .sector_size = 512, .is_iso = true}),
              HasSubstr("build it with format = \"usb\" and sector_size = 4096"));
}

TEST_F(DeviceChecksTest, PartitionsAndUnknownDevices) {
  absl::Status status = ReadDeviceFacts(root_.path(), 8, 17).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_EQ(status.message(), "/dev/sdb1 is a partition: name the whole device, /dev/sdb");
  EXPECT_TRUE(absl::IsNotFound(ReadDeviceFacts(root_.path(), 8, 99).status()));
}

}  // namespace
}  // namespace tsmedia
