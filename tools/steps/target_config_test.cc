#include "tools/steps/target_config.h"

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/steps/file_system.h"
#include "tools/steps/target_root.h"

namespace tsmedia {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

class TargetConfigTest : public testing::Test {
 protected:
  TargetConfigTest() : base_(testing::TempDir() + "/target") {
    fs::remove_all(base_);
    fs::create_directories(base_ + "/root/etc");
    std::ofstream(base_ + "/outside") << "safe";
    root_ = TargetRoot::Open(base_ + "/root").value();
  }

  void Put(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(base_ + "/root" + path).parent_path());
    std::ofstream(base_ + "/root" + path) << text;
  }

  std::string Get(const std::string& path) { return root_->Read(path).value_or("(none)"); }

  std::string base_;
  std::unique_ptr<TargetRoot> root_;
};

TEST_F(TargetConfigTest, RootKeepsEverythingInside) {
  // Links to the running system's files, absolute and relative: they mean files of the image.
  fs::create_symlink("/outside", base_ + "/root/etc/absolute");
  fs::create_symlink("../../outside", base_ + "/root/etc/relative");
  fs::create_directory_symlink(base_, base_ + "/root/var");
  EXPECT_FALSE(root_->Read("/etc/absolute").ok());
  EXPECT_FALSE(root_->Read("/etc/relative").ok());
  EXPECT_FALSE(root_->Exists("/etc/../../outside"));
  EXPECT_TRUE(root_->Write("/etc/relative", "new").ok());  // the link itself is replaced
  EXPECT_EQ(Get("/etc/relative"), "new");
  EXPECT_FALSE(root_->Write("/var/file", "x").ok());
  std::string text;
  std::ifstream(base_ + "/outside") >> text;
  EXPECT_EQ(text, "safe");
  EXPECT_FALSE(fs::exists(base_ + "/file"));
}

TEST_F(TargetConfigTest, RootReadsWritesAndLinks) {
  fs::create_directories(base_ + "/root/usr/lib");
  fs::create_directory_symlink("usr/lib", base_ + "/root/lib");
  EXPECT_TRUE(root_->Write("/lib/new/deep/file", "x", 0600).ok());
  EXPECT_EQ(Get("/usr/lib/new/deep/file"), "x");
  struct stat status = {};
  stat((base_ + "/root/usr/lib/new/deep/file").c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_EQ(root_->ReadLink("/lib"), "usr/lib");
  EXPECT_EQ(root_->ReadLink("/usr"), "");
  EXPECT_TRUE(root_->Link("/etc/a/link", "/target").ok());
  EXPECT_TRUE(root_->Link("/etc/a/link", "/other").ok());
  EXPECT_EQ(root_->ReadLink("/etc/a/link"), "/other");
  EXPECT_THAT(root_->List("/lib/new"), ElementsAre("deep"));
  EXPECT_THAT(root_->List("/none"), ElementsAre());
}

TEST_F(TargetConfigTest, ComputerName) {
  Put("/etc/hosts", "127.0.0.1 localhost\n127.0.1.1\told\n");
  ASSERT_TRUE(SetComputerName("pc-17", *root_).ok());
  EXPECT_EQ(Get("/etc/hostname"), "pc-17\n");
  EXPECT_EQ(Get("/etc/hosts"), "127.0.0.1 localhost\n127.0.1.1 pc-17\n");
  for (const char* name : {"", "-a", "a-", "a b", "a.b", "a\nb"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(SetComputerName(name, *root_))) << name;
  }
  EXPECT_FALSE(SetComputerName(std::string(64, 'a'), *root_).ok());
}

TEST_F(TargetConfigTest, Fstab) {
  Put("/etc/fstab", "# comment / here\nLABEL=root / ext4 defaults 0 1\ntmpfs /tmp tmpfs defaults 0 0\n");
  ASSERT_TRUE(WriteFstab({{"/", {"ext4", "1234-5678"}}, {"/boot/efi", {"vfat", "ABCD-0123"}}}, *root_).ok());
  EXPECT_EQ(Get("/etc/fstab"),
            "# comment / here\ntmpfs /tmp tmpfs defaults 0 0\nUUID=1234-5678 / ext4 errors=remount-ro 0 1\n"
            "UUID=ABCD-0123 /boot/efi vfat umask=0077,nofail,x-systemd.automount 0 2\n");
}

TEST_F(TargetConfigTest, MachineId) {
  fs::create_symlink("/run/machine-id", base_ + "/root/etc/machine-id");
  ASSERT_TRUE(SetMachineId([] { return std::array<uint8_t, 16>{0xab, 1}; }, *root_).ok());
  EXPECT_EQ(Get("/etc/machine-id"), "ab010000000000000000000000000000\n");
}

TEST_F(TargetConfigTest, Network) {
  ApplyNetworkSettings settings;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(R"(
      adapters { mac_address: "52:54:*" addresses: "192.0.2.7/24" gateways: "192.0.2.1" dns_servers: "192.0.2.2" }
      adapters { name: "en*" dhcp: true }
      adapters { dhcp: true }
      search_domains: "branch.example")",
                                                            &settings));
  MachineFacts facts;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(R"(
      interfaces { name: "wlan0" mac_address: "aa:00:00:00:00:01" link: true }
      interfaces { name: "enp1s0" mac_address: "52:54:00:00:00:02" }
      interfaces { name: "enp2s0" mac_address: "aa:00:00:00:00:03" link: true wired: true })",
                                                            &facts));
  EXPECT_TRUE(absl::IsFailedPrecondition(WriteNetworkSettings(settings, facts, *root_)));
  Put("/usr/lib/systemd/system/systemd-networkd.service", "");
  ASSERT_TRUE(WriteNetworkSettings(settings, facts, *root_).ok());
  EXPECT_EQ(Get("/etc/systemd/network/10-tsmedia-00.network"),
            "[Match]\nMACAddress=52:54:00:00:00:02\n\n[Network]\nDHCP=no\nAddress=192.0.2.7/24\nGateway=192.0.2.1\n"
            "DNS=192.0.2.2\nDomains=branch.example\n");
  EXPECT_THAT(Get("/etc/systemd/network/10-tsmedia-01.network"), HasSubstr("Name=en*\n\n[Network]\nDHCP=yes\n"));
  EXPECT_THAT(Get("/etc/systemd/network/10-tsmedia-02.network"), HasSubstr("MACAddress=aa:00:00:00:00:03\n"));
  EXPECT_THAT(Get("/etc/systemd/network/90-tsmedia-others.network"), HasSubstr("Type=ether"));
  EXPECT_TRUE(root_->Exists("/etc/systemd/system/multi-user.target.wants/systemd-networkd.service"));

  settings.mutable_adapters(0)->set_addresses(0, "192.0.2.7/24\n[Bridge]");
  EXPECT_TRUE(absl::IsInvalidArgument(WriteNetworkSettings(settings, facts, *root_)));
  settings.mutable_adapters(0)->set_mac_address("ff:*");
  EXPECT_TRUE(absl::IsNotFound(WriteNetworkSettings(settings, facts, *root_)));
}

TEST(FileSystemTest, Probes) {
  std::string ext(4096, '\0');
  ext.replace(1024 + 0x38, 2, "\x53\xef");
  ext.replace(1024 + 0x68, 4, "\x12\x34\x56\x78");
  absl::StatusOr<FileSystem> found = ProbeFileSystem(MemorySource(ext));
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->type, "ext4");
  EXPECT_EQ(found->uuid, "12345678-0000-0000-0000-000000000000");

  std::string ntfs(512, '\0');
  ntfs.replace(3, 8, "NTFS    ");
  ntfs[0x48] = '\x01';
  found = ProbeFileSystem(MemorySource(ntfs));
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->uuid, "0000000000000001");

  std::string fat(512, '\0');
  fat.replace(82, 8, "FAT32   ");
  fat.replace(67, 4, "\x34\x12\xcd\xab");
  found = ProbeFileSystem(MemorySource(fat));
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->type, "vfat");
  EXPECT_EQ(found->uuid, "ABCD-1234");

  EXPECT_TRUE(absl::IsNotFound(ProbeFileSystem(MemorySource(std::string(4096, '\0'))).status()));
  EXPECT_TRUE(absl::IsNotFound(ProbeFileSystem(MemorySource("")).status()));
}

}  // namespace
}  // namespace tsmedia
