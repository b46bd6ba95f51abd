#include "tools/base/json_writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/base/utf8.h"

namespace tsmedia {
namespace {

std::string Quote(std::string_view value) {
  std::string quoted = "\"";
  for (char c : value) {
    switch (c) {
      case '"':
        quoted += "\\\"";
        break;
      case '\\':
        quoted += "\\\\";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\t':
        quoted += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          absl::StrAppendFormat(&quoted, "\\u%04x", static_cast<unsigned char>(c));
        } else {
          quoted += c;
        }
    }
  }
  return quoted + "\"";
}

// Text from a damaged medium may hold anything; JSON must be UTF-8.
std::string ReplaceInvalid(std::string_view value) {
  if (IsValidUtf8(value)) {
    return std::string(value);
  }
  std::string replaced;
  for (char c : value) {
    replaced += static_cast<unsigned char>(c) < 0x80 ? std::string(1, c) : "\xef\xbf\xbd";
  }
  return replaced;
}

}  // namespace

void JsonWriter::String(std::string_view key, std::string_view value) {
  BeginValue(key);
  text_ += Quote(ReplaceInvalid(value));
}

void JsonWriter::Number(std::string_view key, uint64_t value) {
  BeginValue(key);
  absl::StrAppend(&text_, value);
}

void JsonWriter::Bool(std::string_view key, bool value) {
  BeginValue(key);
  text_ += value ? "true" : "false";
}

std::string JsonWriter::Finish() {
  text_ += '\n';
  return std::move(text_);
}

void JsonWriter::Begin(std::string_view key, char bracket) {
  BeginValue(key);
  text_ += bracket;
  ++depth_;
  first_ = true;
}

void JsonWriter::End(char bracket) {
  --depth_;
  if (!first_) {
    NewLine();
  }
  text_ += bracket;
  first_ = false;
}

void JsonWriter::BeginValue(std::string_view key) {
  if (!first_) {
    text_ += ',';
  }
  if (depth_ > 0) {
    NewLine();
  }
  if (!key.empty()) {
    absl::StrAppend(&text_, Quote(key), ": ");
  }
  first_ = false;
}

void JsonWriter::NewLine() {
  if (layout_ == Layout::kIndented) {
    text_.append("\n").append(2 * static_cast<size_t>(depth_), ' ');
  }
}

}  // namespace tsmedia
