// TsmSeal: from a pack to the sealed pack that all media of one key share.

#include "tools/seal/seal.h"

#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/actions/secret_argument.h"
#include "tools/base/args.h"
#include "tools/base/byte_source.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/base/unnamed_file.h"
#include "tools/content/pack.pb.h"
#include "tools/content/pack_info.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/secret_file.h"
#include "tools/seal/derivation.h"
#include "tools/seal/seal.pb.h"
#include "tools/seal/seal_info.h"
#include "tools/seal/seal_secret.h"

namespace tsmedia {
namespace {

constexpr std::string_view kHelp = R"(usage: seal @ARGUMENTS

Encrypts a pack for a media key. Equal packs, keys and seal secrets give equal bytes.

  --target=LABEL      the package, for messages
  --pack=FILE         the pack; a byte of it that is not the one that was packed fails, and nothing is written
  --info=FILE         its PackInfo
  --recipient=FILE    age recipient of the media key
  --seal_secret=FILE  seal secret of the media key, mode 0600
  --threads=NUMBER    that work at once (default: the processors)
  --out_sealed=FILE   the sealed pack, an age file; appears when it is complete and checked
  --out_info=FILE     SealInfo: size and digests of the sealed pack
)";

absl::StatusOr<int> Threads(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::string text, args.OptionalOr("threads", absl::StrCat(std::thread::hardware_concurrency())));
  int threads;
  if (!absl::SimpleAtoi(text, &threads) || threads < 1 || threads > 256) {
    return UsageError(absl::StrCat("--threads=", text, ": write a number from 1 to 256"));
  }
  return threads;
}

absl::Status Seal(Args& args) {
  TSM_RETURN_IF_ERROR(DisableCoreDumps());
  TSM_ASSIGN_OR_RETURN(std::string pack_path, args.Required("pack"));
  TSM_ASSIGN_OR_RETURN(std::string info_path, args.Required("info"));
  TSM_ASSIGN_OR_RETURN(std::string recipient_path, args.Required("recipient"));
  TSM_ASSIGN_OR_RETURN(std::string seal_secret_path, RequiredSecretArgument(args, "seal_secret"));
  TSM_ASSIGN_OR_RETURN(std::string out_sealed, args.Required("out_sealed"));
  TSM_ASSIGN_OR_RETURN(std::string out_info, args.Required("out_info"));
  TSM_ASSIGN_OR_RETURN(int threads, Threads(args));
  TSM_RETURN_IF_ERROR(args.Finish());
  TSM_ASSIGN_OR_RETURN(PackInfo info, ReadPackInfo(info_path));
  TSM_ASSIGN_OR_RETURN(Recipient recipient, ReadRecipient(recipient_path));
  TSM_ASSIGN_OR_RETURN(SealKey key, ReadSealSecret(seal_secret_path, recipient));
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> pack, FileSource::Open(pack_path));
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<UnnamedFile> sealed, UnnamedFile::Create(out_sealed));
  TSM_ASSIGN_OR_RETURN(SealInfo seal_info, SealPack(*pack, info, key, recipient, threads, sealed.get()));
  TSM_RETURN_IF_ERROR(WriteSealInfo(seal_info, out_info));
  return sealed->Commit();
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunAction(argc, argv, "seal", tsmedia::kHelp, tsmedia::Seal); }
