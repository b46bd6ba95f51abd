#include "tools/agent/console.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "absl/memory/memory.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/base/kernel_file.h"
#include "tools/base/printable.h"

namespace tsmedia {
namespace {

// /sys/class/tty/console/active holds one line of names; a machine has a handful of consoles.
constexpr uint64_t kMaxActiveSize = 4096;
constexpr size_t kMaxConsoles = 16;

constexpr size_t kMaxLine = 4096;

// How long a console may keep the agent waiting (a serial port whose other end stopped the flow), in milliseconds.
constexpr int kWriteTimeoutMs = 2000;

std::vector<std::string> ActiveConsoles(const std::string& root) {
  const absl::StatusOr<std::string> active = ReadKernelFile(root + "/sys/class/tty/console/active", kMaxActiveSize);
  if (!active.ok()) {
    return {"console"};
  }
  std::vector<std::string> names = absl::StrSplit(*active, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  if (names.size() > kMaxConsoles) {
    names.resize(kMaxConsoles);
  }
  return names;
}

// Writes all of `text` or gives up: an error, or a port that takes nothing for too long.
void WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (written < 0 && errno == EAGAIN) {
      pollfd ready = {.fd = fd, .events = POLLOUT, .revents = 0};
      if (poll(&ready, 1, kWriteTimeoutMs) <= 0) {
        return;
      }
    } else if (written == 0 || errno != EINTR) {
      return;
    }
  }
}

}  // namespace

std::string_view TypedLine(std::string_view typed) {
  while (absl::ConsumeSuffix(&typed, "\n") || absl::ConsumeSuffix(&typed, "\r")) {
  }
  return typed;
}

std::unique_ptr<Console> Console::Open(const std::string& root) {
  auto console = absl::WrapUnique(new Console);
  for (const std::string& name : ActiveConsoles(root)) {
    // Not blocking: a port without carrier must stop neither open nor write. No controlling terminal: a Ctrl-C typed
    // there is no signal for PID 1.
    const int fd = open(absl::StrCat(root, "/dev/", name).c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
      console->names_.push_back(name);
      console->fds_.push_back(fd);
    }
  }
  return console;
}

Console::~Console() {
  for (const int fd : fds_) {
    close(fd);
  }
}

std::optional<std::string> Console::TakeLine() {
  absl::MutexLock lock(&mutex_);
  for (size_t i = 0; i < fds_.size(); ++i) {
    // A terminal gives one line at a time (termios(3), canonical mode), at most 4,096 bytes.
    char line[kMaxLine];
    const ssize_t size = read(fds_[i], line, sizeof(line));
    if (size > 0) {
      last_input_ = i;
      return std::string(TypedLine(std::string_view(line, static_cast<size_t>(size))));
    }
  }
  return std::nullopt;
}

std::string Console::last_input() const {
  absl::MutexLock lock(&mutex_);
  return names_.empty() ? "console" : names_[last_input_];
}

void Console::ShowTyping(bool show) {
  for (const int fd : fds_) {
    termios settings;
    if (tcgetattr(fd, &settings) == 0) {
      settings.c_lflag = show ? settings.c_lflag | ECHO : settings.c_lflag & ~static_cast<tcflag_t>(ECHO);
      tcsetattr(fd, TCSANOW, &settings);
    }
  }
}

void Console::Say(std::string_view line) {
  // The terminal driver adds the carriage return (linux/drivers/tty/tty_io.c, tty_std_termios: ONLCR).
  const std::string text = PrintableLine(line) + "\n";
  absl::MutexLock lock(&mutex_);  // one line after the other
  for (const int fd : fds_) {
    WriteAll(fd, text);
  }
}

}  // namespace tsmedia
