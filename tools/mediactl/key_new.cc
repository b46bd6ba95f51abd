#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/file_output.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/secret.h"
#include "tools/mediactl/key_command.h"
#include "tools/mediactl/user_path.h"
#include "tools/seal/seal_secret.h"

namespace tsmedia {
namespace {

struct NewFile {
  std::string path;
  int mode;
};

absl::Status CheckNoneExists(const std::vector<NewFile>& files) {
  for (const NewFile& file : files) {
    if (access(file.path.c_str(), F_OK) == 0) {
      return absl::AlreadyExistsError(absl::StrCat(file.path, ": exists already; it is not overwritten"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status KeyNew(Args& args, const std::vector<std::string>& positional) {
  TSM_ASSIGN_OR_RETURN(std::string out, args.Required("out"));
  TSM_ASSIGN_OR_RETURN(NewProtection protection, NewProtectionFlags(args, ""));
  TSM_RETURN_IF_ERROR(args.Finish());
  if (!positional.empty()) {
    return UsageError(absl::StrCat("unexpected argument \"", positional[0], "\"; see --help"));
  }
  const std::string prefix = UserPath(out);
  const std::vector<NewFile> files = {
      {prefix + ".identity.age", 0644}, {prefix + ".recipient", 0644}, {prefix + ".seal", 0600}};
  // Before a passphrase is shown that nobody will need.
  TSM_RETURN_IF_ERROR(CheckNoneExists(files));
  TSM_ASSIGN_OR_RETURN(SecretString password, MakePassword(protection));
  const MediaIdentity identity = MediaIdentity::Generate();
  TSM_ASSIGN_OR_RETURN(std::string protected_identity,
                       ProtectIdentity(identity, password.text(), protection.work_factor));
  const std::string recipient = absl::StrCat(identity.recipient().ToString(), "\n");
  const SecretString seal_secret = NewSealSecretFile();
  const std::vector<ByteSpan> contents = {AsBytes(protected_identity), AsBytes(recipient), AsBytes(seal_secret.text())};
  size_t written = 0;
  absl::Cleanup remove = [&files, &written] {
    for (size_t i = 0; i < written; ++i) {
      unlink(files[i].path.c_str());
    }
  };
  for (; written < files.size(); ++written) {
    TSM_RETURN_IF_ERROR(WriteNewFile(files[written].path, contents[written], files[written].mode));
  }
  std::move(remove).Cancel();
  std::cout << DescribeRecipient(identity.recipient());
  for (const NewFile& file : files) {
    std::cout << "written:     " << file.path << "\n";
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
