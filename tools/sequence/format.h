// The canonical layout of a task sequence's text.
//
// Two blanks of indentation a level, one field a line, `name: value` and `name { ... }`, `{` for `<`, no separators
// between fields, at most one empty line between them. What the author decides stays: comments, quotes, the split of
// long strings, and a message written on one line, as long as that line is short.

#ifndef TSMEDIA_TOOLS_SEQUENCE_FORMAT_H_
#define TSMEDIA_TOOLS_SEQUENCE_FORMAT_H_

#include <optional>
#include <string>
#include <string_view>

#include "tools/sequence/diagnostics.h"

namespace tsmedia {

// FormatSequenceText returns `text` in canonical layout, with the same meaning and the same comments; formatting again
// changes nothing. A text with errors of syntax or unknown fields is not formatted: they are added to `diagnostics`.
std::optional<std::string> FormatSequenceText(std::string_view text, Diagnostics* diagnostics);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_FORMAT_H_
