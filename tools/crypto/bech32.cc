#include "tools/crypto/bech32.h"

#include <array>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace tsmedia {
namespace {

// BIP 173: the alphabet, 5 bits a character.
constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr char kSeparator = '1';
constexpr size_t kChecksumSize = 6;

// Checksum is the state of BIP 173's checksum, a remainder of a polynomial over GF(32).
class Checksum {
 public:
  explicit Checksum(std::string_view prefix) {
    for (char c : prefix) {
      Add(static_cast<uint8_t>(c) >> 5);
    }
    Add(0);
    for (char c : prefix) {
      Add(static_cast<uint8_t>(c) & 31);
    }
  }

  void Add(uint32_t value) {
    constexpr std::array<uint32_t, 5> kGenerator = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t top = state_ >> 25;
    state_ = ((state_ & 0x1ffffff) << 5) ^ value;
    for (size_t i = 0; i < kGenerator.size(); ++i) {
      state_ ^= ((top >> i) & 1) != 0 ? kGenerator[i] : 0;
    }
  }

  uint32_t state() const { return state_; }

 private:
  uint32_t state_ = 1;
};

absl::Status Malformed(std::string_view prefix, std::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("not a key that begins with \"", prefix, "1\": ", problem));
}

bool HasUpper(std::string_view text) {
  for (char c : text) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c))) {
      return true;
    }
  }
  return false;
}

bool HasLower(std::string_view text) {
  for (char c : text) {
    if (absl::ascii_islower(static_cast<unsigned char>(c))) {
      return true;
    }
  }
  return false;
}

}  // namespace

SecretString EncodeBech32(std::string_view prefix, ByteSpan data) {
  SecretString text(Bech32Size(prefix.size(), data.size()));
  MutableByteSpan out = text.span();
  size_t length = 0;
  for (char c : prefix) {
    out[length++] = static_cast<uint8_t>(c);
  }
  out[length++] = static_cast<uint8_t>(kSeparator);
  Checksum checksum(prefix);
  uint32_t bits = 0;
  int count = 0;
  auto add = [&](uint32_t value) {
    checksum.Add(value);
    out[length++] = static_cast<uint8_t>(kAlphabet[value]);
  };
  for (uint8_t byte : data) {
    bits = (bits << 8) | byte;
    for (count += 8; count >= 5; count -= 5) {
      add((bits >> (count - 5)) & 31);
    }
  }
  if (count > 0) {
    add((bits << (5 - count)) & 31);
  }
  for (size_t i = 0; i < kChecksumSize; ++i) {
    checksum.Add(0);
  }
  uint32_t remainder = checksum.state() ^ 1;
  for (size_t i = 0; i < kChecksumSize; ++i) {
    out[length++] = static_cast<uint8_t>(kAlphabet[(remainder >> (5 * (kChecksumSize - 1 - i))) & 31]);
  }
  return text;
}

absl::StatusOr<SecretString> DecodeBech32(std::string_view prefix, std::string_view text, size_t data_size) {
  if (text.size() != Bech32Size(prefix.size(), data_size)) {
    return Malformed(prefix,
                     absl::StrCat("it has ", text.size(), " characters, not ", Bech32Size(prefix.size(), data_size)));
  }
  if (HasUpper(text) && HasLower(text)) {
    return Malformed(prefix, "it mixes upper and lower case");
  }
  for (size_t i = 0; i < prefix.size(); ++i) {
    if (absl::ascii_tolower(static_cast<unsigned char>(text[i])) != prefix[i]) {
      return Malformed(prefix, "it begins otherwise");
    }
  }
  if (text[prefix.size()] != kSeparator) {
    return Malformed(prefix, "it begins otherwise");
  }
  std::string_view digits = text.substr(prefix.size() + 1);
  Checksum checksum(prefix);
  SecretString data(data_size);
  uint32_t bits = 0;
  int count = 0;
  size_t length = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    size_t value = kAlphabet.find(static_cast<char>(absl::ascii_tolower(static_cast<unsigned char>(digits[i]))));
    if (value == std::string_view::npos) {
      return Malformed(prefix, absl::StrCat("character ", prefix.size() + 2 + i, " is none of its alphabet"));
    }
    checksum.Add(static_cast<uint32_t>(value));
    if (i + kChecksumSize >= digits.size()) {
      continue;
    }
    bits = (bits << 5) | static_cast<uint32_t>(value);
    count += 5;
    if (count >= 8) {
      count -= 8;
      data.span()[length++] = static_cast<uint8_t>(bits >> count);
    }
  }
  if (checksum.state() != 1) {
    return Malformed(prefix, "its checksum does not match; is a character mistyped?");
  }
  if ((bits & ((1u << count) - 1)) != 0) {
    return Malformed(prefix, "the unused bits of its last character are not zero");
  }
  return data;
}

}  // namespace tsmedia
