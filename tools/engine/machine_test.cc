// Tests of what asks about the machine: disk selection, partition layout, conditions, Check Readiness.

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tools/base/bytes.h"
#include "tools/engine/conditions.h"
#include "tools/engine/disks.h"
#include "tools/engine/partition_layout.h"
#include "tools/engine/readiness.h"
#include "tools/engine/simulation.h"

namespace tsmedia {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// A USB stick that comes first, the medium, and three fixed disks whose names do not follow their paths.
constexpr char kFacts[] = R"(
  uefi: true secure_boot: true memory_mb: 2048 processor_mhz: 2400 mains_power: true tpm: false
  make: "LENOVO" model: "20Y3CTO1WW" serial_number: "PF1234" uuid: "12345678-1234-1234-1234-123456789abc"
  architecture: "x86_64"
  disks { device: "/dev/sda" by_path: "pci-0000:00:14.0-usb-1" model: "STICK" size: 16000000000 removable: true }
  disks { device: "/dev/sr0" by_path: "pci-0000:00:01.1-ata-1" size: 700000000 read_only: true }
  disks { device: "/dev/sdb" by_path: "pci-0000:00:15.0-usb-1" size: 32000000000 medium: true }
  disks { device: "/dev/sdc" by_path: "pci-0000:00:17.0-ata-10" model: "SAMSUNG SSD" serial: "S10" size: 1073741824 }
  disks { device: "/dev/sdd" by_path: "pci-0000:00:17.0-ata-2" model: "WDC" serial: "W2" size: 4294967296 }
  disks { device: "/dev/nvme0n1" by_path: "pci-0000:01:00.0-nvme-1" model: "KXG6" serial: "N1" size: 4294967296 }
  interfaces { name: "wlan0" mac_address: "52:54:00:00:00:01" link: true addresses: "198.51.100.7" }
  interfaces { name: "enp1s0" mac_address: "52:54:00:00:00:02" wired: true }
  default_gateways: "198.51.100.1"
)";

class MachineTest : public testing::Test {
 protected:
  MachineTest() : facts_(Parse<MachineFacts>(kFacts)) {
    EXPECT_TRUE(variables_.Set("Number", "1").ok());
    EXPECT_TRUE(variables_.Set("Site", "North-12").ok());
    EXPECT_TRUE(variables_.Set("Zero", "007").ok());
  }

  bool Holds(const std::string& condition) {
    SimulatedMachine machine;
    *machine.mutable_machine() = facts_;
    machine.add_files("/etc/site");
    machine.add_folders("/srv/data");
    SimulatedEffects effects(machine);
    return ConditionHolds(Parse<Condition>(condition), variables_, effects);
  }

  MachineFacts facts_;
  VariableStore variables_;
};

TEST_F(MachineTest, DisksAreNumberedByPath) {
  std::vector<std::string> devices;
  for (const NumberedDisk& disk : FixedDisks(facts_)) {
    EXPECT_EQ(disk.number, devices.size());
    devices.push_back(disk.disk->device());
  }
  EXPECT_EQ(devices, (std::vector<std::string>{"/dev/sdd", "/dev/sdc", "/dev/nvme0n1"}));
}

TEST_F(MachineTest, DisksKeepTheirNumbersWhateverTheOrderOfTheirDiscovery) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200; ++i) {
    std::shuffle(facts_.mutable_disks()->pointer_begin(), facts_.mutable_disks()->pointer_end(), random);
    EXPECT_EQ(FixedDisks(facts_)[2].disk->device(), "/dev/nvme0n1");
    EXPECT_EQ(FixedDisks(facts_)[0].disk->device(), "/dev/sdd");
  }
}

TEST_F(MachineTest, SelectsDisks) {
  struct Case {
    std::string selector, device;  // "": none or several
  };
  for (const auto& [selector, device] : std::vector<Case>{
           {"", ""},
           {"index: 0", "/dev/sdd"},
           {"index: 3", ""},
           {"index_variable: 'Number'", "/dev/sdc"},
           {"index_variable: 'Site'", ""},
           {"index_variable: 'Nothing'", ""},
           {"serial: 'n?'", "/dev/nvme0n1"},
           {"serial: 'N%Number%'", "/dev/nvme0n1"},
           {"by_path: '*-nvme-*'", "/dev/nvme0n1"},
           {"model: 'samsung*'", "/dev/sdc"},
           {"model: 'STICK'", ""},
           {"max_size_mb: 1024", "/dev/sdc"},
           {"max_size_mb: 1023", ""},
           {"min_size_mb: 4096", ""},
           {"min_size_mb: 4096 model: 'W*'", "/dev/sdd"},
           {"pick: SMALLEST", "/dev/sdc"},
           {"pick: LARGEST", "/dev/sdd"},  // of equal ones the lowest number
           {"pick: LARGEST model: 'K*'", "/dev/nvme0n1"},
       }) {
    absl::StatusOr<NumberedDisk> disk = SelectDisk(Parse<DiskSelector>(selector), facts_, variables_);
    EXPECT_EQ(disk.ok() ? disk->disk->device() : "", device) << selector;
  }
}

TEST_F(MachineTest, SaysWhichDisksThereAre) {
  EXPECT_THAT(SelectDisk({}, facts_, variables_).status().message(),
              AllOf(HasSubstr("3 disks match"), HasSubstr("disk 0 (/dev/sdd, WDC, serial W2, 4096 MB)"),
                    Not(HasSubstr("STICK"))));
  EXPECT_THAT(SelectDisk(Parse<DiskSelector>("serial: 'x'"), facts_, variables_).status().message(),
              AllOf(HasSubstr("no disk matches"), HasSubstr("/dev/nvme0n1")));
  EXPECT_THAT(SelectDisk({}, {}, variables_).status().message(), HasSubstr("no fixed disk"));
}

TEST(PartitionDeviceTest, Names) {
  EXPECT_EQ(PartitionDevice("/dev/sda", 2), "/dev/sda2");
  EXPECT_EQ(PartitionDevice("/dev/nvme0n1", 12), "/dev/nvme0n1p12");
  EXPECT_EQ(PartitionDevice("/dev/mmcblk0", 1), "/dev/mmcblk0p1");
}

// Sizes in MB of the partitions of a disk of `disk_mb`; empty if they do not fit.
std::vector<uint64_t> SizesOn(uint64_t disk_mb, const std::string& plan, uint32_t sector_size = 512) {
  DiskFacts disk;
  disk.set_device("/dev/vda");
  disk.set_size(disk_mb * kMiB);
  disk.set_sector_size(sector_size);
  absl::StatusOr<std::vector<PlannedPartition>> layout =
      LayOutPartitions(Parse<FormatAndPartitionDisk>(plan), disk, VariableStore());
  std::vector<uint64_t> sizes;
  if (layout.ok()) {
    uint64_t end = kMiB;
    for (const PlannedPartition& partition : *layout) {
      EXPECT_EQ(partition.offset, end);
      end += partition.size;
      sizes.push_back(partition.size / kMiB);
    }
    EXPECT_LE(end, disk.size());
  }
  return sizes;
}

TEST(PartitionLayoutTest, Sizes) {
  using Sizes = std::vector<uint64_t>;
  EXPECT_EQ(SizesOn(2048, "style: GPT partitions { size_mb: 128 } partitions { rest: true }"), (Sizes{128, 1918}));
  EXPECT_EQ(SizesOn(2048, "style: MBR partitions { rest: true } partitions { size_gb: 1 }"), (Sizes{1023, 1024}));
  EXPECT_EQ(SizesOn(2048,
                    "style: GPT partitions { size_mb: 46 } partitions { size_percent: 50 } "
                    "partitions { size_percent: 25 } partitions { rest: true }"),
            (Sizes{46, 1000, 500, 500}));
  EXPECT_EQ(SizesOn(102, "style: GPT partitions { size_mb: 100 }"), (Sizes{100}));
  EXPECT_EQ(SizesOn(101, "style: GPT partitions { size_mb: 100 }"), (Sizes{}));
  EXPECT_EQ(SizesOn(102, "style: GPT partitions { size_mb: 100 } partitions { rest: true }"), (Sizes{}));
  EXPECT_EQ(SizesOn(102, "style: GPT partitions { size_mb: 100 } partitions { size_percent: 10 }"), (Sizes{}));
  EXPECT_EQ(SizesOn(1, "style: GPT partitions { rest: true }"), (Sizes{}));
  // An MBR does not reach beyond 2 TiB with sectors of 512 bytes.
  EXPECT_EQ(SizesOn(uint64_t{3} << 20, "style: MBR partitions { rest: true }"), (Sizes{(2 << 20) - 1}));
  EXPECT_EQ(SizesOn(uint64_t{3} << 20, "style: MBR partitions { rest: true }", 4096), (Sizes{(3 << 20) - 1}));
}

TEST(PartitionLayoutTest, FileSystemsThatDoNotFit) {
  EXPECT_TRUE(SizesOn(2048, "style: GPT partitions { size_mb: 32 file_system: FAT32 }").empty());
  EXPECT_FALSE(SizesOn(2048, "style: GPT partitions { size_mb: 33 file_system: FAT32 }").empty());
  EXPECT_TRUE(SizesOn(2048, "style: GPT partitions { size_mb: 263 file_system: FAT32 }", 4096).empty());
  EXPECT_TRUE(SizesOn(2048, "style: GPT partitions { rest: true file_system: FAT32 label: 'TWELVE CHARS' }").empty());
}

// Whatever is asked of whatever disk: partitions lie in order, inside, at full MB, and have what they were promised.
TEST(PartitionLayoutTest, NeverLeavesTheDisk) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 3000; ++i) {
    FormatAndPartitionDisk plan;
    plan.set_style(absl::Bernoulli(random, 0.5) ? FormatAndPartitionDisk::GPT : FormatAndPartitionDisk::MBR);
    const int count = absl::Uniform(random, 1, 6);
    for (int k = 0; k < count; ++k) {
      Partition* partition = plan.add_partitions();
      switch (absl::Uniform(random, 0, 3)) {
        case 0:
          partition->set_size_mb(absl::LogUniform<uint64_t>(random, 1, uint64_t{1} << 40));
          break;
        case 1:
          partition->set_size_gb(absl::LogUniform<uint64_t>(random, 1, uint64_t{1} << 30));
          break;
        default:
          partition->set_size_percent(absl::Uniform(random, 1u, 101u));
      }
    }
    if (absl::Bernoulli(random, 0.3)) {
      plan.mutable_partitions(0)->set_rest(true);
    }
    SizesOn(absl::LogUniform<uint64_t>(random, 1, uint64_t{1} << 43), plan.ShortDebugString());
  }
}

TEST_F(MachineTest, Conditions) {
  const std::vector<std::string> hold = {
      "variable { variable: 'site' operator: EXISTS }",
      "variable { variable: 'none' operator: NOT_EXISTS }",
      "variable { variable: 'Site' operator: EQUALS value: 'NORTH-12' }",
      "variable { variable: 'Site' operator: NOT_EQUALS value: 'North' }",
      "variable { variable: 'none' operator: NOT_EQUALS value: '' }",
      "variable { variable: 'none' operator: NOT_LIKE value: '*' }",
      "variable { variable: 'Site' operator: LIKE value: 'north*' }",
      "variable { variable: 'Site' operator: LIKE value: '*-?2' }",
      "variable { variable: 'Site' operator: EQUALS value: 'North-%Number%2' }",
      "variable { variable: 'Number' operator: LESS value: '10' }",
      "variable { variable: 'Zero' operator: EQUALS value: '007' }",
      "variable { variable: 'Zero' operator: GREATER_EQUAL value: '7' }",
      "variable { variable: 'Zero' operator: LESS_EQUAL value: '7' }",
      "variable { variable: 'Number' operator: GREATER value: '-99999999999999999999999' }",
      "variable { variable: 'Site' operator: GREATER value: '10' }",
      "file { path: '/etc/site' }",
      "folder { path: '/etc' }",
      "folder { path: '/srv/data' }",
      "firmware { type: UEFI }",
      "firmware { secure_boot: true }",
      "memory { min_mb: 2048 max_mb: 2048 }",
      "disk { selector { min_size_mb: 4096 } min_count: 2 }",
      "disk { selector { } min_count: 3 }",
      "network { connected: true }",
      "network { wired: false }",
      "network { default_gateway: '198.51.100.*' }",
      "hardware { make: 'lenovo' model: '20*' }",
      "hardware { mac_address: '*:02' }",
      "hardware { serial_number: 'PF*' uuid: '12345678-*' architecture: 'x86_64' }",
      "all { conditions { memory { min_mb: 1 } } conditions { firmware { type: UEFI } } }",
      "any { conditions { firmware { type: BIOS } } conditions { firmware { type: UEFI } } }",
      "none { conditions { firmware { type: BIOS } } conditions { file { path: '/x' } } }",
      "all { }",
      "none { }",
  };
  for (const std::string& condition : hold) {
    EXPECT_TRUE(Holds(condition)) << condition;
  }
}

TEST_F(MachineTest, ConditionsThatDoNotHold) {
  const std::vector<std::string> fail = {
      "",
      "variable { variable: 'none' operator: EXISTS }",
      "variable { variable: 'none' operator: EQUALS value: '' }",
      "variable { variable: 'none' operator: LIKE value: '*' }",
      "variable { variable: 'none' operator: LESS value: '5' }",
      "variable { variable: 'none' operator: GREATER value: '5' }",
      "variable { variable: 'Site' operator: NOT_EXISTS }",
      "variable { variable: 'Site' operator: NOT_LIKE value: 'n*' }",
      "variable { variable: 'Number' operator: GREATER value: '10' }",
      "variable { variable: 'Number' operator: OPERATOR_UNSPECIFIED }",
      "file { path: '/etc' }",
      "folder { path: '/etc/site' }",
      "firmware { type: BIOS }",
      "firmware { type: UEFI secure_boot: false }",
      "memory { min_mb: 2049 }",
      "memory { max_mb: 2047 }",
      "disk { selector { min_size_mb: 4096 } min_count: 3 }",
      "disk { selector { model: 'STICK' } }",
      "network { connected: false }",
      "network { wired: true }",
      "network { default_gateway: '192.0.2.1' }",
      "hardware { make: 'lenovo' model: '21*' }",
      "hardware { asset_tag: '?*' }",
      "hardware { mac_address: '*:03' }",
      "any { }",
      "none { conditions { firmware { type: UEFI } } }",
      "all { conditions { memory { min_mb: 1 } } conditions { firmware { type: BIOS } } }",
  };
  for (const std::string& condition : fail) {
    EXPECT_FALSE(Holds(condition)) << condition;
  }
}

TEST_F(MachineTest, SaysWhyAConditionDoesNotHold) {
  SimulatedMachine machine;
  *machine.mutable_machine() = facts_;
  SimulatedEffects effects(machine);
  ASSERT_TRUE(variables_.Set("Secret", "hunter22", true).ok());
  auto why = [&](const std::string& step) { return WhyNot(Parse<Step>(step).conditions(), variables_, effects); };
  EXPECT_EQ(why(""), "");
  EXPECT_EQ(why("conditions { firmware { type: UEFI } }"), "");
  EXPECT_EQ(why("conditions { firmware { type: UEFI } } conditions { firmware { type: BIOS } }"),
            "firmware: type BIOS; UEFI with Secure Boot started the machine");
  EXPECT_EQ(why("conditions { variable { variable: 'Site' operator: EQUALS value: 'x' } }"),
            "Site equals \"x\"; it is \"North-12\"");
  EXPECT_THAT(why("conditions { variable { variable: 'Secret' operator: EQUALS value: 'x' } }"), HasSubstr("***"));
  EXPECT_THAT(why("conditions { variable { variable: 'None' operator: EXISTS } }"), HasSubstr("it has no value"));
  EXPECT_THAT(why("conditions { memory { min_mb: 9999 } }"), HasSubstr("the machine has 2048 MB"));
  EXPECT_THAT(why("conditions { network { wired: true } }"), HasSubstr("a wireless link"));
  EXPECT_THAT(why("conditions { hardware { make: 'x' } }"), HasSubstr("the machine is LENOVO"));
  EXPECT_THAT(why("conditions { disk { selector { serial: 'x' } } }"), HasSubstr("/dev/nvme0n1"));
}

TEST_F(MachineTest, ReadinessListsAllThatIsMissing) {
  EXPECT_TRUE(CheckMachine(Parse<CheckReadiness>("min_memory_mb: 2048 min_processor_mhz: 2400 disk { index: 1 } "
                                                 "firmware { type: UEFI } network_connected: true mains_power: true"),
                           facts_, variables_)
                  .ok());
  EXPECT_THAT(
      CheckMachine(Parse<CheckReadiness>("min_memory_mb: 4096 disk { } firmware { type: BIOS } "
                                         "network_wired: true tpm: true"),
                   facts_, variables_)
          .message(),
      AllOf(HasSubstr("memory: 2048 MB, at least 4096"), HasSubstr("disk: 3 disks match"), HasSubstr("firmware: UEFI"),
            HasSubstr("network: no wired"), HasSubstr("TPM"), Not(HasSubstr("processor"))));
}

}  // namespace
}  // namespace tsmedia
