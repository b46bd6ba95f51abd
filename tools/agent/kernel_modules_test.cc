#include "tools/agent/kernel_modules.h"

#include <cerrno>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/agent/fake_root.h"

namespace tsmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kDep[] =
    "kernel/drivers/scsi/scsi_common.ko:\n"
    "kernel/drivers/scsi/scsi_mod.ko: kernel/drivers/scsi/scsi_common.ko\n"
    "kernel/drivers/usb/storage/usb-storage.ko: kernel/drivers/scsi/scsi_mod.ko kernel/drivers/scsi/scsi_common.ko\n"
    "kernel/drivers/scsi/sr_mod.ko: kernel/drivers/cdrom/cdrom.ko kernel/drivers/scsi/scsi_mod.ko "
    "kernel/drivers/scsi/scsi_common.ko\n"
    "kernel/drivers/cdrom/cdrom.ko:\n";
constexpr char kAlias[] =
    "# Aliases\n"
    "alias usb:v*p*d*dc*dsc*dp*ic08isc06ip50in* usb_storage\n"
    "alias scsi:t-0x05* sr_mod\n"
    "alias scsi:t-0x04* sr_mod\n";

ModuleIndex Index() {
  absl::StatusOr<ModuleIndex> index = ModuleIndex::Parse(kDep, kAlias);
  EXPECT_TRUE(index.ok()) << index.status();
  return *std::move(index);
}

TEST(ModuleNameTest, IsTheKernels) {
  EXPECT_EQ(ModuleName("kernel/drivers/usb/storage/usb-storage.ko"), "usb_storage");
  EXPECT_EQ(ModuleName("nvme.ko"), "nvme");
}

TEST(ModuleIndexTest, MatchesPatterns) {
  EXPECT_THAT(Index().Matching("scsi:t-0x05"), ElementsAre("sr_mod"));
  EXPECT_THAT(Index().Matching("usb:v46F4p0001d0000dc00dsc00dp00ic08isc06ip50in00"), ElementsAre("usb_storage"));
  EXPECT_THAT(Index().Matching("scsi:t-0x00"), IsEmpty());
}

TEST(ModuleIndexTest, NeededModulesComeFirst) {
  const auto order = Index().LoadOrder("sr_mod");
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_THAT(*order, ElementsAre("kernel/drivers/scsi/scsi_common.ko", "kernel/drivers/scsi/scsi_mod.ko",
                                  "kernel/drivers/cdrom/cdrom.ko", "kernel/drivers/scsi/sr_mod.ko"));
  EXPECT_EQ(Index().LoadOrder("nvme").status().code(), absl::StatusCode::kNotFound);
}

TEST(ModuleIndexTest, RefusesOtherText) {
  EXPECT_FALSE(ModuleIndex::Parse("kernel/a.ko\n", "").ok());
  EXPECT_FALSE(ModuleIndex::Parse("", "alias only_two\n").ok());
  EXPECT_FALSE(ModuleIndex::Parse("", "options a b\n").ok());
}

class ModuleLoaderTest : public testing::Test {
 protected:
  absl::Status Load(const std::string& path) {
    loaded_.push_back(path);
    return result_;
  }

  std::vector<std::string> loaded_;
  absl::Status result_;
};

TEST_F(ModuleLoaderTest, LoadsEachModuleOnceWhenItsDeviceAppears) {
  const FakeRoot root("loader");
  root.Write("sys/devices/pci0000:00/0000:00:01.1/modalias", "pci:v00008086d00007010\n");
  ModuleLoader loader(Index(), "/lib/modules/6", [this](const std::string& path) { return Load(path); });
  EXPECT_EQ(loader.LoadForDevices(root.path() + "/sys/devices"), 0);
  EXPECT_THAT(loaded_, IsEmpty());

  root.Write("sys/devices/pci0000:00/0000:00:01.1/usb1/1-1/modalias", "usb:v0p1d0dc0dsc0dp0ic08isc06ip50in00\n");
  EXPECT_EQ(loader.LoadForDevices(root.path() + "/sys/devices"), 3);
  root.Write("sys/devices/pci0000:00/0000:00:01.1/usb1/1-1/host0/target0/modalias", "scsi:t-0x05\n");
  EXPECT_EQ(loader.LoadForDevices(root.path() + "/sys/devices"), 2);
  EXPECT_EQ(loader.LoadForDevices(root.path() + "/sys/devices"), 0);
  EXPECT_THAT(
      loaded_,
      ElementsAre("/lib/modules/6/kernel/drivers/scsi/scsi_common.ko", "/lib/modules/6/kernel/drivers/scsi/scsi_mod.ko",
                  "/lib/modules/6/kernel/drivers/usb/storage/usb-storage.ko",
                  "/lib/modules/6/kernel/drivers/cdrom/cdrom.ko", "/lib/modules/6/kernel/drivers/scsi/sr_mod.ko"));
  EXPECT_THAT(loader.failures(), IsEmpty());
}

TEST_F(ModuleLoaderTest, RemembersFailures) {
  const FakeRoot root("loader_fails");
  root.Write("sys/devices/usb1/modalias", "usb:v0p1d0dc0dsc0dp0ic08isc06ip50in00\n");
  result_ = absl::InternalError("no");
  ModuleLoader loader(Index(), "/lib/modules/6", [this](const std::string& path) { return Load(path); });
  EXPECT_EQ(loader.LoadForDevices(root.path() + "/sys/devices"), 0);
  EXPECT_EQ(loader.LoadForDevices(root.path() + "/sys/devices"), 0);
  EXPECT_THAT(loader.failures(), ElementsAre("no", "no", "no"));
}

TEST_F(ModuleLoaderTest, ADriverWithoutItsHardwareIsNoFailure) {
  const FakeRoot root("loader_enodev");
  root.Write("sys/devices/usb1/modalias", "usb:v0p1d0dc0dsc0dp0ic08isc06ip50in00\n");
  result_ = absl::ErrnoToStatus(ENODEV, "nothing here");
  ModuleLoader loader(Index(), "/lib/modules/6", [this](const std::string& path) { return Load(path); });
  EXPECT_EQ(loader.LoadForDevices(root.path() + "/sys/devices"), 0);
  EXPECT_THAT(loader.failures(), IsEmpty());
}

TEST(LoadModuleFileTest, NamesTheFile) {
  EXPECT_TRUE(absl::StrContains(LoadModuleFile("/nonexistent.ko").message(), "/nonexistent.ko"));
}

}  // namespace
}  // namespace tsmedia
