#include "tools/content/pack_info.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"

namespace tsmedia {
namespace {

using testing::HasSubstr;

PackInfo Valid() {
  PackInfo info;
  info.set_context("tsmedia/packinfo/v1");
  info.set_package_id("LAB00012");
  info.set_version("3");
  info.set_kind("package");
  info.set_display_name("Site tools");
  info.set_format(PackInfo::TREE_TAR);
  info.set_compression(PackInfo::ZSTD);
  info.set_stored_size(kBlockSize + 1);
  info.set_unpacked_size(10000);
  std::vector<Sha256Digest> blocks = {Sha256("a"), Sha256("b")};
  for (const Sha256Digest& block : blocks) {
    info.mutable_block_sha256()->append(DigestText(block));
  }
  info.set_pack_digest(std::string(DigestText(PackDigest(kBlockSize + 1, blocks))));
  PackEntry& directory = *info.add_entries();
  directory.set_path("bin");
  directory.set_type(PackEntry::DIRECTORY);
  directory.set_mode(0755);
  PackEntry& file = *info.add_entries();
  file.set_path("bin/a");
  file.set_type(PackEntry::REGULAR);
  file.set_mode(0644);
  file.set_size(5);
  file.set_sha256(std::string(32, 'x'));
  PackEntry& link = *info.add_entries();
  link.set_path("bin/b");
  link.set_type(PackEntry::SYMLINK);
  link.set_mode(0777);
  link.set_link_target("a");
  return info;
}

TEST(PackDigestTest, IsWhatTheSecurityRulesSay) {
  // SHA-256("tsmedia/v1/pack" || 00 || le64(3) || SHA-256("abc")), by Python.
  EXPECT_EQ(ToHex(PackDigest(3, {Sha256("abc")})), "e0f09f3d99d77632b9e93674106494e6c00f4203021754ed4c163229a9dfa07d");
}

TEST(BlockHasherTest, CutsAtBlocksHoweverTheBytesCome) {
  std::string bytes(2 * kBlockSize + 5, 'q');
  bytes[kBlockSize] = 'r';
  std::vector<Sha256Digest> expected = {Sha256(std::string_view(bytes).substr(0, kBlockSize)),
                                        Sha256(std::string_view(bytes).substr(kBlockSize, kBlockSize)),
                                        Sha256(std::string_view(bytes).substr(2 * kBlockSize))};
  for (size_t part : {bytes.size(), size_t{1000003}, size_t{kBlockSize}}) {
    BlockHasher hasher;
    for (size_t i = 0; i < bytes.size(); i += part) {
      hasher.Update(AsBytes(std::string_view(bytes).substr(i, part)));
    }
    hasher.Finish();
    EXPECT_EQ(hasher.blocks(), expected);
    EXPECT_EQ(hasher.size(), bytes.size());
  }
}

TEST(BlockHasherTest, EmptyAndExactPacks) {
  BlockHasher empty;
  empty.Finish();
  EXPECT_TRUE(empty.blocks().empty());
  BlockHasher exact;
  exact.Update(AsBytes(std::string(kBlockSize, 'x')));
  exact.Finish();
  EXPECT_EQ(exact.blocks().size(), 1u);
}

TEST(PackInfoTest, RoundTripsThroughAFile) {
  std::string path = testing::TempDir() + "/x.info";
  ASSERT_TRUE(WritePackInfo(Valid(), path).ok());
  auto info = ReadPackInfo(path);
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->SerializeAsString(), Valid().SerializeAsString());
  EXPECT_EQ(BlockDigest(*info, 1), Sha256("b"));
}

TEST(PackInfoTest, RefusesEveryWrongField) {
  const std::vector<std::pair<std::string, std::function<void(PackInfo&)>>> cases = {
      {"context", [](PackInfo& i) { i.set_context("tsmedia/manifest/v1"); }},
      {"package ID", [](PackInfo& i) { i.set_package_id("lab00012"); }},
      {"version", [](PackInfo& i) { i.set_version("a/b"); }},
      {"kind", [](PackInfo& i) { i.set_kind("other"); }},
      {"format", [](PackInfo& i) { i.clear_format(); }},
      {"compression", [](PackInfo& i) { i.clear_compression(); }},
      {"block_sha256", [](PackInfo& i) { i.set_stored_size(kBlockSize); }},
      {"block_sha256", [](PackInfo& i) { i.mutable_block_sha256()->push_back('x'); }},
      {"block_sha256", [](PackInfo& i) { i.set_stored_size(~uint64_t{0}); }},
      {"pack_digest", [](PackInfo& i) { i.set_stored_size(kBlockSize + 2); }},
      {"pack_digest", [](PackInfo& i) { i.mutable_pack_digest()->back() ^= 1; }},
      {"unpacked_size", [](PackInfo& i) { i.set_compression(PackInfo::NONE); }},
      {"unpacked_size", [](PackInfo& i) { i.set_unpacked_size(4); }},
      {"entries", [](PackInfo& i) { i.set_format(PackInfo::SINGLE_FILE); }},
      {"component", [](PackInfo& i) { i.mutable_entries(0)->set_path("../x"); }},
      {"type", [](PackInfo& i) { i.mutable_entries(0)->clear_type(); }},
      {"mode", [](PackInfo& i) { i.mutable_entries(0)->set_mode(010000); }},
      {"sha256", [](PackInfo& i) { i.mutable_entries(0)->set_sha256("x"); }},
      {"sha256", [](PackInfo& i) { i.mutable_entries(1)->clear_sha256(); }},
      {"size", [](PackInfo& i) { i.mutable_entries(0)->set_size(1); }},
      {"link_target", [](PackInfo& i) { i.mutable_entries(2)->clear_link_target(); }},
      {"link_target", [](PackInfo& i) { i.mutable_entries(1)->set_link_target("x"); }},
      {"order", [](PackInfo& i) { i.mutable_entries()->SwapElements(0, 1); }},
      {"order", [](PackInfo& i) { i.mutable_entries(2)->set_path("bin/a"); }},
  };
  ASSERT_TRUE(ValidatePackInfo(Valid()).ok()) << ValidatePackInfo(Valid());
  for (const auto& [field, change] : cases) {
    PackInfo info = Valid();
    change(info);
    EXPECT_THAT(std::string(ValidatePackInfo(info).message()), HasSubstr(field));
    EXPECT_FALSE(WritePackInfo(info, testing::TempDir() + "/bad.info").ok()) << field;
  }
}

TEST(PackInfoTest, ErrorsOfReadingNameTheFile) {
  std::string path = testing::TempDir() + "/garbage.info";
  ASSERT_TRUE(WriteFileAtomically(path, "\xff\xff").ok());
  EXPECT_THAT(std::string(ReadPackInfo(path).status().message()), HasSubstr("garbage.info: PackInfo: "));
}

}  // namespace
}  // namespace tsmedia
