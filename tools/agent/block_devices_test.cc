#include "tools/agent/block_devices.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/agent/fake_root.h"

namespace tsmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(BlockDevicesTest, ListsDisksAndPartitionsInOrder) {
  const FakeRoot root("block_devices");
  for (const char* name : {"sr0", "sda", "sda1", "nvme0n1", "nvme0n1p2", "mmcblk0", "mmcblk0p1", "mmcblk0boot0",
                           "mmcblk0rpmb", "loop0", "ram1", "zram0", "nbd3", "fd0", "dm-0", "md127", "vda", "pmem0"}) {
    root.Write(std::string("sys/class/block/") + name + "/size", "1");
  }
  EXPECT_THAT(BlockDevices(root.path()),
              ElementsAre("mmcblk0", "mmcblk0p1", "nvme0n1", "nvme0n1p2", "pmem0", "sda", "sda1", "sr0", "vda"));
}

TEST(BlockDevicesTest, AMachineWithoutAnyHasNone) {
  EXPECT_THAT(BlockDevices(FakeRoot("no_block_devices").path()), IsEmpty());
}

}  // namespace
}  // namespace tsmedia
