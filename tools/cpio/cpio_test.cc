#include "tools/cpio/cpio.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"

namespace tsmedia {
namespace {

CpioEntry File(std::string path, std::string bytes) {
  return {.path = std::move(path), .content = std::move(bytes), .target = {}};
}

CpioEntry Link(std::string path, std::string target) {
  return {
      .path = std::move(path), .type = CpioType::kSymlink, .mode = 0777, .content = {}, .target = std::move(target)};
}

CpioEntry Device(std::string path, CpioType type, uint32_t major, uint32_t minor) {
  return {
      .path = std::move(path), .type = type, .mode = 0600, .content = {}, .target = {}, .major = major, .minor = minor};
}

std::string Write(std::vector<CpioEntry> entries, CpioOptions options = {}) {
  StringSink sink;
  absl::Status status = WriteCpio(std::move(entries), options, &sink);
  EXPECT_TRUE(status.ok()) << status;
  return sink.TakeBytes();
}

// One line an entry.
absl::StatusOr<std::vector<std::string>> Read(const std::string& bytes) {
  MemorySource source(bytes, "archive");
  CpioReader reader(&source);
  std::vector<std::string> lines;
  while (true) {
    absl::StatusOr<std::optional<CpioHeader>> header = reader.Next();
    if (!header.ok()) {
      return header.status();
    }
    if (!header->has_value()) {
      return lines;
    }
    std::string line = absl::StrCat((*header)->inode, " ", absl::Hex((*header)->mode), " ", (*header)->path);
    if (absl::StatusOr<std::string> target = reader.ReadTarget(**header); target.ok()) {
      absl::StrAppend(&line, " -> ", *target);
    }
    if (absl::StatusOr<std::unique_ptr<ByteSource>> file = reader.OpenFile(**header); file.ok()) {
      absl::StrAppend(&line, " = ", *(*file)->ReadString(0, (*file)->size()));
    }
    if ((*header)->major != 0) {
      absl::StrAppend(&line, " (", (*header)->major, ":", (*header)->minor, ")");
    }
    lines.push_back(line);
  }
}

TEST(CpioTest, RoundTrips) {
  MemorySource source("from a source");
  CpioEntry from_source = File("sbin/tool", "");
  from_source.mode = 04755;
  from_source.content = &source;
  std::vector<CpioEntry> entries = {Link("bin", "usr/bin"),
                                    File("usr/bin/a", "content"),
                                    from_source,
                                    Device("dev/console", CpioType::kCharacterDevice, 5, 1),
                                    Device("dev/sda", CpioType::kBlockDevice, 8, 0),
                                    File("init", "")};
  std::string bytes = Write(entries);
  EXPECT_EQ(bytes.size() % 512, 0u);
  absl::StatusOr<std::vector<std::string>> lines = Read(bytes);
  ASSERT_TRUE(lines.ok()) << lines.status();
  EXPECT_EQ(*lines, (std::vector<std::string>{
                        "1 a1ff bin -> usr/bin",
                        "2 41ed dev",
                        "3 2180 dev/console (5:1)",
                        "4 6180 dev/sda (8:0)",
                        "5 81a4 init = ",
                        "6 41ed sbin",
                        "7 89ed sbin/tool = from a source",
                        "8 41ed usr",
                        "9 41ed usr/bin",
                        "10 81a4 usr/bin/a = content",
                    }));
  std::reverse(entries.begin(), entries.end());
  EXPECT_EQ(Write(entries), bytes);
  // Archives in a row, with zeros between them.
  lines = Read(bytes + std::string(1024, '\0') + Write({File("more", "x")}, {.padding = 4}));
  ASSERT_TRUE(lines.ok()) << lines.status();
  EXPECT_EQ(lines->size(), 11u);
  EXPECT_EQ(lines->back(), "1 81a4 more = x");
}

TEST(CpioTest, HeaderBytes) {
  std::string bytes = Write({File("a", "xyz")}, {.time = 0x12345678, .padding = 4});
  EXPECT_EQ(bytes.substr(0, 110),
            "070701"
            "00000001"
            "000081A4"
            "00000000"
            "00000000"
            "00000001"
            "12345678"
            "00000003"
            "00000000"
            "00000000"
            "00000000"
            "00000000"
            "00000002"
            "00000000");
  EXPECT_EQ(bytes.substr(110, 6), std::string("a\0xyz\0", 6));
  EXPECT_EQ(bytes.size(), 116u + 124u);
}

TEST(CpioTest, RefusesToWrite) {
  struct {
    std::vector<CpioEntry> entries;
    std::string message;
  } cases[] = {
      {{File("/a", "")}, "path \"/a\": is empty, absolute"},
      {{File("", "")}, "path \"\": is empty"},
      {{File("a/../b", "")}, "path \"a/../b\": is empty"},
      {{File("TRAILER!!!", "")}, "path \"TRAILER!!!\": is empty"},
      {{File("a", ""), File("a", "")}, "path \"a\": is there twice"},
      {{File("a", ""), File("a/b", "")}, "path \"a/b\": lies below a, which is no directory"},
      {{Link("lib", "usr/lib"), File("lib/b", "")}, "path \"lib/b\": lies below lib, which is no directory"},
  };
  for (const auto& c : cases) {
    StringSink sink;
    absl::Status status = WriteCpio(c.entries, CpioOptions(), &sink);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(status.message(), c.message)) << status;
  }
  CpioEntry bad_mode = File("a", "");
  bad_mode.mode = 0100644;
  StringSink sink;
  EXPECT_FALSE(WriteCpio({bad_mode}, CpioOptions(), &sink).ok());
  EXPECT_FALSE(WriteCpio({}, {.padding = 6}, &sink).ok());
}

TEST(CpioTest, DamagedArchives) {
  std::string good = Write({File("abc", "content")}, {.padding = 4});
  auto with = [&](size_t offset, std::string_view text) {
    std::string bytes = good;
    bytes.replace(offset, text.size(), text);
    return bytes;
  };
  struct {
    std::string bytes;
    std::string message;
  } cases[] = {
      {with(0, "070707"), "cpio header at offset 0: magic: is not 070701 or 070702"},
      {with(6, "0000000g"), "cpio header at offset 0: field 1 of 13 is not a hexadecimal number"},
      {with(6 + 11 * 8, "00000000"), "cpio header at offset 0: name size: 0 is 0, above 4096"},
      {with(6 + 11 * 8, "FFFFFFFF"), "cpio header at offset 0: name size: 4294967295 is"},
      {with(6 + 11 * 8, "00000003"), "cpio header at offset 0: name: does not end with its first NUL"},
      {with(6 + 6 * 8, "FFFFFFFF"), "cpio header at offset 0: file size: 4294967295 bytes end outside of the archive"},
      {with(110, "../"), "cpio header at offset 0: name: has a \"..\" component"},
      {good.substr(0, 124), "cpio header at offset 124: truncated: the archive ends without a trailer"},
      {good.substr(0, 100), "cpio header at offset 0: truncated"},
      {good + "x", absl::StrCat("cpio header at offset ", good.size(), ": truncated")},
  };
  ASSERT_EQ(good.size(), 124u + 124u);
  for (const auto& c : cases) {
    absl::Status status = Read(c.bytes).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << c.message;
    EXPECT_TRUE(absl::StrContains(status.message(), c.message)) << status;
  }
  EXPECT_EQ(Read(with(110, "./b"))->front(), "1 81a4 b = content");
}

}  // namespace
}  // namespace tsmedia
