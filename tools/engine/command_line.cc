#include "tools/engine/command_line.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

bool IsPlain(std::string_view word) {
  return !word.empty() && word.find_first_of(" \t\n\v\f\r'\"") == std::string_view::npos;
}

std::string Quote(std::string_view word) {
  if (IsPlain(word)) {
    return std::string(word);
  }
  if (word.find('\'') != std::string_view::npos && word.find('"') == std::string_view::npos) {
    return absl::StrCat("\"", word, "\"");
  }
  return absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\"'\"'"}}), "'");
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SplitCommandLine(std::string_view command_line) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (char c : command_line) {
    if (quote == 0 && absl::ascii_isspace(static_cast<unsigned char>(c))) {
      in_word = false;
      continue;
    }
    if (!in_word) {
      words.emplace_back();
      in_word = true;
    }
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else {
      words.back() += c;
    }
  }
  if (quote != 0) {
    return absl::InvalidArgumentError("the command line has a quote that is not closed");
  }
  if (words.empty()) {
    return absl::InvalidArgumentError("the command line is empty");
  }
  return words;
}

absl::StatusOr<std::vector<std::string>> ExpandCommandLine(std::string_view command_line,
                                                           const VariableStore& variables) {
  TSM_ASSIGN_OR_RETURN(std::vector<std::string> words, SplitCommandLine(command_line));
  for (std::string& word : words) {
    TSM_ASSIGN_OR_RETURN(word, variables.ExpandShown(word));
  }
  return words;
}

std::string ShowCommandLine(const std::vector<std::string>& words) {
  return absl::StrJoin(words, " ", [](std::string* out, const std::string& word) { out->append(Quote(word)); });
}

}  // namespace tsmedia
