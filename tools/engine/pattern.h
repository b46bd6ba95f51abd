// Comparing texts as task sequences do: without regard to the case of letters.

#ifndef TSMEDIA_TOOLS_ENGINE_PATTERN_H_
#define TSMEDIA_TOOLS_ENGINE_PATTERN_H_

#include <string>
#include <string_view>

namespace tsmedia {

// FoldCase maps texts that differ only in the case of letters to the same text. What is not UTF-8, as firmware may say
// it, is folded as ASCII.
std::string FoldCase(std::string_view text);

// MatchesPattern returns whether the whole of `text` matches: `*` stands for any text, `?` for one character, anything
// else for itself. Takes time proportional to pattern times text.
bool MatchesPattern(std::string_view pattern, std::string_view text);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_PATTERN_H_
