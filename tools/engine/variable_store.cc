#include "tools/engine/variable_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"
#include "tools/base/utf8.h"
#include "tools/sequence/variables.h"

namespace tsmedia {
namespace {

// Offset behind the first `characters` characters of UTF-8.
size_t OffsetOf(std::string_view text, size_t characters) {
  size_t seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80 && seen++ == characters) {
      return i;
    }
  }
  return text.size();
}

absl::Status CheckValue(std::string_view name, std::string_view value) {
  if (!IsValidUtf8(value) || value.find('\0') != std::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat("the value for variable ", name, " is not text"));
  }
  if (OffsetOf(value, kMaxVariableValue) < value.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the value for variable ", name, " has more than ", kMaxVariableValue, " characters"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status VariableStore::Set(std::string_view name, std::string_view value, bool hidden) {
  if (IsReadOnlyVariable(name)) {
    return absl::PermissionDeniedError(absl::StrCat("variable ", name, " is read-only"));
  }
  if (!IsVariableName(name)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" cannot be the name of a variable"));
  }
  TSM_RETURN_IF_ERROR(CheckValue(name, value));
  const Variable* old = Find(name);
  const uint64_t replaced = old == nullptr ? 0 : name.size() + old->value.size();
  if (bytes_ - replaced + name.size() + value.size() > kMaxVariableBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("with variable ", name, " all variables together are larger than 32 MB"));
  }
  Store(name, std::string(value), hidden);
  return absl::OkStatus();
}

void VariableStore::SetReadOnly(std::string_view name, std::string_view value) {
  std::string text(value);
  if (!IsValidUtf8(text)) {
    std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  }
  std::replace(text.begin(), text.end(), '\0', '?');
  text.resize(OffsetOf(text, kMaxVariableValue));
  Store(name, std::move(text), false);
}

void VariableStore::Store(std::string_view name, std::string value, bool hidden) {
  const Variable* old = Find(name);
  hidden = hidden || (old != nullptr && old->hidden);
  Erase(name);
  if (value.empty()) {
    return;
  }
  if (hidden) {
    masker_.Add(value);
  }
  bytes_ += name.size() + value.size();
  variables_.insert({std::string(name), {std::move(value), hidden}});
}

void VariableStore::Erase(std::string_view name) {
  if (auto found = variables_.find(name); found != variables_.end()) {
    bytes_ -= found->first.size() + found->second.value.size();
    variables_.erase(found);
  }
}

const VariableStore::Variable* VariableStore::Find(std::string_view name) const {
  auto found = variables_.find(name);
  return found == variables_.end() ? nullptr : &found->second;
}

std::string VariableStore::Get(std::string_view name) const {
  const Variable* variable = Find(name);
  return variable == nullptr ? "" : variable->value;
}

VariableStore::Expansion VariableStore::Expand(std::string_view text) const {
  Expansion expansion;
  size_t done = 0;
  for (const VariableReference& reference : FindReferences(text)) {
    absl::StrAppend(&expansion.text, text.substr(done, reference.offset - done));
    done = reference.offset + reference.name.size() + 2;
    const Variable* variable = Find(reference.name);
    if (variable == nullptr) {
      continue;
    }
    expansion.text += variable->value;
    if (variable->hidden && expansion.hidden_variable.empty()) {
      expansion.hidden_variable = std::string(reference.name);
    }
  }
  absl::StrAppend(&expansion.text, text.substr(done));
  return expansion;
}

absl::StatusOr<std::string> VariableStore::ExpandShown(std::string_view text) const {
  Expansion expansion = Expand(text);
  if (!expansion.hidden_variable.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("variable ", expansion.hidden_variable,
                                                      " is hidden, and would be seen by everybody here; name it in "
                                                      "hidden_variables instead"));
  }
  return std::move(expansion.text);
}

}  // namespace tsmedia
