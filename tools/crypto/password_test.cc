#include "tools/crypto/password.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/crypto/secret.h"
#include "tools/crypto/secret_file.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

// The reading end of a pipe that holds `text`.
int PipeWith(std::string_view text) {
  std::array<int, 2> ends;
  EXPECT_EQ(pipe(ends.data()), 0);
  EXPECT_EQ(write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  close(ends[1]);
  return ends[0];
}

absl::StatusOr<SecretString> FromPipe(std::string_view text) {
  PasswordSource source;
  source.fd = PipeWith(text);
  absl::StatusOr<SecretString> password = ReadPassword(source, "");
  close(*source.fd);
  return password;
}

TEST(PasswordTest, DescriptorsGiveALineEach) {
  PasswordSource source;
  source.fd = PipeWith("old password\nnew pass word \nlast");
  EXPECT_EQ(ReadPassword(source, "")->text(), "old password");
  EXPECT_EQ(ReadPassword(source, "")->text(), "new pass word ");
  EXPECT_EQ(ReadPassword(source, "")->text(), "last");
  EXPECT_THAT(ReadPassword(source, "").status().message(), HasSubstr("empty"));
  close(*source.fd);
}

TEST(PasswordTest, RefusesWhatNobodyCanType) {
  EXPECT_THAT(FromPipe("\n").status().message(), HasSubstr("empty"));
  EXPECT_THAT(FromPipe("with return\r\n").status().message(), HasSubstr("line end"));
  EXPECT_THAT(FromPipe(std::string_view("ze\0ro\n", 6)).status().message(), HasSubstr("zero byte"));
  EXPECT_TRUE(FromPipe(std::string(kMaxPasswordSize, 'x')).ok());
  EXPECT_THAT(FromPipe(std::string(kMaxPasswordSize + 1, 'x')).status().message(), HasSubstr("longer than 1024"));
}

TEST(PasswordTest, ChosenOnesAreLongAndPrintable) {
  EXPECT_TRUE(CheckChosenPassword("exactly 12 c").ok());
  for (std::string_view bad : {"eleven char", "",
                               "gr\xc3\xbc\xc3\x9f"
                               "e aus Berlin",
                               "tab\tin the middle"}) {
    absl::Status status = CheckChosenPassword(bad);
    EXPECT_THAT(status.message(), HasSubstr("at least 12 characters"));
    if (!bad.empty()) {
      EXPECT_THAT(status.message(), ::testing::Not(HasSubstr(bad)));
    }
  }
  PasswordSource source;
  source.fd = PipeWith("short\n");
  EXPECT_FALSE(ReadNewPassword(source, "").ok());
}

TEST(PasswordTest, GeneratedOnesAreRandom) {
  std::set<std::string> seen;
  std::set<char> letters;
  for (int i = 0; i < 200; ++i) {
    std::string passphrase(GeneratePassphrase().text());
    EXPECT_TRUE(CheckChosenPassword(passphrase).ok());
    std::vector<std::string> groups = absl::StrSplit(passphrase, ' ');
    EXPECT_THAT(groups, ::testing::SizeIs(6));
    EXPECT_THAT(groups, ::testing::Each(::testing::SizeIs(5)));
    letters.insert(passphrase.begin(), passphrase.end());
    seen.insert(passphrase);
  }
  EXPECT_EQ(seen.size(), 200u);
  EXPECT_EQ(std::string(letters.begin(), letters.end()), " bcdefghijklnoprstuvx");
}

TEST(PasswordFileTest, NeedsItsSaltAndMode) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/password");
  PasswordSource source;
  source.file = path;
  SecretString content = FormatPasswordFile("a password in a file");
  ASSERT_TRUE(WriteFileAtomically(path, content.text(), 0600).ok());
  absl::StatusOr<SecretString> password = ReadPassword(source, "");
  ASSERT_TRUE(password.ok()) << password.status();
  EXPECT_EQ(password->text(), "a password in a file");
  ASSERT_TRUE(WriteFileAtomically(path, content.text(), 0644).ok());
  EXPECT_THAT(ReadPassword(source, "").status().message(), HasSubstr("chmod 600"));
  const std::string unsalted = absl::StrCat(std::string(70, 'p'), "\n");
  ASSERT_TRUE(WriteFileAtomically(path, unsalted, 0600).ok());
  EXPECT_THAT(ReadPassword(source, "").status().message(), HasSubstr("mediactl secret new"));
  EXPECT_FALSE(ParsePasswordFile(absl::StrCat(NewSaltLine(), "no line feed")).ok());
  EXPECT_FALSE(ParsePasswordFile(absl::StrCat(NewSaltLine(), "two\nlines\n")).ok());
  EXPECT_FALSE(ParsePasswordFile(absl::StrCat(NewSaltLine(), "\n")).ok());
}

// What a child process at a terminal of its own writes there when `typed` is typed after the first prompt, and its exit
// code. `echo` is whether the terminal echoes while the child waits.
struct Session {
  std::string output;
  int status = 0;
  bool echo = true;
};

Session AtTerminal(std::string_view typed, int (*child)()) {
  int terminal;
  pid_t pid = forkpty(&terminal, nullptr, nullptr, nullptr);
  EXPECT_GE(pid, 0);
  if (pid == 0) {
    _exit(child());
  }
  Session session;
  std::array<char, 256> buffer;
  bool answered = false;
  ssize_t count;
  while ((count = read(terminal, buffer.data(), buffer.size())) > 0) {
    session.output.append(buffer.data(), static_cast<size_t>(count));
    if (!answered && session.output.ends_with(": ")) {
      answered = true;
      struct termios settings;
      do {
        tcgetattr(terminal, &settings);
        session.echo = (settings.c_lflag & ECHO) != 0;
      } while (session.echo && usleep(1000) == 0);
      EXPECT_EQ(write(terminal, typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
    }
  }
  int status;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  session.status = status;
  close(terminal);
  return session;
}

int AskOnce() {
  absl::StatusOr<SecretString> password = ReadPassword({}, "Password");
  struct termios settings;
  tcgetattr(STDIN_FILENO, &settings);
  bool echo_is_back = (settings.c_lflag & ECHO) != 0;
  return password.ok() && password->text() == "typed at a terminal" && echo_is_back ? 0 : 1;
}

TEST(TerminalTest, AsksWithoutEcho) {
  Session session = AtTerminal("typed at a terminal\n", AskOnce);
  EXPECT_EQ(session.status, 0);
  EXPECT_FALSE(session.echo);
  EXPECT_EQ(session.output, "Password: \r\n");
}

TEST(TerminalTest, AnInterruptEndsTheProgram) {
  Session session = AtTerminal("typed\x03", AskOnce);
  EXPECT_TRUE(WIFSIGNALED(session.status) && WTERMSIG(session.status) == SIGINT);
}

int AskWithoutTerminal() {
  setsid();
  absl::Status status = ReadPassword({}, "Password").status();
  return absl::StrContains(status.message(), "--password-fd") && !ShowOnTerminal("x").ok() ? 0 : 1;
}

TEST(TerminalTest, SaysWhatToDoWithoutOne) {
  pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    _exit(AskWithoutTerminal());
  }
  int status;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace tsmedia
