// TsmSealMedia: seals what a protected medium is to do: its variables, its task sequence, its inventory.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/actions/media_content_arguments.h"
#include "tools/actions/secret_argument.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/program.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/secret_file.h"
#include "tools/crypto/secret_variables.h"
#include "tools/plan/definition.h"
#include "tools/plan/media_content.h"
#include "tools/seal/derivation.h"
#include "tools/seal/padding.h"
#include "tools/seal/seal.h"
#include "tools/seal/seal_secret.h"

namespace tsmedia {
namespace {

constexpr std::string_view kUsage = R"(usage: seal_media @ARGUMENTS

Seals the variables, the task sequence and the inventory of a medium for its media key.

)";

constexpr std::string_view kOwnHelp = R"(
  --recipient=FILE         age recipient of the media key
  --seal_secret=FILE       seal secret of the media key, mode 0600
  --secret_variables=FILE  further variables: a file of `mediactl secret new`, mode 0600
  --out_variables=FILE     age files; each appears when it is complete
  --out_sequence=FILE
  --out_inventory=FILE
)";

// Merges the secret variables into those of the BUILD file, and returns their names. From here on they are in one
// buffer that is sealed, and nowhere else.
absl::StatusOr<VariableNames> AddSecretVariables(Args& args, VariableMap* variables) {
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> path, SecretArgument(args, "secret_variables"));
  VariableNames names;
  if (!path.has_value()) {
    return names;
  }
  TSM_ASSIGN_OR_RETURN(std::vector<SecretVariable> secrets, ReadSecretVariables(*path));
  for (const SecretVariable& secret : secrets) {
    TSM_RETURN_IF_ERROR(ValidateVariable(secret.name, secret.value.text()));
    if (!variables->emplace(secret.name, secret.value.text()).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("secret_variables: ", secret.name, " is there twice, or among the variables too"));
    }
    names.insert(secret.name);
  }
  return names;
}

// Seals objects of one medium.
class Sealer {
 public:
  Sealer(SealKey key, const Recipient& recipient, const Sha256Digest& scope)
      : key_(std::move(key)), recipient_(recipient), scope_(scope) {}

  absl::Status Seal(std::string_view object, SealKind kind, uint64_t padding, const std::string& out) const {
    TSM_ASSIGN_OR_RETURN(std::string sealed, SealSmall(PadMessage(object, padding), kind, scope_, key_, recipient_));
    return WriteFileAtomically(out, sealed);
  }

 private:
  SealKey key_;
  Recipient recipient_;
  Sha256Digest scope_;
};

absl::Status SealMedia(Args& args) {
  TSM_RETURN_IF_ERROR(DisableCoreDumps());
  TSM_ASSIGN_OR_RETURN(MediaContent content, ParseMediaContent(args));
  TSM_ASSIGN_OR_RETURN(std::string recipient_path, args.Required("recipient"));
  TSM_ASSIGN_OR_RETURN(std::string secret_path, RequiredSecretArgument(args, "seal_secret"));
  TSM_ASSIGN_OR_RETURN(std::string out_variables, args.Required("out_variables"));
  TSM_ASSIGN_OR_RETURN(std::string out_sequence, args.Required("out_sequence"));
  TSM_ASSIGN_OR_RETURN(std::string out_inventory, args.Required("out_inventory"));
  TSM_ASSIGN_OR_RETURN(const VariableNames hidden, AddSecretVariables(args, &content.definition.variables));
  TSM_RETURN_IF_ERROR(args.Finish());
  TSM_RETURN_IF_ERROR(ValidateDefinition(content.definition));
  TSM_ASSIGN_OR_RETURN(Recipient recipient, ReadRecipient(recipient_path));
  TSM_ASSIGN_OR_RETURN(SealKey key, ReadSealSecret(secret_path, recipient));
  const Sealer sealer(std::move(key), recipient, ScopeDigest(ScopeOf(content)));
  TSM_RETURN_IF_ERROR(sealer.Seal(VariablesObject(content.definition.variables, hidden), SealKind::kVariables,
                                  kSmallPadding, out_variables));
  TSM_RETURN_IF_ERROR(sealer.Seal(content.sequence, SealKind::kSequence, kSmallPadding, out_sequence));
  return sealer.Seal(InventoryObject(content), SealKind::kInventory, kInventoryPadding, out_inventory);
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) {
  const std::string help = absl::StrCat(tsmedia::kUsage, tsmedia::kMediaContentHelp, tsmedia::kOwnHelp.substr(1));
  return tsmedia::RunAction(argc, argv, "seal_media", help, tsmedia::SealMedia);
}
