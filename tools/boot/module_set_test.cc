#include "tools/boot/module_set.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/boot/sample_module.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// usb_storage needs scsi_mod (and, if there is one, uas); scsi_mod needs scsi_common; usbcore is built in.
KernelPackage Kernel() {
  KernelPackage kernel;
  kernel.release = "6.1";
  kernel.builtin = {"usbcore"};
  kernel.modules["scsi_common"] = {"kernel/scsi/scsi_common.ko", SampleModule({"name=scsi_common", "depends="})};
  kernel.modules["scsi_mod"] = {"kernel/scsi/scsi_mod.ko", SampleModule({"name=scsi_mod", "depends=scsi_common"})};
  kernel.modules["usb_storage"] = {"kernel/usb/usb-storage.ko",
                                   SampleModule({"name=usb_storage", "alias=usb:b*", "alias=usb:a*",
                                                 "depends=usbcore,scsi-mod", "softdep=pre: crc32c_generic nothing"})};
  kernel.modules["crc32c_generic"] = {"kernel/crypto/crc32c_generic.ko", SampleModule({"name=crc32c_generic"})};
  kernel.modules["unused"] = {"kernel/unused.ko", "damaged, and nobody wants it"};
  return kernel;
}

TEST(ModuleSetTest, TakesWhatIsNeededAndNoMore) {
  const auto modules = ChooseModules(Kernel(), {"usb-storage", "usbcore"});
  ASSERT_TRUE(modules.ok()) << modules.status();
  EXPECT_THAT(*modules, SizeIs(4));
  EXPECT_EQ(ModulesDep(*modules),
            "kernel/crypto/crc32c_generic.ko:\n"
            "kernel/scsi/scsi_common.ko:\n"
            "kernel/scsi/scsi_mod.ko: kernel/scsi/scsi_common.ko\n"
            "kernel/usb/usb-storage.ko: kernel/crypto/crc32c_generic.ko kernel/scsi/scsi_mod.ko "
            "kernel/scsi/scsi_common.ko\n");
  EXPECT_EQ(ModulesAlias(*modules), "alias usb:a* usb_storage\nalias usb:b* usb_storage\n");
}

TEST(ModuleSetTest, TheOrderOfTheNamesDoesNotMatter) {
  const auto a = ChooseModules(Kernel(), {"usb_storage", "scsi_mod"});
  const auto b = ChooseModules(Kernel(), {"scsi_mod", "usb_storage"});
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ(ModulesDep(*a), ModulesDep(*b));
}

TEST(ModuleSetTest, NamesAMissingModuleAndWhoNeedsIt) {
  EXPECT_EQ(ChooseModules(Kernel(), {"nvme"}).status().message(), "kernel 6.1 has no module 'nvme'");
  KernelPackage kernel = Kernel();
  kernel.modules.erase("scsi_common");
  EXPECT_EQ(ChooseModules(kernel, {"usb_storage"}).status().message(),
            "kernel 6.1 has no module 'scsi_common', which 'scsi_mod' needs");
}

TEST(ModuleSetTest, RefusesACycle) {
  KernelPackage kernel = Kernel();
  kernel.modules["scsi_common"].bytes = SampleModule({"name=scsi_common", "depends=scsi_mod"});
  EXPECT_THAT(ChooseModules(kernel, {"scsi_mod"}).status().message(), HasSubstr("scsi_mod -> scsi_common -> scsi_mod"));
}

TEST(ModuleSetTest, ModuleNames) {
  EXPECT_EQ(ModuleNameOf("kernel/drivers/usb/storage/usb-storage.ko.xz"), "usb_storage");
  EXPECT_EQ(ModuleNameOf("nvme.ko"), "nvme");
}

}  // namespace
}  // namespace tsmedia
