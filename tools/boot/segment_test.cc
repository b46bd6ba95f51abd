#include "tools/boot/segment.h"

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/cpio/cpio.h"
#include "zstd.h"

namespace tsmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(SegmentTest, IsCpioInZstandard) {
  const auto segment = MakeSegment({{"init", {.mode = 0755, .bytes = "#!"}}, {"etc/x/y", {.bytes = "text"}}});
  ASSERT_TRUE(segment.ok()) << segment.status();
  std::string cpio(4096, '\0');
  const size_t size = ZSTD_decompress(cpio.data(), cpio.size(), segment->data(), segment->size());
  ASSERT_FALSE(ZSTD_isError(size));
  const MemorySource source(cpio.substr(0, size));
  CpioReader reader(&source);
  std::vector<std::string> paths;
  for (auto entry = reader.Next(); entry.ok() && entry->has_value(); entry = reader.Next()) {
    paths.push_back((*entry)->path);
  }
  EXPECT_THAT(paths, ElementsAre("etc", "etc/x", "etc/x/y", "init"));
}

TEST(SegmentTest, HasLinks) {
  const auto segment = MakeSegment({{"lib/x.so.1", {.link_target = "x.so.1.2"}}, {"lib/x.so.1.2", {.bytes = "lib"}}});
  ASSERT_TRUE(segment.ok()) << segment.status();
  std::string cpio(4096, '\0');
  const size_t size = ZSTD_decompress(cpio.data(), cpio.size(), segment->data(), segment->size());
  ASSERT_FALSE(ZSTD_isError(size));
  const MemorySource source(cpio.substr(0, size));
  CpioReader reader(&source);
  auto entry = reader.Next();
  ASSERT_TRUE(entry.ok() && entry->has_value());
  entry = reader.Next();
  ASSERT_TRUE(entry.ok() && entry->has_value());
  EXPECT_EQ((*entry)->path, "lib/x.so.1");
  EXPECT_EQ((*entry)->mode, 0120777u);
  EXPECT_EQ(source.ReadString((*entry)->offset, (*entry)->size).value(), "x.so.1.2");
}

TEST(SegmentTest, EqualFilesGiveEqualBytes) {
  const std::map<std::string, SegmentFile> files = {{"a", {.bytes = std::string(100000, 'a')}}, {"b", {.bytes = "b"}}};
  const auto first = MakeSegment(files);
  const auto second = MakeSegment(files);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
  EXPECT_LT(first->size(), 1000u);
}

TEST(SegmentTest, RefusesAFileBelowAFile) {
  EXPECT_THAT(MakeSegment({{"a", {}}, {"a/b", {}}}).status().message(), HasSubstr("a"));
  EXPECT_FALSE(MakeSegment({{"a", {}}, {"a/b", {}}}).ok());
  EXPECT_FALSE(MakeSegment({{"../a", {}}}).ok());
}

}  // namespace
}  // namespace tsmedia
