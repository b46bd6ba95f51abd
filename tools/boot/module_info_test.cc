#include "tools/boot/module_info.h"

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/bytes.h"
#include "tools/boot/sample_module.h"

namespace tsmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ModuleInfoTest, ReadsWhatAModuleSays) {
  const auto info = ParseModuleInfo(
      AsBytes(SampleModule({"license=GPL", "alias=usb:v*ic08*", "alias=fs-x", "depends=scsi-mod,usbcore",
                            "softdep=pre: crc32c uas post: later", "name=usb_storage_x"})));
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->name, "usb_storage_x");
  EXPECT_THAT(info->depends, ElementsAre("scsi_mod", "usbcore"));
  EXPECT_THAT(info->soft_depends, ElementsAre("crc32c", "uas"));
  EXPECT_THAT(info->aliases, ElementsAre("usb:v*ic08*", "fs-x"));
}

TEST(ModuleInfoTest, AModuleMayNeedNothing) {
  const auto info = ParseModuleInfo(AsBytes(SampleModule({"depends=", "name=x"})));
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_THAT(info->depends, IsEmpty());
}

TEST(ModuleInfoTest, RefusesOtherFiles) {
  EXPECT_THAT(ParseModuleInfo(AsBytes("")).status().message(), HasSubstr("no 64-bit ELF file"));
  EXPECT_THAT(ParseModuleInfo(AsBytes(std::string(200, 'x'))).status().message(), HasSubstr("no 64-bit ELF file"));
  EXPECT_THAT(ParseModuleInfo(AsBytes(SampleModule({"depends="}))).status().message(),
              HasSubstr("does not say its name"));
}

TEST(ModuleInfoTest, SurvivesEveryTruncationAndBitFlip) {
  const std::string module = SampleModule({"depends=a", "name=x"});
  for (size_t size = 0; size < module.size(); ++size) {
    ParseModuleInfo(AsBytes(std::string(module.substr(0, size)))).IgnoreError();
  }
  for (size_t bit = 0; bit < module.size() * 8; ++bit) {
    std::string flipped = module;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    ParseModuleInfo(AsBytes(flipped)).IgnoreError();
  }
}

TEST(ModuleInfoTest, RefusesSectionsOutsideOfTheFile) {
  std::string module = SampleModule({"name=x"});
  std::string far = module;
  StoreLittle<uint64_t>(uint64_t{1} << 63, reinterpret_cast<uint8_t*>(far.data()) + 40);
  EXPECT_THAT(ParseModuleInfo(AsBytes(far)).status().message(), HasSubstr("lie outside"));
  StoreLittle<uint16_t>(7, reinterpret_cast<uint8_t*>(module.data()) + 62);
  EXPECT_THAT(ParseModuleInfo(AsBytes(module)).status().message(), HasSubstr("no section names"));
}

}  // namespace
}  // namespace tsmedia
