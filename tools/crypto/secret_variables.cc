#include "tools/crypto/secret_variables.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/secret_file.h"

namespace tsmedia {
namespace {

constexpr SecretFileKind kKind = {"file with secret variables", 1, size_t{1} << 20};

}  // namespace

absl::StatusOr<std::vector<SecretVariable>> ParseSecretVariables(std::string_view content) {
  TSM_ASSIGN_OR_RETURN(std::string_view lines, TakeSaltLine(content));
  std::vector<SecretVariable> variables;
  int number = 1;  // of the salt line
  for (std::string_view line : absl::StrSplit(lines, '\n')) {
    ++number;
    if (line.empty() || line[0] == '#') {
      continue;
    }
    const size_t equals = line.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      return absl::InvalidArgumentError(absl::StrCat("line ", number, " is not NAME=VALUE"));
    }
    variables.push_back({std::string(line.substr(0, equals)), SecretString(line.substr(equals + 1))});
  }
  return variables;
}

absl::StatusOr<std::vector<SecretVariable>> ReadSecretVariables(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(SecretString content, ReadSecretFile(path, kKind, [](std::string_view) { return false; }));
  absl::StatusOr<std::vector<SecretVariable>> variables = ParseSecretVariables(content.text());
  if (!variables.ok()) {
    return absl::Status(variables.status().code(), absl::StrCat(path, ": ", variables.status().message()));
  }
  return variables;
}

}  // namespace tsmedia
