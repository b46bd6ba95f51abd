// Files with variables of media that are secret. rules/docs/keys.md explains them.

#ifndef TSMEDIA_TOOLS_CRYPTO_SECRET_VARIABLES_H_
#define TSMEDIA_TOOLS_CRYPTO_SECRET_VARIABLES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/crypto/secret.h"

namespace tsmedia {

struct SecretVariable {
  std::string name;  // not checked
  SecretString value;
};

// ParseSecretVariables reads a file of `mediactl secret new --kind=variables`: the salt line, then one NAME=VALUE a
// line; lines that begin with '#' and empty lines are comments. Errors name the line, and never what is in it.
absl::StatusOr<std::vector<SecretVariable>> ParseSecretVariables(std::string_view content);

// ReadSecretVariables reads the file at `path`, which must fulfil ReadSecretFile's conditions.
absl::StatusOr<std::vector<SecretVariable>> ReadSecretVariables(const std::string& path);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_SECRET_VARIABLES_H_
