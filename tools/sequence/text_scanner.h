// Tokens of protocol buffer text format, comments included.
//
// Source: protobuf.dev, "Text Format Language Specification", section "Lexical elements". The scanner is lenient: it
// splits any bytes into tokens and leaves it to the parser to refuse them.

#ifndef TSMEDIA_TOOLS_SEQUENCE_TEXT_SCANNER_H_
#define TSMEDIA_TOOLS_SEQUENCE_TEXT_SCANNER_H_

#include <cstddef>
#include <string_view>

namespace tsmedia {

struct TextToken {
  enum class Kind {
    // A name or a number.
    kWord,
    // A string with its quotes.
    kString,
    // One character such as `{` or `:`.
    kSymbol,
    // From `#` to the end of the line, without blanks at its end.
    kComment,
    kEnd,
  };

  Kind kind = Kind::kEnd;
  // A part of the scanned text.
  std::string_view text;
  // Line on which the token stands, from 1.
  int line = 0;

  bool Is(std::string_view symbol) const { return kind == Kind::kSymbol && text == symbol; }
};

// TextScanner splits `text`, which must outlive it and its tokens.
class TextScanner {
 public:
  explicit TextScanner(std::string_view text) : text_(text) {}

  // Next returns the next token; at the end of the text, and ever after, kEnd.
  TextToken Next();

 private:
  void SkipBlanks();
  size_t EndOfString(size_t begin) const;

  std::string_view text_;
  size_t offset_ = 0;
  int line_ = 1;
};

// MaxNesting returns how deep `{` and `<` stand in each other in `text`.
int MaxNesting(std::string_view text);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_TEXT_SCANNER_H_
