// TsmPlan: from a medium's definition and what is known of its inputs to the media plan.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/actions/media_content_arguments.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/program.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/key_file.h"
#include "tools/crypto/signify.h"
#include "tools/crypto/test_keys.h"
#include "tools/plan/boot.pb.h"
#include "tools/plan/input_names.h"
#include "tools/plan/manifest.h"
#include "tools/plan/media.pb.h"
#include "tools/plan/medium_paths.h"
#include "tools/plan/named_inputs.h"
#include "tools/plan/plan.pb.h"
#include "tools/plan/planner.h"
#include "tools/plan/report.h"
#include "tools/seal/seal_info.h"

namespace tsmedia {
namespace {

constexpr std::string_view kUsage = R"(usage: plan @ARGUMENTS

Writes the media plan: what every byte of every volume is.

)";

constexpr std::string_view kOwnHelp = R"(
  --format=FORMAT          iso, or usb for a whole drive
  --volume_size=BYTES      of iso: the most that a volume may have; 0: there is one of any size
  --sector_size=BYTES      of usb: 512 or 4096
  --data_partition=BOOL    of usb: whether the packages are on a partition of their own
  --free_space=BYTES       of usb: what stays free beside the content
  --boot=FILE              boot information of the boot image
  --input=NAME=FILE        file of a plan's input; only boot images and sealed objects are read (repeated)
  --public_key=FILE        signify key that the medium will be signed with
  --recipient=FILE         whom the content is sealed for; without it the content stays in clear
  --sealed=FILE            of a protected medium: information of a sealed pack (repeated)
  --out_plan=FILE          written when complete, as are the next two
  --out_report=FILE        what lies where, for people
  --out_json_report=FILE   the same for programs
)";

// Boot images are small: their size is a 16-bit number of 512-byte sectors.
constexpr uint64_t kMaxBootImageSize = 32 * kMiB;
constexpr uint64_t kMaxBootInfoSize = 16 * kMiB;

absl::StatusOr<uint64_t> Bytes(Args& args, std::string_view flag) {
  TSM_ASSIGN_OR_RETURN(const std::string text, args.OptionalOr(flag, "0"));
  uint64_t bytes;
  if (!absl::SimpleAtoi(text, &bytes)) {
    return UsageError(absl::StrCat("--", flag, "=", text, " is no number of bytes"));
  }
  return bytes;
}

absl::StatusOr<MediaForm> ParseForm(Args& args) {
  MediaForm form;
  TSM_ASSIGN_OR_RETURN(const std::string format, args.Required("format"));
  if (format != "iso" && format != "usb") {
    return UsageError(absl::StrCat("--format=", format, " is neither iso nor usb"));
  }
  form.set_format(format == "iso" ? ISO : USB);
  TSM_ASSIGN_OR_RETURN(const uint64_t volume_size, Bytes(args, "volume_size"));
  TSM_ASSIGN_OR_RETURN(const uint64_t sector_size, Bytes(args, "sector_size"));
  TSM_ASSIGN_OR_RETURN(const uint64_t free_space, Bytes(args, "free_space"));
  TSM_ASSIGN_OR_RETURN(const bool data_partition, args.Bool("data_partition"));
  form.set_volume_size(volume_size);
  form.set_sector_size(static_cast<uint32_t>(sector_size));
  form.set_free_space(free_space);
  form.set_data_partition(data_partition);
  return form;
}

// Where the bytes of a part of the loader for BIOS go; null for other files.
std::string* BiosBytes(BootFileRole role, PlanRequest* request) {
  switch (role) {
    case BIOS_BOOT_IMAGE:
      return &request->bios_boot_image;
    case BIOS_BOOT_SECTOR:
      return &request->bios_boot_sector;
    case BIOS_DRIVE_IMAGE:
      return &request->bios_drive_image;
    default:
      return nullptr;
  }
}

absl::Status ReadBootImage(Args& args, const NamedInputs& inputs, PlanRequest* request) {
  TSM_ASSIGN_OR_RETURN(std::string path, args.Required("boot"));
  TSM_ASSIGN_OR_RETURN(std::string bytes, ReadWholeFile(path, kMaxBootInfoSize));
  if (absl::Status status = ParseCanonical(bytes, kBootContext, &request->boot); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not the information of a boot image: ", status.message()));
  }
  for (const BootFile& file : request->boot.files()) {
    if (std::string* bytes = BiosBytes(file.role(), request); bytes != nullptr) {
      TSM_ASSIGN_OR_RETURN(std::shared_ptr<const ByteSource> image, inputs.Open(BootInputName(file.path())));
      TSM_ASSIGN_OR_RETURN(*bytes, image->ReadString(0, std::min(image->size(), kMaxBootImageSize)));
    }
  }
  return absl::OkStatus();
}

// The identity and the sealed objects of a protected medium.
absl::StatusOr<std::map<std::string, SealedFile>> ReadSealedFiles(const NamedInputs& inputs) {
  std::map<std::string, SealedFile> files;
  for (std::string_view object : {kVariablesPath, kSequencePath, kInventoryPath}) {
    files[absl::StrCat(object, kSealedEnding)];
  }
  files[std::string(kIdentityPath)];
  for (auto& [path, file] : files) {
    TSM_ASSIGN_OR_RETURN(std::shared_ptr<const ByteSource> source, inputs.Open(SealedInputName(path)));
    file.size = source->size();
    TSM_ASSIGN_OR_RETURN(file.digest, Sha256Of(*source));
  }
  return files;
}

absl::StatusOr<std::optional<SealedContent>> ReadSealedContent(Args& args, const NamedInputs& inputs) {
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> recipient_path, args.Optional("recipient"));
  const std::vector<std::string> info_paths = args.Repeated("sealed");
  if (!recipient_path.has_value()) {
    return std::nullopt;
  }
  SealedContent sealed;
  TSM_ASSIGN_OR_RETURN(Recipient recipient, ReadRecipient(*recipient_path));
  sealed.recipient = std::string(AsText(recipient.key()));
  sealed.is_test_key = IsTestRecipient(recipient);
  for (const std::string& path : info_paths) {
    TSM_ASSIGN_OR_RETURN(SealInfo info, ReadSealInfo(path));
    if (info.recipient_sha256() != DigestText(recipient.Digest())) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": package ", info.package_id(), " is sealed for another key"));
    }
    sealed.packs[info.package_id()] = {info.stored_size(), info.block_sha256()};
  }
  TSM_ASSIGN_OR_RETURN(sealed.files, ReadSealedFiles(inputs));
  return sealed;
}

// A release must not be opened by a password that everybody has, and a test needs no secret.
absl::Status CheckTestKeys(const PlanRequest& request) {
  if (!request.sealed.has_value() || request.sealed->is_test_key == request.test_only) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      request.test_only
          ? "key: the medium is signed with a TEST-ONLY key, and its media key is not one: use two keys of "
            "your own, or --//rules:keys=test"
          : "key: it is the TEST-ONLY media key, whose password everybody has, and the medium is signed for "
            "release: use a media key of your own");
}

absl::Status Plan(Args& args) {
  PlanRequest request;
  TSM_ASSIGN_OR_RETURN(request.form, ParseForm(args));
  TSM_ASSIGN_OR_RETURN(request.content, ParseMediaContent(args));
  TSM_ASSIGN_OR_RETURN(NamedInputs inputs, NamedInputs::Parse(args.Repeated("input")));
  TSM_RETURN_IF_ERROR(ReadBootImage(args, inputs, &request));
  TSM_ASSIGN_OR_RETURN(request.sealed, ReadSealedContent(args, inputs));
  TSM_ASSIGN_OR_RETURN(std::string key_path, args.Required("public_key"));
  TSM_ASSIGN_OR_RETURN(SignifyPublicKey key, ReadPublicKey(key_path));
  request.test_only = IsTestKey(key);
  TSM_RETURN_IF_ERROR(CheckTestKeys(request));
  TSM_ASSIGN_OR_RETURN(std::string out, args.Required("out_plan"));
  TSM_ASSIGN_OR_RETURN(std::string out_report, args.Required("out_report"));
  TSM_ASSIGN_OR_RETURN(std::string out_json_report, args.Required("out_json_report"));
  TSM_RETURN_IF_ERROR(args.Finish());
  TSM_ASSIGN_OR_RETURN(MediaPlan plan, PlanMedia(request));
  TSM_RETURN_IF_ERROR(WriteFileAtomically(out_report, TextReport(plan)));
  TSM_RETURN_IF_ERROR(WriteFileAtomically(out_json_report, JsonReport(plan)));
  return WriteFileAtomically(out, SerializeCanonical(plan));
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) {
  const std::string help = absl::StrCat(tsmedia::kUsage, tsmedia::kMediaContentHelp, tsmedia::kOwnHelp.substr(1));
  return tsmedia::RunAction(argc, argv, "plan", help, tsmedia::Plan);
}
