#include "tools/seal/seal_info.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/package_id.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"
#include "tools/crypto/age.h"

namespace tsmedia {
namespace {

// Digests of a sealed pack of 4 TiB.
constexpr uint64_t kMaxSealInfoSize = 64 * kMiB;

absl::Status FieldError(std::string_view field, std::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("SealInfo: ", field, " ", problem));
}

absl::Status ValidateSealInfo(const SealInfo& info) {
  if (info.context() != kSealInfoContext) {
    return FieldError("context", absl::StrCat("is not \"", kSealInfoContext, "\""));
  }
  TSM_RETURN_IF_ERROR(ValidatePackageId(info.package_id()));
  TSM_RETURN_IF_ERROR(ValidatePackageVersion(info.version()));
  if (info.recipient_sha256().size() != sizeof(Sha256Digest)) {
    return FieldError("recipient_sha256", "has a wrong number of bytes");
  }
  if (info.stored_size() < SealedSize(0)) {
    return FieldError("stored_size", "is smaller than any sealed pack");
  }
  uint64_t block_count = (info.stored_size() - 1) / kBlockSize + 1;
  if (info.block_sha256().size() % sizeof(Sha256Digest) != 0 ||
      info.block_sha256().size() / sizeof(Sha256Digest) != block_count) {
    return FieldError("block_sha256", absl::StrCat("has ", info.block_sha256().size(), " bytes where a sealed pack of ",
                                                   info.stored_size(), " bytes has ", block_count, " digests"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SealInfo> ParseSealInfo(std::string_view bytes) {
  SealInfo info;
  if (absl::Status status = ParseCanonical(bytes, kSealInfoContext, &info); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat("SealInfo: ", status.message()));
  }
  TSM_RETURN_IF_ERROR(ValidateSealInfo(info));
  return info;
}

absl::StatusOr<SealInfo> ReadSealInfo(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::string bytes, ReadWholeFile(path, kMaxSealInfoSize));
  absl::StatusOr<SealInfo> info = ParseSealInfo(bytes);
  if (!info.ok()) {
    return absl::Status(info.status().code(), absl::StrCat(path, ": ", info.status().message()));
  }
  return info;
}

absl::Status WriteSealInfo(const SealInfo& info, const std::string& path) {
  TSM_RETURN_IF_ERROR(ValidateSealInfo(info));
  return WriteFileAtomically(path, SerializeCanonical(info));
}

}  // namespace tsmedia
