#include "tools/crypto/secret_file.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/crypto/secret.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

constexpr SecretFileKind kKind = {"test secret", 6, 6};

bool Nothing(std::string_view) { return false; }

std::string Path(const char* name) { return absl::StrCat(::testing::TempDir(), "/", name); }

TEST(SecretFileTest, ReadsClosedFiles) {
  const std::string path = Path("closed");
  for (int mode : {0600, 0400}) {
    ASSERT_TRUE(WriteFileAtomically(path, "secret", mode).ok());
    absl::StatusOr<SecretString> secret = ReadSecretFile(path, kKind, Nothing);
    ASSERT_TRUE(secret.ok()) << secret.status();
    EXPECT_EQ(secret->text(), "secret");
  }
  const std::string link = Path("link");
  ASSERT_EQ(symlink(path.c_str(), link.c_str()), 0);
  EXPECT_TRUE(ReadSecretFile(link, kKind, Nothing).ok());
}

TEST(SecretFileTest, SwitchesCoreDumpsOff) {
  const std::string path = Path("core");
  ASSERT_TRUE(WriteFileAtomically(path, "secret", 0600).ok());
  ASSERT_TRUE(ReadSecretFile(path, kKind, Nothing).ok());
  struct rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_CORE, &limit), 0);
  EXPECT_EQ(limit.rlim_max, 0u);
  EXPECT_EQ(prctl(PR_GET_DUMPABLE), 0);
}

TEST(SecretFileTest, RefusesFilesThatOthersCanOpen) {
  const std::string path = Path("open");
  for (int mode : {0644, 0640, 0604, 0610, 0601, 0622}) {
    ASSERT_TRUE(WriteFileAtomically(path, "secret", mode).ok());
    absl::Status status = ReadSecretFile(path, kKind, Nothing).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(status.message(), HasSubstr("chmod 600"));
  }
  // What everybody has anyway may be open.
  EXPECT_TRUE(ReadSecretFile(path, kKind, [](std::string_view text) { return text == "secret"; }).ok());
}

TEST(SecretFileTest, RefusesOtherOwners) {
  const std::string path = Path("owner");
  ASSERT_TRUE(WriteFileAtomically(path, "secret", 0600).ok());
  if (chown(path.c_str(), 12345, 12345) != 0) {
    GTEST_SKIP() << "only root outside of user namespaces can give files away";
  }
  EXPECT_THAT(ReadSecretFile(path, kKind, Nothing).status().message(), HasSubstr("belongs to user 12345"));
}

TEST(SecretFileTest, RefusesOtherSizesAndKinds) {
  const std::string path = Path("size");
  for (std::string_view content : {"", "secre", "secrets"}) {
    ASSERT_TRUE(WriteFileAtomically(path, content, 0600).ok());
    EXPECT_THAT(ReadSecretFile(path, kKind, Nothing).status().message(), HasSubstr("bytes, not 6"));
  }
  EXPECT_THAT(ReadSecretFile(::testing::TempDir(), kKind, Nothing).status().message(), HasSubstr("regular file"));
  const std::string fifo = Path("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(ReadSecretFile(fifo, kKind, Nothing).status().message(), HasSubstr("regular file"));
  EXPECT_EQ(ReadSecretFile(Path("missing"), kKind, Nothing).status().code(), absl::StatusCode::kNotFound);
}

TEST(SaltLineTest, IsDemanded) {
  const std::string salt = NewSaltLine();
  EXPECT_NE(salt, NewSaltLine());
  EXPECT_EQ(*TakeSaltLine(salt + "rest\n"), "rest\n");
  EXPECT_EQ(*TakeSaltLine(salt), "");
  const std::string bad[] = {"",
                             "password\n",
                             salt.substr(1),
                             " " + salt,
                             salt.substr(0, 64),
                             "g" + salt.substr(1),
                             salt.substr(0, 62) + "\n"};
  for (const std::string& content : bad) {
    EXPECT_THAT(TakeSaltLine(content).status().message(), HasSubstr("mediactl secret new")) << content;
  }
}

}  // namespace
}  // namespace tsmedia
