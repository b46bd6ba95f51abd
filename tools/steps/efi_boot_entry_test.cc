#include "tools/steps/efi_boot_entry.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/base/bytes.h"
#include "tools/gpt/gpt.h"

namespace tsmedia {
namespace {

std::string Disk(bool with_esp) {
  std::string disk(8 * kMiB, '\0');
  Gpt gpt = {.sector_size = 512, .sectors = disk.size() / 512};
  gpt.partitions.push_back(
      {.number = 1, .type = LinuxFileSystemType(), .first_lba = 2048, .last_lba = 4095, .name = "root"});
  if (with_esp) {
    gpt.partitions.push_back({.number = 3, .type = EfiSystemType(), .first_lba = 4096, .last_lba = 8191});
    std::fill(gpt.partitions.back().id.begin(), gpt.partitions.back().id.end(), 0xab);
  }
  const GptBytes bytes = WriteGpt(gpt).value();
  disk.replace(0, bytes.primary.size(), bytes.primary);
  disk.replace(disk.size() - bytes.backup.size(), bytes.backup.size(), bytes.backup);
  return disk;
}

// By hand from UEFI 2.10, sections 3.1.3 and 10.3.5.
constexpr char kOption[] =
    "01000000"          // active
    "5e00"              // bytes of the path
    "4f0053000000"      // "OS"
    "04012a00"          // hard drive, 42 bytes
    "03000000"          // partition 3
    "0010000000000000"  // first sector 4096
    "0010000000000000"  // 4096 sectors
    "abababababababababababababababab"
    "0202"      // GPT, by GUID
    "04043000"  // file, 48 bytes
    "5c004500460049005c0042004f004f0054005c0042004f004f0054005800360034002e004500460049000000"
    "7fff0400";

TEST(EfiBootEntryTest, LoadOption) {
  const EfiBootEntry entry = EntryOfDisk(MemorySource(Disk(true)), 512, "OS").value();
  EXPECT_EQ(absl::BytesToHexString(FormatLoadOption(entry)), kOption);
}

TEST(EfiBootEntryTest, DisksWithoutEfiPartitionHaveNone) {
  EXPECT_TRUE(absl::IsNotFound(EntryOfDisk(MemorySource(Disk(false)), 512, "OS").status()));
  EXPECT_TRUE(absl::IsNotFound(EntryOfDisk(MemorySource(std::string(kMiB, '\0')), 512, "OS").status()));
}

class VariablesTest : public testing::Test {
 protected:
  VariablesTest() : directory_(testing::TempDir() + "/efivars") {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  std::string Path(const std::string& name) {
    return absl::StrCat(directory_, "/", name, "-8be4df61-93ca-11d2-aa0d-00e098032b8c");
  }
  void Set(const std::string& name, const std::string& value) {
    std::ofstream(Path(name), std::ios::binary) << std::string("\x07\0\0\0", 4) << value;
  }
  std::string Get(const std::string& name) {
    std::ifstream file(Path(name), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    EXPECT_EQ(bytes.substr(0, 4), std::string("\x07\0\0\0", 4));
    return bytes.substr(4);
  }
  const EfiBootEntry entry_ = EntryOfDisk(MemorySource(Disk(true)), 512, "OS").value();
  const std::string directory_;
};

TEST_F(VariablesTest, NewEntriesComeFirst) {
  Set("Boot0000", "the medium");
  Set("Boot0001", "something else");
  Set("BootOrder", std::string("\0\0\1\0", 4));
  ASSERT_TRUE(StartNext(entry_, directory_).ok());
  EXPECT_EQ(Get("Boot0002"), FormatLoadOption(entry_));
  EXPECT_EQ(Get("BootOrder"), std::string("\2\0\0\0\1\0", 6));
  EXPECT_EQ(Get("BootNext"), std::string("\2\0", 2));
}

TEST_F(VariablesTest, EntriesAreMadeOnce) {
  Set("Boot0000", "the medium");
  Set("Boot00AB", FormatLoadOption(entry_));
  Set("BootOrder", std::string("\0\0\xab\0", 4));
  ASSERT_TRUE(StartNext(entry_, directory_).ok());
  EXPECT_EQ(Get("BootNext"), std::string("\xab\0", 2));
  EXPECT_EQ(Get("BootOrder"), std::string("\0\0\xab\0", 4));
  EXPECT_FALSE(std::filesystem::exists(Path("Boot0001")));
}

TEST_F(VariablesTest, EntriesOfDeploymentsBeforeAreReplaced) {
  EfiBootEntry before = entry_;
  before.partition_id.fill(0x11);
  Set("Boot0000", FormatLoadOption(before));
  before.description = "OS 2";
  Set("Boot0001", FormatLoadOption(before));
  Set("BootOrder", std::string("\1\0\0\0", 4));
  ASSERT_TRUE(StartNext(entry_, directory_).ok());
  EXPECT_EQ(Get("Boot0000"), FormatLoadOption(entry_));
  EXPECT_EQ(Get("Boot0001"), FormatLoadOption(before));
  EXPECT_EQ(Get("BootNext"), std::string("\0\0", 2));
}

TEST_F(VariablesTest, FirmwareWithoutVariablesIsAnError) {
  EXPECT_FALSE(StartNext(entry_, directory_ + "/nothing").ok());
}

}  // namespace
}  // namespace tsmedia
