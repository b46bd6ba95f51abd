// Text of other people's files on a terminal.

#ifndef TSMEDIA_TOOLS_BASE_PRINTABLE_H_
#define TSMEDIA_TOOLS_BASE_PRINTABLE_H_

#include <string>
#include <string_view>

namespace tsmedia {

// PrintableLine returns `text` with every control character (also those of UTF-8's C1 range and broken UTF-8) replaced
// by '?'.
std::string PrintableLine(std::string_view text);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_PRINTABLE_H_
