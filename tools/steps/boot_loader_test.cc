#include "tools/steps/boot_loader.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/bytes.h"
#include "tools/gpt/gpt.h"
#include "tools/gpt/mbr.h"

namespace tsmedia {
namespace {

using testing::HasSubstr;

namespace fs = std::filesystem;

class BootLoaderTest : public testing::Test {
 protected:
  BootLoaderTest() : directory_(testing::TempDir() + "/boot_loader") {
    fs::remove_all(directory_);
    fs::create_directories(directory_ + "/root/boot");
    root_ = TargetRoot::Open(directory_ + "/root").value();
    images_ = {.boot = std::string(512, 'b'), .core = std::string(512, 'd') + std::string(60000, 'c')};
  }

  std::unique_ptr<BlockDisk> Disk(const std::string& start, const std::string& end = "") {
    const std::string path = directory_ + "/disk";
    std::ofstream(path).close();
    fs::resize_file(path, 16 * kMiB);
    std::unique_ptr<BlockDisk> disk = BlockDisk::Open(path).value();
    EXPECT_TRUE(disk->WriteAt(0, AsBytes(start)).ok());
    EXPECT_TRUE(disk->WriteAt(disk->size() - end.size(), AsBytes(end)).ok());
    return disk;
  }

  std::unique_ptr<BlockDisk> MbrDisk(uint64_t first_lba) {
    Mbr mbr;
    mbr.signature = 0x11223344;
    mbr.partitions = {{.number = 1, .type = kMbrTypeLinux, .active = true, .first_lba = first_lba, .sectors = 2048}};
    return Disk(WriteMbr(mbr).value());
  }

  std::unique_ptr<BlockDisk> GptDisk(const Guid& type) {
    const Gpt gpt = {.sectors = 16 * kMiB / 512,
                     .partitions = {{.number = 1, .type = type, .id = {1}, .first_lba = 2048, .last_lba = 4095}}};
    const GptBytes bytes = WriteGpt(gpt).value();
    return Disk(bytes.primary, bytes.backup);
  }

  void ExpectInstalled(const BlockDisk& disk, uint64_t lba) {
    const std::string sector = disk.ReadString(0, 512).value();
    const uint8_t* bytes = AsBytes(sector).data();
    EXPECT_EQ(sector.substr(0, 0x5c), std::string(0x5c, 'b'));
    EXPECT_EQ(LoadLittle<uint64_t>(bytes + 0x5c), lba);
    EXPECT_EQ(LoadLittle<uint16_t>(bytes + 0x66), 0x9090);
    const std::string core = disk.ReadString(lba * 512, 60512).value();
    EXPECT_EQ(core.substr(0, 500), std::string(500, 'd'));
    EXPECT_EQ(core.substr(512), std::string(60000, 'c'));
    const uint8_t* list = AsBytes(core).data() + 500;
    EXPECT_EQ(LoadLittle<uint64_t>(list), lba + 1);
    EXPECT_EQ(LoadLittle<uint16_t>(list + 8), 118);  // 60,000 bytes
    EXPECT_EQ(LoadLittle<uint16_t>(list + 10), 0x820);
  }

  const std::string directory_;
  std::unique_ptr<TargetRoot> root_;
  GrubImages images_;
};

TEST_F(BootLoaderTest, GrubGoesIntoTheGapOfAnMbr) {
  std::unique_ptr<BlockDisk> disk = MbrDisk(2048);
  ASSERT_TRUE(InstallGrub(images_, *disk).ok());
  ExpectInstalled(*disk, 1);
  absl::StatusOr<Mbr> mbr = ReadMbr(AsBytes(disk->ReadString(0, 512).value()));
  ASSERT_TRUE(mbr.ok());
  EXPECT_EQ(mbr->signature, 0x11223344u);
  EXPECT_TRUE(mbr->partitions[0].active);
}

TEST_F(BootLoaderTest, GrubGoesIntoTheBiosBootPartitionOfAGpt) {
  std::unique_ptr<BlockDisk> disk = GptDisk(BiosBootType());
  ASSERT_TRUE(InstallGrub(images_, *disk).ok());
  ExpectInstalled(*disk, 2048);
  EXPECT_TRUE(ReadGpt(*disk, 512).ok());
}

TEST_F(BootLoaderTest, NoRoomForGrub) {
  EXPECT_TRUE(absl::IsNotFound(InstallGrub(images_, *GptDisk(LinuxFileSystemType()))));
  EXPECT_TRUE(absl::IsNotFound(InstallGrub(images_, *MbrDisk(63))));
  EXPECT_TRUE(absl::IsNotFound(InstallGrub(images_, *Disk("no table"))));
  images_.boot.resize(100);
  EXPECT_TRUE(absl::IsInvalidArgument(InstallGrub(images_, *MbrDisk(2048))));
}

TEST_F(BootLoaderTest, FindsKernels) {
  auto put = [this](const std::string& path) { std::ofstream(directory_ + "/root" + path) << "x"; };
  EXPECT_TRUE(absl::IsNotFound(FindKernel(*root_).status()));
  put("/boot/vmlinuz-6.9.0-1-amd64");
  put("/boot/vmlinuz-6.12.9-amd64");
  put("/boot/vmlinuz-6.12.10-amd64");
  put("/boot/initrd.img-6.12.10-amd64");
  EXPECT_EQ(FindKernel(*root_)->kernel, "/boot/vmlinuz-6.12.10-amd64");
  EXPECT_EQ(FindKernel(*root_)->initrd, "/boot/initrd.img-6.12.10-amd64");
  // Links as Debian has them at the root.
  fs::create_symlink("boot/vmlinuz-6.9.0-1-amd64", directory_ + "/root/vmlinuz");
  EXPECT_EQ(FindKernel(*root_)->kernel, "/vmlinuz");
  EXPECT_EQ(FindKernel(*root_)->initrd, "");
  put("/boot/vmlinuz");
  put("/boot/initrd.img");
  EXPECT_EQ(FindKernel(*root_)->kernel, "/boot/vmlinuz");
  EXPECT_EQ(FindKernel(*root_)->initrd, "/boot/initrd.img");
}

TEST_F(BootLoaderTest, Configurations) {
  EXPECT_EQ(KernelCommandLine("1234", ""), "root=UUID=1234 ro");
  const std::string line = KernelCommandLine("1234", "console=ttyS0,115200 quiet");
  EXPECT_EQ(line, "root=UUID=1234 ro console=ttyS0,115200 quiet");
  EXPECT_THAT(TargetGrubConfig({"/boot/vmlinuz", "/boot/initrd.img"}, line).value(),
              HasSubstr("linux '/boot/vmlinuz' 'root=UUID=1234' 'ro' 'console=ttyS0,115200' 'quiet'\n"
                        "initrd '/boot/initrd.img'\nboot\n"));
  EXPECT_FALSE(TargetGrubConfig({"/k", ""}, "a'; reboot").ok());
  EXPECT_THAT(EspGrubConfig("1234"), HasSubstr("--fs-uuid --set=root 1234; then\n  configfile ($root)/boot/grub/"));
}

}  // namespace
}  // namespace tsmedia
