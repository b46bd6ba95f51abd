#include "tools/steps/image_unpack.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/content/byte_stream.h"
#include "tools/content/tar_format.h"
#include "tools/steps/process.h"

namespace tsmedia {
namespace {

using testing::HasSubstr;

namespace fs = std::filesystem;

class ImageUnpackTest : public testing::Test {
 protected:
  ImageUnpackTest() : base_(testing::TempDir() + "/image"), root_(base_ + "/root") {
    fs::remove_all(base_);
    fs::create_directories(root_);
    fs::create_directories(base_ + "/source");
  }

  // Runs a script in the directory `source`; GNU tar is somebody else's.
  void Shell(const std::string& script) {
    absl::StatusOr<ProcessResult> result =
        RunProcess({.arguments = {"sh", "-ec", script}, .directory = base_ + "/source"});
    ASSERT_TRUE(result.ok()) << result.status();
    ASSERT_EQ(result->exit_code, 0) << script;
  }

  absl::Status Unpack(const std::string& name = "image.tar") {
    std::unique_ptr<FileSource> file = FileSource::Open(base_ + "/source/" + name).value();
    SourceStream stream(file.get());
    return UnpackImage(stream, root_);
  }

  // A ustar archive of members made by hand.
  absl::Status UnpackMembers(const std::string& members) {
    MemorySource source(members + std::string(1024, '\0'), "image");
    SourceStream stream(&source);
    return UnpackImage(stream, root_);
  }

  static std::string Member(char type, const std::string& name, const std::string& link = "",
                            const std::string& data = "") {
    std::string block(kTarBlockSize, '\0');
    auto set = [&block](TarField field, const std::string& value) { block.replace(field.offset, value.size(), value); };
    set(kTarName, name);
    set(kTarMode, "0000755");
    set(kTarUid, Octal(getuid(), 7));
    set(kTarGid, Octal(getgid(), 7));
    set(kTarSize, Octal(data.size(), 11));
    set(kTarLinkName, link);
    set(kTarMagic, "ustar");
    block[kTarTypeOffset] = type;
    set(kTarChecksum, Octal(TarChecksum(AsBytes(block)), 6));
    return block + data + std::string(TarPadding(data.size()), '\0');
  }

  static std::string Octal(uint64_t value, size_t digits) {
    std::string text(digits, '0');
    for (size_t i = digits; i-- > 0; value /= 8) {
      text[i] = static_cast<char>('0' + value % 8);
    }
    return text;
  }

  std::string Read(const std::string& path) const {
    std::ifstream file(root_ + "/" + path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  struct stat Stat(const std::string& path) const {
    struct stat status = {};
    EXPECT_EQ(lstat((root_ + "/" + path).c_str(), &status), 0) << path;
    return status;
  }

  const std::string base_;
  const std::string root_;
};

TEST_F(ImageUnpackTest, WritesWhatTarArchived) {
  Shell(
      "mkdir -p usr/bin etc secret/deep && echo hello > usr/bin/tool && chmod 4755 usr/bin/tool && "
      "ln usr/bin/tool etc/hard && ln -s ../usr/bin/tool etc/soft && ln -s /nowhere etc/dangling && mkfifo etc/fifo && "
      "echo x > secret/deep/file && chmod 0 secret/deep/file && chmod 0500 secret/deep secret && "
      "touch -d @1000000000 usr/bin/tool usr && head -c 300000 /dev/urandom > etc/large && "
      "tar cf ../all.tar . && mv ../all.tar image.tar");
  const absl::Status status = Unpack();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Read("usr/bin/tool"), "hello\n");
  EXPECT_EQ(Stat("usr/bin/tool").st_mode & 07777, 04755u);
  EXPECT_EQ(Stat("usr/bin/tool").st_mtime, 1000000000);
  EXPECT_EQ(Stat("usr").st_mtime, 1000000000);
  EXPECT_EQ(Stat("etc/hard").st_ino, Stat("usr/bin/tool").st_ino);
  EXPECT_EQ(fs::read_symlink(root_ + "/etc/soft"), "../usr/bin/tool");
  EXPECT_EQ(fs::read_symlink(root_ + "/etc/dangling"), "/nowhere");
  EXPECT_TRUE(S_ISFIFO(Stat("etc/fifo").st_mode));
  EXPECT_EQ(Stat("secret").st_mode & 07777, 0500u);
  EXPECT_EQ(Stat("secret/deep/file").st_size, 2);
  Shell(absl::StrCat("cmp etc/large ", root_, "/etc/large; chmod -R u+w secret"));
  // Again, as after an interruption.
  fs::permissions(root_ + "/secret", fs::perms::owner_all);
  fs::permissions(root_ + "/secret/deep", fs::perms::owner_all);
  EXPECT_TRUE(Unpack().ok());
  EXPECT_EQ(Stat("secret").st_mode & 07777, 0500u);
}

TEST_F(ImageUnpackTest, KeepsExtendedAttributes) {
  if (setxattr(root_.c_str(), "user.test", "x", 1, 0) != 0) {
    GTEST_SKIP() << "this file system has no extended attributes";
  }
  Shell("mkdir d && echo x > d/file");
  ASSERT_EQ(setxattr((base_ + "/source/d/file").c_str(), "user.note", "v\0w", 3, 0), 0);
  Shell("tar --format=pax --xattrs -cf image.tar d");
  ASSERT_TRUE(Unpack().ok());
  char value[16];
  EXPECT_EQ(getxattr((root_ + "/d/file").c_str(), "user.note", value, sizeof(value)), 3);
}

TEST_F(ImageUnpackTest, MissingDirectoriesAreMade) {
  ASSERT_TRUE(UnpackMembers(Member('0', "a/b/file", "", "data")).ok());
  EXPECT_EQ(Read("a/b/file"), "data");
  EXPECT_EQ(Stat("a").st_mode & 07777, 0755u);
}

TEST_F(ImageUnpackTest, ReplacesFilesAndEmptyDirectories) {
  fs::create_directories(root_ + "/empty");
  fs::create_directories(root_ + "/full/inside");
  std::ofstream(root_ + "/file") << "old";
  ASSERT_TRUE(UnpackMembers(Member('0', "file", "", "new") + Member('0', "empty", "", "now a file")).ok());
  EXPECT_EQ(Read("file"), "new");
  EXPECT_EQ(Read("empty"), "now a file");
  EXPECT_FALSE(UnpackMembers(Member('0', "full", "", "x")).ok());
  EXPECT_TRUE(fs::exists(root_ + "/full/inside"));
}

TEST_F(ImageUnpackTest, NothingOutsideIsTouched) {
  const std::string outside = base_ + "/outside";
  fs::create_directories(outside);
  std::ofstream(outside + "/file") << "safe";
  const std::string up = "../outside/file";
  for (const std::string& members : std::vector<std::string>{
           Member('0', "../outside/file", "", "bad"),
           Member('0', "a/../../outside/file", "", "bad"),
           // Through a link of the archive, and of one that was there.
           Member('2', "link", outside) + Member('0', "link/file", "", "bad"),
           Member('2', "link", "../outside") + Member('5', "link/") + Member('0', "link/file", "", "bad"),
           Member('1', "hard", up) + Member('0', "hard", "", "bad"),
           Member('2', "link", outside) + Member('1', "hard", "link/file"),
           Member('0', ".", "", ""),
       }) {
    fs::remove_all(root_);
    fs::create_directories(root_);
    EXPECT_FALSE(UnpackMembers(members).ok());
    std::ifstream file(outside + "/file");
    std::string text;
    file >> text;
    EXPECT_EQ(text, "safe");
    EXPECT_EQ(std::distance(fs::directory_iterator(outside), fs::directory_iterator()), 1);
  }
}

TEST_F(ImageUnpackTest, AbsolutePathsAreBelowTheRoot) {
  ASSERT_TRUE(UnpackMembers(Member('0', "/etc/name", "", "inside")).ok());
  EXPECT_EQ(Read("etc/name"), "inside");
}

TEST_F(ImageUnpackTest, FoldersMayHaveMoved) {
  fs::create_directories(root_ + "/usr/lib");
  fs::create_directory_symlink("usr/lib", root_ + "/lib");
  MemorySource source(Member('5', "lib/") + Member('0', "lib/firmware/a", "", "x") +
                          Member('1', "lib/firmware/b", "lib/firmware/a") + Member('0', "library", "", "y") +
                          std::string(1024, '\0'),
                      "drivers");
  SourceStream stream(&source);
  ASSERT_TRUE(UnpackImage(stream, root_, {{"lib", "usr/lib"}}).ok());
  EXPECT_EQ(Read("usr/lib/firmware/b"), "x");
  EXPECT_EQ(Read("library"), "y");
}

TEST_F(ImageUnpackTest, DamageIsSaid) {
  std::string member = Member('0', "file", "", "data");
  member[0] = 'F';
  EXPECT_THAT(UnpackMembers(member).message(), HasSubstr("image"));
  EXPECT_TRUE(absl::IsDataLoss(UnpackMembers(Member('0', "a//b", "", "x"))));
}

}  // namespace
}  // namespace tsmedia
