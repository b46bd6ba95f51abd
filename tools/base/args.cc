#include "tools/base/args.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// An argument file of 100,000 long lines is far below this.
constexpr uint64_t kMaxArgumentFileSize = 256 * kMiB;

absl::StatusOr<std::vector<std::string>> ReadArgumentFile(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path, kMaxArgumentFileSize));
  if (text.empty()) {
    return std::vector<std::string>();
  }
  if (text.back() != '\n') {
    return UsageError(absl::StrCat(path, ": the last argument does not end in a line feed; is the file truncated?"));
  }
  text.pop_back();
  return std::vector<std::string>(absl::StrSplit(text, '\n'));
}

std::string Canonical(std::string_view name) {
  std::string canonical(name);
  std::ranges::replace(canonical, '-', '_');
  return canonical;
}

}  // namespace

absl::StatusOr<Args> Args::Parse(std::vector<std::string> arguments) {
  if (arguments.size() == 1 && arguments[0].size() > 1 && arguments[0][0] == '@') {
    TSM_ASSIGN_OR_RETURN(arguments, ReadArgumentFile(arguments[0].substr(1)));
  }
  Args args;
  bool only_positional = false;
  for (std::string& argument : arguments) {
    if (only_positional || argument.size() < 2 || !argument.starts_with("--")) {
      if (!only_positional && argument.size() > 1 && argument[0] == '-') {
        return UsageError(absl::StrCat("unknown flag \"", argument, "\"; flags begin with two dashes, see --help"));
      }
      args.positional_.push_back(std::move(argument));
    } else if (argument == "--") {
      only_positional = true;
    } else {
      size_t equals = argument.find('=');
      std::string name = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
      args.flags_[Canonical(name)].values.push_back(equals == std::string::npos ? "true" : argument.substr(equals + 1));
    }
  }
  return args;
}

Args::Flag* Args::Find(std::string_view name) {
  auto found = flags_.find(Canonical(name));
  if (found == flags_.end()) {
    return nullptr;
  }
  found->second.known = true;
  return &found->second;
}

absl::StatusOr<std::string> Args::Required(std::string_view name) {
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> value, Optional(name));
  if (!value.has_value()) {
    return UsageError(absl::StrCat("--", name, " is missing; see --help"));
  }
  return *std::move(value);
}

absl::StatusOr<std::optional<std::string>> Args::Optional(std::string_view name) {
  Flag* flag = Find(name);
  if (flag == nullptr) {
    return std::nullopt;
  }
  if (flag->values.size() > 1) {
    return UsageError(absl::StrCat("--", name, " is given ", flag->values.size(), " times; give it once"));
  }
  return flag->values[0];
}

absl::StatusOr<std::string> Args::OptionalOr(std::string_view name, std::string_view fallback) {
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> value, Optional(name));
  return value.has_value() ? *std::move(value) : std::string(fallback);
}

absl::StatusOr<bool> Args::Bool(std::string_view name) {
  TSM_ASSIGN_OR_RETURN(std::string value, OptionalOr(name, "false"));
  if (value == "true" || value == "1") {
    return true;
  }
  if (value == "false" || value == "0") {
    return false;
  }
  return UsageError(absl::StrCat("--", name, "=", value, ": write true or false"));
}

std::vector<std::string> Args::Repeated(std::string_view name) {
  Flag* flag = Find(name);
  return flag == nullptr ? std::vector<std::string>() : flag->values;
}

absl::Status Args::Finish() const {
  for (const auto& [name, flag] : flags_) {
    if (!flag.known) {
      return UsageError(absl::StrCat("unknown flag --", name, "; see --help"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::pair<std::string, std::string>> SplitPair(std::string_view flag, std::string_view pair) {
  size_t equals = pair.find('=');
  if (equals == std::string_view::npos) {
    return UsageError(absl::StrCat("--", flag, "=", pair, ": there is no '='; write NAME=VALUE"));
  }
  return std::make_pair(std::string(pair.substr(0, equals)), std::string(pair.substr(equals + 1)));
}

}  // namespace tsmedia
