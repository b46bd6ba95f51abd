#include "tools/sequence/text_scanner.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace tsmedia {
namespace {

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '+' || c == '.';
}

}  // namespace

void TextScanner::SkipBlanks() {
  while (offset_ < text_.size() && absl::ascii_isspace(static_cast<unsigned char>(text_[offset_]))) {
    line_ += text_[offset_] == '\n' ? 1 : 0;
    ++offset_;
  }
}

// A string that is not closed ends with its line.
size_t TextScanner::EndOfString(size_t begin) const {
  char quote = text_[begin];
  size_t end = begin + 1;
  while (end < text_.size() && text_[end] != '\n') {
    if (text_[end] == quote) {
      return end + 1;
    }
    bool escape = text_[end] == '\\' && end + 1 < text_.size() && text_[end + 1] != '\n';
    end += escape ? 2 : 1;
  }
  return end;
}

TextToken TextScanner::Next() {
  SkipBlanks();
  if (offset_ >= text_.size()) {
    return {TextToken::Kind::kEnd, text_.substr(text_.size()), line_};
  }
  size_t begin = offset_;
  char first = text_[begin];
  if (first == '#') {
    offset_ = std::min(text_.find('\n', begin), text_.size());
    return {TextToken::Kind::kComment, absl::StripTrailingAsciiWhitespace(text_.substr(begin, offset_ - begin)), line_};
  }
  if (first == '"' || first == '\'') {
    offset_ = EndOfString(begin);
    return {TextToken::Kind::kString, text_.substr(begin, offset_ - begin), line_};
  }
  ++offset_;
  if (!IsWordCharacter(first)) {
    return {TextToken::Kind::kSymbol, text_.substr(begin, 1), line_};
  }
  while (offset_ < text_.size() && IsWordCharacter(text_[offset_])) {
    ++offset_;
  }
  return {TextToken::Kind::kWord, text_.substr(begin, offset_ - begin), line_};
}

int MaxNesting(std::string_view text) {
  TextScanner scanner(text);
  int depth = 0;
  int deepest = 0;
  for (TextToken token = scanner.Next(); token.kind != TextToken::Kind::kEnd; token = scanner.Next()) {
    if (token.Is("{") || token.Is("<")) {
      deepest = std::max(deepest, ++depth);
    } else if (token.Is("}") || token.Is(">")) {
      --depth;
    }
  }
  return deepest;
}

}  // namespace tsmedia
