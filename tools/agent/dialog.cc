#include "tools/agent/dialog.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "openssl/mem.h"
#include "tools/crypto/age_scrypt.h"
#include "tools/medium/protected_content.h"

namespace tsmedia {
namespace {

constexpr absl::Duration kPollTime = absl::Milliseconds(100);

// Between passwords: after the first wrong one, and at most.
constexpr absl::Duration kFirstDelay = absl::Seconds(1);
constexpr absl::Duration kLongestDelay = absl::Seconds(30);

}  // namespace

std::optional<std::string> Dialog::WaitForLine(absl::Duration time) {
  const absl::Duration end = uptime_() + time;
  while (uptime_() < end) {
    if (std::optional<std::string> line = console_.TakeLine(); line.has_value()) {
      return line;
    }
    sleep_(kPollTime);
  }
  return std::nullopt;
}

std::optional<std::string> Dialog::WaitForAnswer(const std::vector<std::string>& keys, absl::Duration time) {
  const absl::Duration end = uptime_() + time;
  while (const std::optional<std::string> line = WaitForLine(end - uptime_())) {
    const std::string key = absl::AsciiStrToLower(absl::StripAsciiWhitespace(*line).substr(0, 1));
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
      return key;
    }
  }
  return std::nullopt;
}

std::string Dialog::WaitForSecret(Keyboard* keyboard) {
  const bool has_choice = keyboard != nullptr && keyboard->has_choice();
  while (true) {
    if (has_choice) {
      Say(absl::StrCat("Keyboard layout: ", keyboard->layout(), "     k Enter: another one"));
    }
    console_.ShowTyping(false);  // before anybody types
    Say("Password of the medium:");
    std::string line = *WaitForLine(absl::InfiniteDuration());
    console_.ShowTyping(true);
    // No password is that short.
    if (!has_choice || line != "k") {
      return line;
    }
    if (absl::Status used = keyboard->UseNext(); !used.ok()) {
      Say(absl::StrCat("The keyboard layout cannot be used: ", used.message(), "."));
    }
  }
}

absl::StatusOr<MediaIdentity> Dialog::AskForPassword(const Medium& medium, const Manifest& manifest,
                                                     Keyboard* keyboard) {
  absl::Duration delay = kFirstDelay;
  while (true) {
    std::string password = WaitForSecret(keyboard);
    Say("Checking the password ...");
    absl::StatusOr<MediaIdentity> identity = UnlockMedium(medium, manifest, password, kMaxWorkFactor);
    OPENSSL_cleanse(password.data(), password.size());
    if (identity.ok() || !absl::IsPermissionDenied(identity.status())) {
      return identity;
    }
    Say(absl::StrCat("Not accepted: ", identity.status().message(), "."));
    sleep_(delay);
    delay = std::min(delay * 2, kLongestDelay);
  }
}

}  // namespace tsmedia
