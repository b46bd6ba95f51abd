// Task sequence variables: names, references in text, and the variables that are there without being set.
//
// Source: Configuration Manager, "Using task sequence variables" and "Task sequence variables".

#ifndef TSMEDIA_TOOLS_SEQUENCE_VARIABLES_H_
#define TSMEDIA_TOOLS_SEQUENCE_VARIABLES_H_

#include <string>
#include <string_view>
#include <vector>

namespace tsmedia {

// Most characters of a variable's name, and of its value.
inline constexpr size_t kMaxVariableName = 256;
inline constexpr size_t kMaxVariableValue = 4000;

// IsVariableName returns whether `name` can name a variable that a sequence sets: a letter, then letters, digits, `_`
// and `-`; at most 256 characters. Names are compared without regard to case.
bool IsVariableName(std::string_view name);

// IsReadOnlyVariable returns whether `name` names a variable that only the engine sets: `_`, then characters as above.
bool IsReadOnlyVariable(std::string_view name);

// VariableReference is a %name% in a text.
struct VariableReference {
  std::string_view name;
  // Offset of the first `%`.
  size_t offset;
};

// FindReferences returns the %name% in `text`, in order. A `%` that does not begin such a reference stands for itself.
std::vector<VariableReference> FindReferences(std::string_view text);

// IsSingleReference returns whether `text` is one %name% and nothing else.
bool IsSingleReference(std::string_view text);

// IsBuiltInVariable returns whether the engine, or an action while it runs, gives the variable a value or a meaning
// without the sequence setting it.
bool IsBuiltInVariable(std::string_view name);

// BuiltInVariables returns the names that IsBuiltInVariable knows; one that ends in `*` stands for all that begin so.
const std::vector<std::string>& BuiltInVariables();

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_VARIABLES_H_
