// A terminal of a machine that is a directory.

#ifndef TSMEDIA_TOOLS_AGENT_FAKE_TERMINAL_H_
#define TSMEDIA_TOOLS_AGENT_FAKE_TERMINAL_H_

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "tools/agent/fake_root.h"

namespace tsmedia {

// FakeTerminal is the other end of the only console, /dev/ttyS0.
class FakeTerminal {
 public:
  explicit FakeTerminal(const FakeRoot& root) : fd_(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    EXPECT_EQ(grantpt(fd_), 0);
    EXPECT_EQ(unlockpt(fd_), 0);
    std::filesystem::create_directories(root.path() + "/dev");
    std::filesystem::create_symlink(ptsname(fd_), root.path() + "/dev/ttyS0");
    root.Write("sys/class/tty/console/active", "ttyS0\n");
  }
  ~FakeTerminal() { close(fd_); }

  void Type(const std::string& line) {
    const std::string text = line + "\n";
    EXPECT_EQ(write(fd_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  // All that was shown so far.
  const std::string& Shown() {
    char buffer[4096];
    for (ssize_t size = read(fd_, buffer, sizeof(buffer)); size > 0; size = read(fd_, buffer, sizeof(buffer))) {
      shown_.append(buffer, static_cast<size_t>(size));
    }
    return shown_;
  }

 private:
  const int fd_;
  std::string shown_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_FAKE_TERMINAL_H_
