// Command lines of steps.

#ifndef TSMEDIA_TOOLS_ENGINE_COMMAND_LINE_H_
#define TSMEDIA_TOOLS_ENGINE_COMMAND_LINE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/engine/variable_store.h"

namespace tsmedia {

// SplitCommandLine returns the words of a command line. Blanks separate them; '...' and "..." keep what is between
// them as it is, blanks and the other kind of quote included, and are dropped. InvalidArgument for a quote that is not
// closed and for a line without a word.
absl::StatusOr<std::vector<std::string>> SplitCommandLine(std::string_view command_line);

// ExpandCommandLine splits first and expands %name% within words afterwards: a value stays in its word, whatever is in
// it. FailedPrecondition if a hidden variable would stand in the command line.
absl::StatusOr<std::vector<std::string>> ExpandCommandLine(std::string_view command_line,
                                                           const VariableStore& variables);

// ShowCommandLine writes words as a command line that SplitCommandLine splits into them again, for people to read. A
// word with both kinds of quotes is written in parts: 'it'"'"'s'.
std::string ShowCommandLine(const std::vector<std::string>& words);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_COMMAND_LINE_H_
