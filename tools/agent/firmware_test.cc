#include "tools/agent/firmware.h"

#include <string>

#include "gtest/gtest.h"
#include "tools/agent/fake_root.h"

namespace tsmedia {
namespace {

std::string TextFor(const FakeRoot& root) { return std::string(FirmwareText(DetectFirmware(root.path()))); }

TEST(FirmwareTest, TellsThemApart) {
  const FakeRoot root("firmware");
  EXPECT_EQ(TextFor(root), "BIOS");
  root.Write("sys/firmware/efi/fw_platform_size", "64\n");
  EXPECT_EQ(TextFor(root), "UEFI");
  std::string parameters(4096, '\0');
  parameters[0x1ec] = 2;
  root.Write("sys/kernel/boot_params/data", parameters);
  EXPECT_EQ(TextFor(root), "UEFI");
  parameters[0x1ec] = 3;
  root.Write("sys/kernel/boot_params/data", parameters);
  EXPECT_EQ(TextFor(root), "UEFI with Secure Boot");
  root.Write("sys/kernel/boot_params/data", "short");
  EXPECT_EQ(TextFor(root), "UEFI");
}

}  // namespace
}  // namespace tsmedia
