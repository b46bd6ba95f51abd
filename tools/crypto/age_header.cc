#include "tools/crypto/age_header.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "openssl/digest.h"
#include "openssl/hmac.h"
#include "openssl/mem.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/hkdf.h"

namespace tsmedia {
namespace {

constexpr std::string_view kVersionLine = "age-encryption.org/v1";
constexpr std::string_view kVersionPrefix = "age-encryption.org/";
constexpr std::string_view kArmorLine = "-----BEGIN AGE ENCRYPTED FILE-----";
constexpr std::string_view kStanzaPrefix = "-> ";
constexpr std::string_view kMacPrefix = "--- ";
// The MAC covers the header up to here.
constexpr std::string_view kMacMark = "---";
constexpr size_t kBodyColumns = 64;
constexpr std::string_view kMacLabel = "header";

absl::Status Damaged(uint64_t offset, std::string_view problem) {
  return absl::DataLossError(absl::StrCat("the age header is damaged at offset ", offset, ": ", problem));
}

std::array<uint8_t, 32> HeaderMac(std::string_view authenticated, const AgeFileKey& file_key) {
  SecretBytes<32> key;
  Hkdf(file_key.span(), "", kMacLabel, key.span());
  std::array<uint8_t, 32> mac;
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), key.size(), AsBytes(authenticated).data(), authenticated.size(), mac.data(),
           &size) == nullptr) {
    std::abort();  // only without memory
  }
  return mac;
}

// LineReader takes lines off the header.
class LineReader {
 public:
  explicit LineReader(std::string_view bytes) : bytes_(bytes) {}

  absl::StatusOr<std::string_view> Next() {
    line_offset_ = offset_;
    size_t end = bytes_.find('\n', offset_);
    if (end == std::string_view::npos) {
      return Damaged(offset_, bytes_.size() >= kMaxAgeHeaderSize
                                  ? absl::StrCat("it is larger than ", kMaxAgeHeaderSize, " bytes")
                                  : "truncated, a line without its end");
    }
    std::string_view line = bytes_.substr(offset_, end - offset_);
    offset_ = end + 1;
    return line;
  }

  // Of the line that Next returned last, and of the one after it.
  size_t line_offset() const { return line_offset_; }
  size_t offset() const { return offset_; }

 private:
  std::string_view bytes_;
  size_t offset_ = 0;
  size_t line_offset_ = 0;
};

absl::StatusOr<std::vector<std::string>> ParseArguments(std::string_view line, size_t offset) {
  std::vector<std::string> arguments = absl::StrSplit(line, ' ');
  for (const std::string& argument : arguments) {
    // ABNF of the specification: one or more VCHAR.
    if (argument.empty() || !std::ranges::all_of(argument, [](char c) { return c > ' ' && c < '\x7f'; })) {
      return Damaged(offset, "a stanza's argument is empty or not of printable ASCII");
    }
  }
  return arguments;
}

absl::StatusOr<std::string> ParseBody(LineReader& lines) {
  size_t offset = lines.offset();
  std::string text;
  while (true) {
    TSM_ASSIGN_OR_RETURN(std::string_view line, lines.Next());
    if (line.size() > kBodyColumns) {
      return Damaged(lines.line_offset(), "a line of a stanza's body has more than 64 columns");
    }
    absl::StrAppend(&text, line);
    if (line.size() < kBodyColumns) {
      break;
    }
  }
  absl::StatusOr<std::string> body = DecodeAgeBase64(text);
  return body.ok() ? body : Damaged(offset, absl::StrCat("a stanza's body is ", body.status().message()));
}

absl::Status CheckVersion(std::string_view bytes) {
  std::string_view line = bytes.substr(0, bytes.find('\n'));
  if (line == kVersionLine && bytes.size() > line.size()) {
    return absl::OkStatus();
  }
  if (line.starts_with(kArmorLine)) {
    return absl::InvalidArgumentError("an age file in ASCII armor; write it without (age -e, not age -e -a)");
  }
  if (line.starts_with(kVersionPrefix)) {
    return absl::InvalidArgumentError("an age file of an unknown version, not age-encryption.org/v1");
  }
  return absl::InvalidArgumentError("not an age file: it does not begin with \"age-encryption.org/v1\"");
}

}  // namespace

std::string EncodeAgeBase64(std::string_view bytes) {
  std::string text = absl::Base64Escape(bytes);
  text.resize(text.size() - static_cast<size_t>(std::ranges::count(text, '=')));
  return text;
}

absl::StatusOr<std::string> DecodeAgeBase64(std::string_view text) {
  std::string bytes;
  // Encoding again finds what a lenient decoder accepts: blanks, padding, stray low bits.
  if (!absl::Base64Unescape(text, &bytes) || EncodeAgeBase64(bytes) != text) {
    return absl::InvalidArgumentError("not canonical base64 without padding");
  }
  return bytes;
}

absl::StatusOr<AgeHeader> ParseAgeHeader(std::string_view bytes) {
  bytes = bytes.substr(0, kMaxAgeHeaderSize);
  TSM_RETURN_IF_ERROR(CheckVersion(bytes));
  LineReader lines(bytes);
  TSM_RETURN_IF_ERROR(lines.Next().status());
  AgeHeader header;
  while (true) {
    TSM_ASSIGN_OR_RETURN(std::string_view line, lines.Next());
    size_t offset = lines.line_offset();
    if (line.starts_with(kMacPrefix)) {
      absl::StatusOr<std::string> mac = DecodeAgeBase64(line.substr(kMacPrefix.size()));
      if (!mac.ok() || mac->size() != header.mac.size()) {
        return Damaged(offset, "the MAC is not the canonical base64 of 32 bytes");
      }
      std::memcpy(header.mac.data(), mac->data(), mac->size());
      header.authenticated = std::string(bytes.substr(0, offset + kMacMark.size()));
      header.size = lines.offset();
      break;
    }
    if (!line.starts_with(kStanzaPrefix)) {
      return Damaged(offset, "a line begins neither a stanza nor the MAC");
    }
    AgeStanza stanza;
    TSM_ASSIGN_OR_RETURN(stanza.arguments, ParseArguments(line.substr(kStanzaPrefix.size()), offset));
    TSM_ASSIGN_OR_RETURN(stanza.body, ParseBody(lines));
    header.stanzas.push_back(std::move(stanza));
  }
  if (header.stanzas.empty()) {
    return Damaged(kVersionLine.size() + 1, "there is no stanza");
  }
  return header;
}

absl::Status CheckAgeHeaderMac(const AgeHeader& header, const AgeFileKey& file_key) {
  std::array<uint8_t, 32> mac = HeaderMac(header.authenticated, file_key);
  if (CRYPTO_memcmp(mac.data(), header.mac.data(), mac.size()) != 0) {
    return absl::DataLossError("the age header is damaged: its MAC does not match");
  }
  return absl::OkStatus();
}

std::string FormatAgeHeader(absl::Span<const AgeStanza> stanzas, const AgeFileKey& file_key) {
  std::string text = absl::StrCat(kVersionLine, "\n");
  for (const AgeStanza& stanza : stanzas) {
    absl::StrAppend(&text, "->");
    for (const std::string& argument : stanza.arguments) {
      absl::StrAppend(&text, " ", argument);
    }
    absl::StrAppend(&text, "\n");
    std::string body = EncodeAgeBase64(stanza.body);
    for (size_t i = 0; i <= body.size(); i += kBodyColumns) {
      absl::StrAppend(&text, std::string_view(body).substr(i, kBodyColumns), "\n");
    }
  }
  absl::StrAppend(&text, kMacMark);
  std::array<uint8_t, 32> mac = HeaderMac(text, file_key);
  absl::StrAppend(&text, " ", EncodeAgeBase64(AsText(mac)), "\n");
  return text;
}

}  // namespace tsmedia
