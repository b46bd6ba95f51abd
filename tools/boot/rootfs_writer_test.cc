#include "tools/boot/rootfs_writer.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/content/byte_stream.h"
#include "tools/content/tar_reader.h"

namespace tsmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Members of a tar as "PATH MODE UID/GID SIZE TARGET".
std::vector<std::string> Members(const std::string& tar) {
  const MemorySource source(tar);
  SourceStream stream(&source);
  TarReader reader(&stream);
  std::vector<std::string> members;
  for (auto entry = reader.Next(); entry.ok() && entry->has_value(); entry = reader.Next()) {
    members.push_back(absl::StrFormat("%s %o %d/%d %d %s", (*entry)->path, (*entry)->mode, (*entry)->uid, (*entry)->gid,
                                      (*entry)->size, (*entry)->link_target));
  }
  return members;
}

absl::StatusOr<size_t> NoData(MutableByteSpan) { return 0; }

TEST(RootfsWriterTest, KeepsModesOwnersAndLinks) {
  StringSink sink;
  RootfsWriter writer(&sink);
  ASSERT_TRUE(writer.AddDirectory("tmp", 01777).ok());
  ASSERT_TRUE(writer.AddFile("etc/pam.d/x", 0640, "hello").ok());
  ASSERT_TRUE(writer.AddSymlink("bin", "usr/bin").ok());
  ASSERT_TRUE(writer
                  .Add({.path = "usr/sbin/unix_chkpwd",
                        .type = EntryType::kFile,
                        .mode = 02755,
                        .uid = 0,
                        .gid = 42,
                        .size = 0,
                        .link_target = ""},
                       NoData)
                  .ok());
  ASSERT_TRUE(writer.Finish().ok());
  EXPECT_THAT(Members(sink.bytes()), ElementsAre("tmp/ 1777 0/0 0 ", "etc/ 755 0/0 0 ", "etc/pam.d/ 755 0/0 0 ",
                                                 "etc/pam.d/x 640 0/0 5 ", "bin 777 0/0 0 usr/bin", "usr/ 755 0/0 0 ",
                                                 "usr/sbin/ 755 0/0 0 ", "usr/sbin/unix_chkpwd 2755 0/42 0 "));
}

TEST(RootfsWriterTest, PackagesShareDirectoriesAndEqualLinksOnly) {
  StringSink sink;
  RootfsWriter writer(&sink);
  ASSERT_TRUE(writer.AddDirectory("usr", 0755).ok());
  EXPECT_TRUE(writer.AddDirectory("usr", 0700).ok());
  ASSERT_TRUE(writer.AddSymlink("lib", "usr/lib").ok());
  EXPECT_TRUE(writer.AddSymlink("lib", "usr/lib").ok());
  EXPECT_EQ(writer.AddSymlink("lib", "elsewhere").code(), absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(writer.AddFile("usr/a", 0644, "").ok());
  EXPECT_THAT(writer.AddFile("usr/a", 0644, "").message(), HasSubstr("'usr/a' is there twice"));
  EXPECT_EQ(writer.AddFile("usr", 0644, "").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(writer.AddDirectory("usr/a", 0755).code(), absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(writer.Finish().ok());
  EXPECT_THAT(Members(sink.bytes()), ElementsAre("usr/ 755 0/0 0 ", "lib 777 0/0 0 usr/lib", "usr/a 644 0/0 0 "));
}

TEST(RootfsWriterTest, RefusesPathsThatLeave) {
  StringSink sink;
  RootfsWriter writer(&sink);
  EXPECT_FALSE(writer.AddFile("../a", 0644, "").ok());
  EXPECT_FALSE(writer.AddFile("/a", 0644, "").ok());
  EXPECT_EQ(sink.bytes(), "");
}

TEST(RootfsWriterTest, ShortDataIsAnError) {
  StringSink sink;
  RootfsWriter writer(&sink);
  const absl::Status status = writer.Add({.path = "a", .type = EntryType::kFile, .mode = 0644, .size = 5}, NoData);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tsmedia
