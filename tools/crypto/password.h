// Passwords of media: where they come from, what they must be, and passphrases that are drawn.

#ifndef TSMEDIA_TOOLS_CRYPTO_PASSWORD_H_
#define TSMEDIA_TOOLS_CRYPTO_PASSWORD_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/crypto/secret.h"

namespace tsmedia {

inline constexpr size_t kMaxPasswordSize = 1024;
// Of a password that somebody chooses.
inline constexpr size_t kMinChosenPasswordSize = 12;

// Where a password comes from: at most one of these, else the terminal. A password never comes from an argument or the
// environment, which other processes can see.
struct PasswordSource {
  std::optional<int> fd;            // one line of an open file descriptor; the next call reads the next line
  std::optional<std::string> file;  // a password file
};

// ReadPassword reads a password; at the terminal it asks with `prompt`, without echo. The password is 1 to
// kMaxPasswordSize bytes without line ends.
absl::StatusOr<SecretString> ReadPassword(const PasswordSource& source, std::string_view prompt);

// ReadNewPassword reads one that is to protect something from now on: CheckChosenPassword accepts it, and at the
// terminal it is asked twice.
absl::StatusOr<SecretString> ReadNewPassword(const PasswordSource& source, std::string_view prompt);

// CheckChosenPassword is InvalidArgument unless `password` has at least 12 characters, all printable ASCII: consoles
// have a fixed keymap. The message does not quote it.
absl::Status CheckChosenPassword(std::string_view password);

// GeneratePassphrase draws 30 letters in groups of five, 129 bits. Its letters lie on the same keys of QWERTY, QWERTZ
// and AZERTY keyboards.
SecretString GeneratePassphrase();

// A password file: a salt line (secret_file.h), the password, a line feed. Mode 0600.
SecretString FormatPasswordFile(std::string_view password);
absl::StatusOr<SecretString> ParsePasswordFile(std::string_view content);

// ShowOnTerminal writes `text` to the terminal of the process, whatever its outputs are, so that a secret is seen and
// not kept. FailedPrecondition if there is no terminal.
absl::Status ShowOnTerminal(std::string_view text);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_PASSWORD_H_
