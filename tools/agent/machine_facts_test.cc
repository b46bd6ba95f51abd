#include "tools/agent/machine_facts.h"

#include <cstdint>
#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/agent/fake_root.h"

namespace tsmedia {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

// Makes a disk whose directory is `device` below /sys/devices.
void MakeDisk(const FakeRoot& root, const std::string& name, const std::string& device) {
  const std::string directory = "sys/devices/" + device + "/block/" + name;
  root.Write(directory + "/size", "16777216\n");
  root.Write(directory + "/queue/logical_block_size", "512\n");
  root.Write(directory + "/removable", "0\n");
  root.Write(directory + "/ro", "0\n");
  std::filesystem::create_directories(root.path() + "/sys/block");
  std::filesystem::create_directory_symlink("../devices/" + device + "/block/" + name,
                                            root.path() + "/sys/block/" + name);
  std::filesystem::create_directory_symlink("../..", root.path() + "/" + directory + "/device");
}

TEST(MachineFactsTest, ReadsTheMachine) {
  const FakeRoot root("facts_machine");
  root.Write("sys/class/dmi/id/sys_vendor", "LENOVO\n");
  root.Write("sys/class/dmi/id/product_name", "20Y3CTO1WW\n");
  root.Write("sys/class/dmi/id/product_serial", "PF1234  \n");
  root.Write("sys/class/dmi/id/product_uuid", "ABCDEF01-0000-0000-0000-000000000000\n");
  root.Write("proc/meminfo", "MemTotal:        2010516 kB\nMemFree: 9999999 kB\n");
  root.Write("proc/cpuinfo", "cpu MHz\t\t: 2399.998\ncpu MHz\t\t: 3100.5\n");
  root.Write("sys/class/power_supply/AC/type", "Mains\n");
  root.Write("sys/class/power_supply/AC/online", "0\n");
  root.Write("sys/class/tpm/tpm0/tpm_version_major", "2\n");
  root.Write("proc/net/route",
             "Iface\tDestination\tGateway \tFlags\neth0\t00000000\t0202000A\t0003\n"
             "eth0\t0002000A\t00000000\t0001\n"
             "eth1\t00000000\t0202000A\t0003\n");
  const std::string zeros(32, '0');
  root.Write("proc/net/ipv6_route", "fec00000000000000000000000000000 40 " + zeros + " 00 " + zeros +
                                        " 00000400 1 0 00000001 eth0\n" + zeros + " 00 " + zeros +
                                        " 00 fe800000000000000000000000000002 00000400 1 0 00000003 eth0\n" + zeros +
                                        " 00 " + zeros + " 00 " + zeros + " ffffffff 1 0 00200200 lo\n");
  root.Write("sys/class/net/enp1s0/address", "52:54:00:12:34:56\n");
  root.Write("sys/class/net/enp1s0/carrier", "1\n");
  root.Write("sys/class/net/wlan0/wireless/status", "0\n");
  root.Write("sys/class/net/lo/carrier", "1\n");
  const MachineFacts facts = ReadMachineFacts(root.path(), {});
  EXPECT_FALSE(facts.uefi());
  EXPECT_EQ(facts.make(), "LENOVO");
  EXPECT_EQ(facts.model(), "20Y3CTO1WW");
  EXPECT_EQ(facts.serial_number(), "PF1234");
  EXPECT_EQ(facts.uuid(), "abcdef01-0000-0000-0000-000000000000");
  EXPECT_EQ(facts.memory_mb(), 1984u);
  EXPECT_EQ(facts.processor_mhz(), 3100u);
  EXPECT_FALSE(facts.mains_power());
  EXPECT_TRUE(facts.tpm());
  EXPECT_THAT(facts.default_gateways(), ElementsAre("10.0.2.2", "fe80::2"));
  ASSERT_EQ(facts.interfaces_size(), 2);
  EXPECT_EQ(facts.interfaces(0).mac_address(), "52:54:00:12:34:56");
  EXPECT_TRUE(facts.interfaces(0).link() && facts.interfaces(0).wired());
  EXPECT_FALSE(facts.interfaces(1).link() || facts.interfaces(1).wired());
}

TEST(MachineFactsTest, AddressesOfInterfaces) {
  EXPECT_THAT(InterfaceAddresses()["lo"], Contains("127.0.0.1"));
  MachineFacts facts;
  facts.add_interfaces()->set_name("eth0");
  facts.add_interfaces()->set_name("eth1");
  AddAddresses({{"eth1", {"10.0.2.15", "fec0::15"}}, {"lo", {"127.0.0.1"}}}, &facts);
  EXPECT_THAT(facts.interfaces(0).addresses(), IsEmpty());
  EXPECT_THAT(facts.interfaces(1).addresses(), ElementsAre("10.0.2.15", "fec0::15"));
}

TEST(MachineFactsTest, AMachineThatSaysNothing) {
  const MachineFacts facts = ReadMachineFacts(FakeRoot("facts_nothing").path(), {});
  EXPECT_TRUE(facts.mains_power());
  EXPECT_EQ(facts.disks_size(), 0);
  EXPECT_EQ(facts.memory_mb(), 0u);
}

TEST(MachineFactsTest, ReadsDisks) {
  const FakeRoot root("facts_disks");
  const std::string ata = "pci0000:00/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0";
  MakeDisk(root, "sda", ata);
  root.Write("sys/devices/pci0000:00/0000:00:1f.2/ata3/ata_port/ata3/port_no", "1\n");
  root.Write("sys/devices/" + ata + "/model", "QEMU HARDDISK   \n");
  root.Write("sys/devices/" + ata + "/vpd_pg80", std::string("\0\x80\0\x07", 4) + "QM00001");
  MakeDisk(root, "sdb", "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host3/target3:0:0/3:0:0:0");
  MakeDisk(root, "sr0", "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0");
  MakeDisk(root, "vda", "pci0000:00/0000:00:04.0/virtio1");
  MakeDisk(root, "loop0", "virtual");
  const MachineFacts facts = ReadMachineFacts(root.path(), {"vda"});
  ASSERT_EQ(facts.disks_size(), 4);
  EXPECT_EQ(facts.disks(0).device(), "/dev/sda");
  EXPECT_EQ(facts.disks(0).by_path(), "pci-0000:00:1f.2-ata-1");
  EXPECT_EQ(facts.disks(0).model(), "QEMU HARDDISK");
  EXPECT_EQ(facts.disks(0).serial(), "QM00001");
  EXPECT_EQ(facts.disks(0).size(), uint64_t{8} << 30);
  EXPECT_FALSE(facts.disks(0).removable() || facts.disks(0).read_only() || facts.disks(0).medium());
  EXPECT_TRUE(facts.disks(1).removable());  // on USB, though it says that it is fixed
  EXPECT_EQ(facts.disks(1).by_path(), "pci-0000:00:14.0-usb-0:2:1.0-scsi-0:0:0:0");
  EXPECT_TRUE(facts.disks(2).read_only());
  EXPECT_TRUE(facts.disks(3).medium());
  EXPECT_EQ(facts.disks(3).by_path(), "pci-0000:00:04.0");
}

TEST(MachineFactsTest, PathsOfDisks) {
  EXPECT_EQ(DiskPath("/sys/devices/pci0000:00/0000:00:1d.0/0000:01:00.0/nvme/nvme0/nvme0n1", ""),
            "pci-0000:01:00.0-nvme-1");
  EXPECT_EQ(DiskPath("/sys/devices/pci0000:00/0000:00:05.0/virtio2/host2/target2:0:1/2:0:1:3/block/sda", ""),
            "pci-0000:00:05.0-scsi-0:0:1:3");
  EXPECT_EQ(DiskPath("/sys/devices/virtual/block/x", ""), "");
  EXPECT_EQ(DiskPath("", ""), "");
}

TEST(MachineFactsTest, DisksOfPartitions) {
  const FakeRoot root("facts_partitions");
  root.Write("sys/devices/x/block/nvme0n1/nvme0n1p2/partition", "2\n");
  std::filesystem::create_directories(root.path() + "/sys/class/block");
  std::filesystem::create_directory_symlink("../../devices/x/block/nvme0n1/nvme0n1p2",
                                            root.path() + "/sys/class/block/nvme0n1p2");
  EXPECT_EQ(WholeDisk(root.path(), "nvme0n1p2"), "nvme0n1");
  EXPECT_EQ(WholeDisk(root.path(), "sda"), "sda");
}

}  // namespace
}  // namespace tsmedia
