#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/cpio/cpio_reader.h"
#include "tools/cpio/cpio_writer.h"

namespace tsmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CpioEntry Directory(const std::string& path) { return {.path = path, .type = CpioType::kDirectory, .mode = 0755}; }

absl::Status AddFile(CpioWriter& writer, const std::string& path, uint32_t mode, std::string_view bytes) {
  return writer.Add({.path = path, .mode = mode, .size = static_cast<uint32_t>(bytes.size())}, AsBytes(bytes));
}

std::string Sample() {
  StringSink sink;
  CpioWriter writer(&sink, 315532800);
  EXPECT_TRUE(writer.Add(Directory("dev"), {}).ok());
  EXPECT_TRUE(writer.Add({.path = "dev/console", .type = CpioType::kCharDevice, .mode = 0600, .device_major = 5,
                          .device_minor = 1}, {}).ok());
  EXPECT_TRUE(AddFile(writer, "init", 0755, "hello").ok());
  EXPECT_TRUE(writer.Add({.path = "sbin", .type = CpioType::kSymlink, .mode = 0777, .size = 3}, AsBytes("bin")).ok());
  EXPECT_TRUE(writer.Finish().ok());
  return sink.TakeBytes();
}

TEST(CpioTest, WritesTheDocumentedFormat) {
  const std::string archive = Sample();
  EXPECT_EQ(archive.substr(0, 116),
            "070701" "00000001" "000041ED" "00000000" "00000000" "00000002" "12CEA600" "00000000" "00000000" "00000000"
            "00000000" "00000000" "00000004" "00000000" + std::string("dev\0\0\0", 6));
  EXPECT_EQ(archive.size() % 4, 0u);
  EXPECT_EQ(archive.substr(archive.size() - 14), std::string("TRAILER!!!\0\0\0\0", 14));
}

TEST(CpioTest, ReadsWhatItWrote) {
  const MemorySource archive(Sample());
  CpioReader reader(&archive);
  std::vector<CpioReader::Member> members;
  while (true) {
    auto member = reader.Next();
    ASSERT_TRUE(member.ok()) << member.status();
    if (!member->has_value()) {
      break;
    }
    members.push_back(**member);
  }
  ASSERT_EQ(members.size(), 4u);
  EXPECT_EQ(members[0].entry.type, CpioType::kDirectory);
  EXPECT_EQ(members[1].entry.type, CpioType::kCharDevice);
  EXPECT_EQ(members[1].entry.device_major, 5u);
  EXPECT_EQ(members[1].entry.device_minor, 1u);
  EXPECT_EQ(members[2].entry.path, "init");
  EXPECT_EQ(members[2].entry.mode, 0755u);
  EXPECT_EQ(*archive.ReadString(members[2].data_offset, members[2].entry.size), "hello");
  EXPECT_EQ(*archive.ReadString(members[3].data_offset, members[3].entry.size), "bin");
  EXPECT_EQ(reader.position(), archive.size());
}

TEST(CpioTest, ReadsWhatGnuCpioWrote) {
  const auto archive = FileSource::Open("testdata/fuzz/cpio/gnu_cpio");
  ASSERT_TRUE(archive.ok()) << archive.status();
  CpioReader reader(archive->get());
  std::vector<std::string> paths;
  for (auto member = reader.Next(); member.ok() && member->has_value(); member = reader.Next()) {
    paths.push_back((*member)->entry.path);
  }
  EXPECT_THAT(paths, ElementsAre("a", "a/b", "a/b/f", "a/l", "a/n"));
}

TEST(CpioTest, EqualEntriesGiveEqualBytes) { EXPECT_EQ(Sample(), Sample()); }

TEST(CpioTest, WriterRefusesDisorder) {
  StringSink sink;
  CpioWriter writer(&sink, 0);
  ASSERT_TRUE(AddFile(writer, "b", 0644, "").ok());
  EXPECT_THAT(AddFile(writer, "a", 0644, "").message(), HasSubstr("entries must ascend"));
  EXPECT_THAT(AddFile(writer, "b", 0644, "").message(), HasSubstr("entries must ascend"));
  EXPECT_THAT(AddFile(writer, "c/d", 0644, "").message(), HasSubstr("before its directory"));
}

TEST(CpioTest, WriterRefusesOddEntries) {
  StringSink sink;
  CpioWriter writer(&sink, 0);
  for (const char* path : {"", "/a", "a/", "a//b", "../a", "a/./b", "TRAILER!!!"}) {
    EXPECT_FALSE(AddFile(writer, path, 0644, "").ok()) << path;
  }
  EXPECT_FALSE(AddFile(writer, std::string(4096, 'x'), 0644, "").ok());
  EXPECT_FALSE(AddFile(writer, "a", 010000, "").ok());
  EXPECT_FALSE(writer.Add({.path = "a", .size = 1}, {}).ok());
  EXPECT_FALSE(writer.Add({.path = "a", .type = CpioType::kDirectory, .size = 1}, AsBytes("x")).ok());
  EXPECT_EQ(sink.bytes(), "");
}

TEST(CpioTest, ReaderRefusesDamage) {
  const std::string good = Sample();
  const auto first = [](std::string bytes) {
    const MemorySource archive(std::move(bytes));
    return CpioReader(&archive).Next().status();
  };
  EXPECT_THAT(first("x" + good).message(), HasSubstr("offset 0: no header"));
  EXPECT_EQ(first(good.substr(0, 60)).code(), absl::StatusCode::kOutOfRange);
  std::string bytes = good;
  bytes.replace(94, 8, "00000001");
  EXPECT_THAT(first(bytes).message(), HasSubstr("size of the name"));
  bytes.replace(94, 8, "FFFFFFFF");
  EXPECT_THAT(first(bytes).message(), HasSubstr("size of the name"));
  bytes = good;
  bytes.replace(54, 8, "FFFFFFF0");
  EXPECT_THAT(first(bytes).message(), HasSubstr("size of its data"));
  bytes = good;
  bytes.replace(14, 8, "0000C1ED");  // a socket
  EXPECT_THAT(first(bytes).message(), HasSubstr("neither file"));
  bytes.replace(14, 8, "-00041ED");
  EXPECT_THAT(first(bytes).message(), HasSubstr("no header"));
}

}  // namespace
}  // namespace tsmedia
