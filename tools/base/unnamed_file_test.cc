#include "tools/base/unnamed_file.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"

namespace tsmedia {
namespace {

using Maker = absl::StatusOr<std::unique_ptr<UnnamedFile>> (*)(const std::string&, int);

class UnnamedFileTest : public ::testing::TestWithParam<Maker> {
 protected:
  UnnamedFileTest() : directory_(absl::StrCat(::testing::TempDir(), "/", getpid(), "_", ++count_)) {
    std::filesystem::create_directory(directory_);
  }

  std::string Path() const { return directory_ + "/file"; }
  std::unique_ptr<UnnamedFile> Make(int mode = 0644) const {
    absl::StatusOr<std::unique_ptr<UnnamedFile>> file = GetParam()(Path(), mode);
    EXPECT_TRUE(file.ok()) << file.status();
    return *std::move(file);
  }
  // Names in the directory.
  long Entries() const {
    return std::distance(std::filesystem::directory_iterator(directory_), std::filesystem::directory_iterator());
  }

 private:
  static int count_;
  std::string directory_;
};

int UnnamedFileTest::count_ = 0;

TEST_P(UnnamedFileTest, HasNoNameBeforeCommit) {
  {
    std::unique_ptr<UnnamedFile> file = Make();
    ASSERT_TRUE(file->WriteAt(0, AsBytes("something")).ok());
    EXPECT_EQ(Entries(), 0);
  }
  EXPECT_EQ(Entries(), 0);
}

TEST_P(UnnamedFileTest, CommitGivesItItsName) {
  std::unique_ptr<UnnamedFile> file = Make(0640);
  ASSERT_TRUE(file->WriteAt(4, AsBytes("body")).ok());
  ASSERT_TRUE(file->WriteAt(0, AsBytes("head")).ok());
  ASSERT_TRUE(file->Commit().ok());
  EXPECT_EQ(*ReadWholeFile(Path(), 100), "headbody");
  EXPECT_EQ(Entries(), 1);
  struct stat info;
  ASSERT_EQ(stat(Path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0640u);
}

TEST_P(UnnamedFileTest, CommitReplaces) {
  for (const char* content : {"one", "two", "three"}) {
    std::unique_ptr<UnnamedFile> file = Make();
    ASSERT_TRUE(file->WriteAt(0, AsBytes(content)).ok());
    ASSERT_TRUE(file->Commit().ok());
    EXPECT_EQ(*ReadWholeFile(Path(), 100), content);
    EXPECT_EQ(Entries(), 1);
  }
}

TEST_P(UnnamedFileTest, AKilledProcessLeavesNothing) {
  pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::unique_ptr<UnnamedFile> file = Make();
    (void)file->WriteAt(0, AsBytes(std::string(100000, 'x')));
    raise(SIGKILL);
  }
  int status;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(Entries(), 0);
}

TEST_P(UnnamedFileTest, NamesThePathInErrors) {
  absl::Status status = GetParam()("/nonexistent/directory/file", 0644).status();
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(status.message().starts_with("/nonexistent/directory/file: ")) << status;
}

INSTANTIATE_TEST_SUITE_P(Unnamed, UnnamedFileTest, ::testing::Values(&UnnamedFile::Create));
INSTANTIATE_TEST_SUITE_P(Spooled, UnnamedFileTest, ::testing::Values(&UnnamedFile::CreateSpooled));

}  // namespace
}  // namespace tsmedia
