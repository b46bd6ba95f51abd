#include "tools/testing/contents.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tsmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kOnes[] = "0101010101010101010101010101010101010101010101010101010101010101";
constexpr char kTwos[] = "0202020202020202020202020202020202020202020202020202020202020202";

void AddEntry(PackInfo& pack, PackEntry::Type type, const std::string& path, uint32_t mode) {
  PackEntry& entry = *pack.add_entries();
  entry.set_type(type);
  entry.set_path(path);
  entry.set_mode(mode);
  if (type == PackEntry::REGULAR) {
    entry.set_sha256(std::string(32, '\1'));
  } else if (type == PackEntry::SYMLINK) {
    entry.set_link_target("tool");
  }
}

Inventory SampleInventory() {
  Inventory inventory;
  PackInfo& pack = *inventory.add_packages()->mutable_pack();
  pack.set_package_id("LAB00012");
  AddEntry(pack, PackEntry::DIRECTORY, "bin", 0755);
  AddEntry(pack, PackEntry::SYMLINK, "bin/link", 0777);
  AddEntry(pack, PackEntry::REGULAR, "bin/tool", 0644);
  return inventory;
}

Manifest SampleManifest() {
  Manifest manifest;
  PackageEntry& package = *manifest.add_packages();
  package.set_package_id("LAB00012");
  package.set_version("3");
  FileEntry& file = *manifest.add_files();
  file.set_path("boot/vmlinuz");
  file.set_sha256(std::string(32, '\2'));
  return manifest;
}

std::vector<std::string> Compare(const ContentsExpectations& expectations) {
  return CompareContents(SampleManifest(), SampleInventory(), expectations);
}

TEST(CompareContentsTest, IsSilentWhenAllIsAsExpected) {
  EXPECT_THAT(Compare({.packages = {{"LAB00012", "3"}},
                       .files = {{"boot/vmlinuz", kTwos}, {"LAB00012/bin/tool", kOnes}},
                       .absent = {"LAB00012/bin/other", "boot"},
                       .listing = ListContents(SampleInventory())}),
              IsEmpty());
}

TEST(CompareContentsTest, ComparesPackagesExactly) {
  EXPECT_THAT(Compare({.packages = {{"LAB00012", "4"}}}), ElementsAre("package LAB00012 has version 3, expected is 4"));
  EXPECT_THAT(Compare({.packages = {{"LAB00013", "1"}}}),
              ElementsAre("package LAB00012 version 3 is on the medium and not expected",
                          "package LAB00013 version 1 is not on the medium"));
}

TEST(CompareContentsTest, ComparesFiles) {
  EXPECT_THAT(Compare({.files = {{"boot/vmlinuz", kOnes}}}),
              ElementsAre(std::string("boot/vmlinuz has the SHA-256 ") + kTwos + ", expected is " + kOnes));
  EXPECT_THAT(Compare({.files = {{"boot/initrd.0", ""}}}), ElementsAre("boot/initrd.0 is not on the medium"));
  EXPECT_THAT(Compare({.files = {{"LAB00012/bin", ""}, {"LAB00012/bin/link", ""}}}),
              ElementsAre("LAB00012/bin is a directory, expected is a file",
                          "LAB00012/bin/link is a symlink, expected is a file"));
}

TEST(CompareContentsTest, NoticesWhatShouldBeAbsent) {
  EXPECT_THAT(Compare({.absent = {"LAB00012/bin", "boot/vmlinuz"}}),
              ElementsAre("LAB00012/bin is on the medium and should be absent",
                          "boot/vmlinuz is on the medium and should be absent"));
}

TEST(CompareContentsTest, NamesTheFirstDifferentLineOfTheListing) {
  EXPECT_THAT(Compare({.listing = "0755 directory LAB00012/bin\n"}),
              ElementsAre("line 2 of the listing is \"0777 symlink LAB00012/bin/link -> tool\", expected is the end"));
}

TEST(ListContentsTest, ListsEveryKindOfEntry) {
  EXPECT_EQ(ListContents(SampleInventory()), std::string("0755 directory LAB00012/bin\n"
                                                         "0777 symlink LAB00012/bin/link -> tool\n"
                                                         "0644 ") +
                                                 kOnes + " LAB00012/bin/tool\n");
}

}  // namespace
}  // namespace tsmedia
