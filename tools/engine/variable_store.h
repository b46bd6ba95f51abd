// The variables of a running task sequence.
//
// Source: Configuration Manager, "Using task sequence variables": names ignore case, an empty value deletes, `%name%`
// stands for a value, names that begin with `_` are read-only, values have up to 4,000 characters and all of them
// together 32 MB.

#ifndef TSMEDIA_TOOLS_ENGINE_VARIABLE_STORE_H_
#define TSMEDIA_TOOLS_ENGINE_VARIABLE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/engine/masker.h"
#include "tools/plan/definition.h"

namespace tsmedia {

// Most bytes of all names and values.
inline constexpr uint64_t kMaxVariableBytes = uint64_t{32} << 20;

// VariableStore holds names and values. A hidden variable stays hidden until it is deleted, whoever sets it again; its
// values are masked from then on, for ever.
class VariableStore {
 public:
  struct Variable {
    std::string value;
    bool hidden = false;
  };

  // Set is what steps and commands do. An empty `value` deletes. PermissionDenied for a name that begins with `_`,
  // InvalidArgument for one that is none, for a value that is too long, not UTF-8 or holds NUL; ResourceExhausted if
  // all variables together become too large. Nothing has changed then.
  absl::Status Set(std::string_view name, std::string_view value, bool hidden = false);

  // SetReadOnly is for the engine: it takes names that begin with `_` as well. What the machine says may be anything:
  // bytes that are not UTF-8 become `?`, a value that is too long is cut.
  void SetReadOnly(std::string_view name, std::string_view value);

  // Find returns null if the variable has no value; Get returns "" then.
  const Variable* Find(std::string_view name) const;
  std::string Get(std::string_view name) const;

  struct Expansion {
    std::string text;
    // The first hidden variable whose value is in `text`; "" if there is none.
    std::string hidden_variable;
  };
  // Expand replaces each %name% by its value, once: a value that looks like a reference stays. A variable without a
  // value is replaced by nothing.
  Expansion Expand(std::string_view text) const;

  // ExpandShown expands a text that others can read, like a command line. FailedPrecondition if it holds a hidden
  // variable.
  absl::StatusOr<std::string> ExpandShown(std::string_view text) const;

  const std::map<std::string, Variable, VariableNameLess>& variables() const { return variables_; }
  const Masker& masker() const { return masker_; }
  // Mask takes a value that is hidden though no variable has it.
  void Mask(std::string_view value) { masker_.Add(value); }

 private:
  void Store(std::string_view name, std::string value, bool hidden);
  void Erase(std::string_view name);

  std::map<std::string, Variable, VariableNameLess> variables_;
  uint64_t bytes_ = 0;
  Masker masker_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_VARIABLE_STORE_H_
