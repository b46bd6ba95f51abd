#include "tools/crypto/password.h"

#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "openssl/mem.h"
#include "openssl/rand.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/base/unique_fd.h"
#include "tools/crypto/secret_file.h"
#include "tools/crypto/test_keys.h"

namespace tsmedia {
namespace {

// Letters that QWERTY, QWERTZ and AZERTY keyboards have in one place (these move a, m, q, w, y and z). 30 of 20 letters
// are 129.6 bits.
constexpr std::string_view kLetters = "bcdefghijklnoprstuvx";
constexpr size_t kGroups = 6;
constexpr size_t kGroupSize = 5;

// A salt line has 65 bytes.
constexpr SecretFileKind kPasswordFile = {"password file", 65 + 2, 65 + kMaxPasswordSize + 1};

absl::Status CheckPassword(std::string_view password) {
  if (password.empty()) {
    return absl::InvalidArgumentError("the password is empty");
  }
  if (std::ranges::any_of(password, [](char c) { return c == '\0' || c == '\r' || c == '\n'; })) {
    return absl::InvalidArgumentError("the password has a line end or a zero byte in it");
  }
  return absl::OkStatus();
}

// One line without its end. Bytes are read singly: what follows the line stays for others.
absl::StatusOr<SecretString> ReadLine(int fd) {
  SecretBytes<kMaxPasswordSize + 1> line;
  size_t size = 0;
  while (true) {
    ssize_t count = read(fd, line.data() + size, 1);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return absl::ErrnoToStatus(errno, "cannot read the password");
    }
    if (count == 0 || line.data()[size] == '\n') {
      break;
    }
    if (++size > kMaxPasswordSize) {
      return absl::InvalidArgumentError(absl::StrCat("the password is longer than ", kMaxPasswordSize, " bytes"));
    }
  }
  SecretString password(AsText(line.span().first(size)));
  TSM_RETURN_IF_ERROR(CheckPassword(password.text()));
  return password;
}

// What a signal handler needs to give the terminal its echo back.
volatile sig_atomic_t quiet_terminal = -1;
struct termios loud_settings;

extern "C" void RestoreEchoAndDie(int signal_number) {
  tcsetattr(quiet_terminal, TCSAFLUSH, &loud_settings);
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

constexpr std::array<int, 4> kDeadlySignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// Terminal is the terminal of the process.
class Terminal {
 public:
  static absl::StatusOr<std::unique_ptr<Terminal>> Open() {
    UniqueFd fd(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    if (!fd.ok()) {
      return absl::FailedPreconditionError("there is no terminal");
    }
    return absl::WrapUnique(new Terminal(std::move(fd)));
  }

  absl::Status Write(std::string_view text) const {
    return WriteAll(fd_.get(), AsBytes(text)) ? absl::OkStatus()
                                              : absl::ErrnoToStatus(errno, "cannot write to the terminal");
  }

  absl::StatusOr<SecretString> ReadWithoutEcho() const {
    if (tcgetattr(fd_.get(), &loud_settings) != 0) {
      return absl::ErrnoToStatus(errno, "cannot switch the terminal's echo off");
    }
    quiet_terminal = fd_.get();
    std::array<struct sigaction, kDeadlySignals.size()> before;
    struct sigaction restore = {};
    restore.sa_handler = RestoreEchoAndDie;
    for (size_t i = 0; i < kDeadlySignals.size(); ++i) {
      sigaction(kDeadlySignals[i], &restore, &before[i]);
    }
    struct termios quiet = loud_settings;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
    absl::StatusOr<SecretString> line = tcsetattr(fd_.get(), TCSAFLUSH, &quiet) == 0
                                            ? ReadLine(fd_.get())
                                            : absl::ErrnoToStatus(errno, "cannot switch the terminal's echo off");
    tcsetattr(fd_.get(), TCSAFLUSH, &loud_settings);
    for (size_t i = 0; i < kDeadlySignals.size(); ++i) {
      sigaction(kDeadlySignals[i], &before[i], nullptr);
    }
    return line;
  }

 private:
  explicit Terminal(UniqueFd fd) : fd_(std::move(fd)) {}

  const UniqueFd fd_;
};

absl::StatusOr<SecretString> AskOnTerminal(std::string_view prompt) {
  absl::StatusOr<std::unique_ptr<Terminal>> terminal = Terminal::Open();
  if (!terminal.ok()) {
    return absl::FailedPreconditionError(
        "there is no terminal to ask for the password; give it with --password-fd=N or --password-file=FILE");
  }
  TSM_RETURN_IF_ERROR((*terminal)->Write(absl::StrCat(prompt, ": ")));
  absl::StatusOr<SecretString> password = (*terminal)->ReadWithoutEcho();
  TSM_RETURN_IF_ERROR((*terminal)->Write("\n"));
  return password;
}

absl::StatusOr<SecretString> ReadPasswordFile(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(SecretString content, ReadSecretFile(path, kPasswordFile, IsTestSecret));
  absl::StatusOr<SecretString> password = ParsePasswordFile(content.text());
  if (!password.ok()) {
    return absl::Status(password.status().code(), absl::StrCat(path, ": ", password.status().message()));
  }
  return password;
}

}  // namespace

absl::StatusOr<SecretString> ReadPassword(const PasswordSource& source, std::string_view prompt) {
  TSM_RETURN_IF_ERROR(DisableCoreDumps());
  if (source.fd.has_value()) {
    return ReadLine(*source.fd);
  }
  return source.file.has_value() ? ReadPasswordFile(*source.file) : AskOnTerminal(prompt);
}

absl::StatusOr<SecretString> ReadNewPassword(const PasswordSource& source, std::string_view prompt) {
  TSM_ASSIGN_OR_RETURN(SecretString password, ReadPassword(source, prompt));
  TSM_RETURN_IF_ERROR(CheckChosenPassword(password.text()));
  if (!source.fd.has_value() && !source.file.has_value()) {
    TSM_ASSIGN_OR_RETURN(SecretString again, AskOnTerminal(absl::StrCat(prompt, " again")));
    if (again.text() != password.text()) {
      return absl::InvalidArgumentError("the two passwords differ");
    }
  }
  return password;
}

absl::Status CheckChosenPassword(std::string_view password) {
  bool printable = std::ranges::all_of(password, [](char c) { return c >= ' ' && c <= '~'; });
  if (password.size() < kMinChosenPasswordSize || !printable) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a password must have at least ", kMinChosenPasswordSize,
        " characters, all of them printable ASCII (the consoles of target machines have a fixed keyboard layout)"));
  }
  return absl::OkStatus();
}

SecretString GeneratePassphrase() {
  SecretString passphrase(kGroups * (kGroupSize + 1) - 1);
  for (size_t i = 0; i < passphrase.size(); ++i) {
    if (i % (kGroupSize + 1) == kGroupSize) {
      passphrase.span()[i] = ' ';
      continue;
    }
    uint8_t byte;
    do {
      RAND_bytes(&byte, 1);
    } while (byte >= 256 / kLetters.size() * kLetters.size());  // else some letters would come more often
    passphrase.span()[i] = static_cast<uint8_t>(kLetters[byte % kLetters.size()]);
    OPENSSL_cleanse(&byte, 1);
  }
  return passphrase;
}

SecretString FormatPasswordFile(std::string_view password) {
  std::string salt = NewSaltLine();
  SecretString content(salt.size() + password.size() + 1);
  std::memcpy(content.span().data(), salt.data(), salt.size());
  std::memcpy(content.span().data() + salt.size(), password.data(), password.size());
  content.span()[content.size() - 1] = '\n';
  return content;
}

absl::StatusOr<SecretString> ParsePasswordFile(std::string_view content) {
  TSM_ASSIGN_OR_RETURN(std::string_view line, TakeSaltLine(content));
  if (!line.ends_with('\n')) {
    return absl::InvalidArgumentError("a password file must be a salt line and the password's line");
  }
  line.remove_suffix(1);
  TSM_RETURN_IF_ERROR(CheckPassword(line));
  return SecretString(line);
}

absl::Status ShowOnTerminal(std::string_view text) {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<Terminal> terminal, Terminal::Open());
  return terminal->Write(text);
}

}  // namespace tsmedia
