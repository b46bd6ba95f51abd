#include "tools/content/unpack.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/content/byte_stream.h"
#include "tools/content/tar_format.h"
#include "tools/content/tar_writer.h"

namespace tsmedia {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr uint64_t kTime = 315532800;

std::string Member(std::string_view path, EntryType type, std::string_view data = "", uint32_t mode = 0644) {
  std::string out;
  AppendTarHeader({.path = path,
                   .type = type,
                   .mode = mode,
                   .size = type == EntryType::kFile ? data.size() : 0,
                   .link_target = data,
                   .time = kTime},
                  &out);
  if (type == EntryType::kFile) {
    absl::StrAppend(&out, data, std::string(TarPadding(data.size()), '\0'));
  }
  return out;
}
std::string File(std::string_view path, std::string_view data = "x", uint32_t mode = 0644) {
  return Member(path, EntryType::kFile, data, mode);
}
std::string Directory(std::string_view path, uint32_t mode = 0755) {
  return Member(path, EntryType::kDirectory, "", mode);
}
std::string Link(std::string_view path, std::string_view target) { return Member(path, EntryType::kSymlink, target); }

class UnpackTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/unpack.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    out_ = root_ + "/out";
  }
  absl::Status Unpack(std::string members) {
    MemorySource source(members + std::string(kTarTrailerSize, '\0'), "x.tar");
    SourceStream stream(&source);
    return UnpackTar(stream, out_);
  }
  std::string ErrorOf(std::string members) { return std::string(Unpack(std::move(members)).message()); }
  std::string Read(const std::string& name) { return ReadWholeFile(out_ + "/" + name, 1 << 20).value_or("(missing)"); }
  struct stat Stat(const std::string& name) {
    struct stat status = {};
    EXPECT_EQ(lstat((name.empty() ? out_ : out_ + "/" + name).c_str(), &status), 0) << name;
    return status;
  }
  mode_t Mode(const std::string& name) { return Stat(name).st_mode & 07777; }
  std::vector<std::string> ListRoot() {
    std::vector<std::string> names;
    DIR* directory = opendir(root_.c_str());
    while (const dirent* entry = readdir(directory)) {
      if (entry->d_name[0] != '.') {
        names.emplace_back(entry->d_name);
      }
    }
    closedir(directory);
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string root_;
  std::string out_;
};

TEST_F(UnpackTest, RestoresEverythingWhateverTheUmask) {
  for (mode_t mask : {0, 022, 077, 0777}) {
    mode_t old_mask = umask(mask);
    absl::Status status =
        Unpack(Directory("closed", 0555) + File("closed/a", "alpha", 04751) + Directory("d", 01777) +
               Directory("d/e", 0700) + File("d/e/f", "", 0444) + Link("d/link", "e/f") + Directory("none", 0));
    umask(old_mask);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(Read("closed/a"), "alpha");
    EXPECT_EQ(Mode(""), 0755u);
    EXPECT_EQ(Mode("closed"), 0555u);
    EXPECT_EQ(Mode("closed/a"), 04751u);
    EXPECT_EQ(Mode("d"), 01777u);
    EXPECT_EQ(Mode("d/e/f"), 0444u);
    EXPECT_EQ(Mode("none"), 0u);
    EXPECT_TRUE(S_ISLNK(Stat("d/link").st_mode));
    for (std::string name : {"closed", "closed/a", "d", "d/e/f", "d/link"}) {
      EXPECT_EQ(Stat(name).st_mtim.tv_sec, static_cast<time_t>(kTime)) << name;
    }
    ASSERT_EQ(rename(out_.c_str(), absl::StrCat(root_, "/done", mask).c_str()), 0);
  }
}

TEST_F(UnpackTest, NeverLeavesTheDestination) {
  for (std::string_view path : {"../evil", "/tmp/evil", "a/../../evil", "."}) {
    EXPECT_FALSE(Unpack(File(path)).ok()) << path;
  }
  // A symbolic link out, and a file through it: as a directory, and as the file itself.
  EXPECT_THAT(ErrorOf(Link("out", root_) + File("out/evil")), HasSubstr("is none"));
  EXPECT_THAT(ErrorOf(Link("f", root_ + "/evil") + File("f")), HasSubstr("\"f\": cannot create the file"));
  EXPECT_THAT(ErrorOf(Directory("d") + Link("d", root_)), HasSubstr("cannot make the symbolic link"));
  EXPECT_THAT(ErrorOf(Directory("d") + Link("d/e", "..") + Directory("d/e", 0)),
              HasSubstr("cannot make the directory"));
  EXPECT_THAT(ListRoot(), IsEmpty());
}

TEST_F(UnpackTest, RefusesWhatNoPackageHas) {
  EXPECT_THAT(ErrorOf(File("a") + File("a")), HasSubstr("cannot create the file"));
  EXPECT_THAT(ErrorOf(File("d/a")), HasSubstr("not in the archive before it"));
  EXPECT_THAT(ErrorOf(File("a") + File("a/b")), HasSubstr("or is none"));
  for (char type : {'1', '3', '4', '6'}) {
    std::string member = Link("x", "y");
    member[kTarTypeOffset] = type;
    std::string sum(6, '0');
    uint32_t value = TarChecksum(AsBytes(member));
    for (size_t i = sum.size(); i-- > 0; value /= 8) {
      sum[i] = static_cast<char>('0' + value % 8);
    }
    member.replace(kTarChecksum.offset, sum.size(), sum);
    EXPECT_THAT(ErrorOf(member), HasSubstr("\"x\" is a hard link, device or FIFO")) << type;
  }
  EXPECT_THAT(ListRoot(), IsEmpty());
}

TEST_F(UnpackTest, LeavesNothingOnErrors) {
  std::string tar = Directory("closed", 0) + Directory("d") + File("d/a") + Link("d/l", "/etc") + File("../x");
  EXPECT_FALSE(Unpack(tar).ok());
  EXPECT_THAT(ListRoot(), IsEmpty());
  MemorySource truncated(tar.substr(0, 4 * kTarBlockSize), "x.tar");
  SourceStream stream(&truncated);
  EXPECT_FALSE(UnpackTar(stream, out_).ok());
  EXPECT_THAT(ListRoot(), IsEmpty());
}

TEST_F(UnpackTest, ReplacesNothing) {
  ASSERT_TRUE(WriteFileAtomically(out_, "mine").ok());
  EXPECT_EQ(Unpack(File("a")).code(), absl::StatusCode::kAlreadyExists);
  MemorySource source("new");
  SourceStream stream(&source);
  EXPECT_EQ(UnpackFile(stream, out_).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(*ReadWholeFile(out_, 100), "mine");
  EXPECT_THAT(ListRoot(), ElementsAre("out"));
}

TEST_F(UnpackTest, WritesSingleFiles) {
  MemorySource source("content");
  SourceStream stream(&source);
  mode_t old_mask = umask(077);
  EXPECT_TRUE(UnpackFile(stream, out_).ok());
  umask(old_mask);
  EXPECT_EQ(*ReadWholeFile(out_, 100), "content");
  EXPECT_EQ(Mode(""), 0644u);
  EXPECT_THAT(ListRoot(), ElementsAre("out"));
}

}  // namespace
}  // namespace tsmedia
