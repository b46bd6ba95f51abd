#include "tools/crypto/key_file.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "openssl/mem.h"
#include "tools/base/byte_source.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/test_keys.h"

namespace tsmedia {
namespace {

// A comment of 1,024 characters and a record: no key or signature file is larger.
constexpr uint64_t kMaxKeyFileSize = 4096;

absl::Status CheckClosedToOthers(const FileSource& file) {
  struct stat info;
  if (fstat(file.fd(), &info) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(file.name(), ": cannot get the mode"));
  }
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(file.name(), ": a secret key must be a regular file"));
  }
  if (info.st_uid != geteuid() || (info.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s: a secret key must belong to the user who signs and be closed to others: it belongs to user %d with mode "
        "%04o; this is user %d; run `chmod 600` on it as its owner",
        file.name(), info.st_uid, info.st_mode & 07777u, geteuid()));
  }
  return absl::OkStatus();
}

absl::Status WithPath(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

}  // namespace

absl::Status DisableCoreDumps() {
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) {
    return absl::ErrnoToStatus(errno, "cannot switch core dumps off");
  }
  return absl::OkStatus();
}

absl::StatusOr<SignifySecretKey> ReadSigningKey(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> file, FileSource::Open(path));
  if (file->size() > kMaxKeyFileSize) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": too large for a signify secret key"));
  }
  TSM_ASSIGN_OR_RETURN(std::string text, file->ReadString(0, file->size()));
  absl::Cleanup wipe = [&text] { OPENSSL_cleanse(text.data(), text.size()); };
  absl::StatusOr<SignifySecretKey> key = SignifySecretKey::Parse(text);
  if (!key.ok()) {
    return WithPath(path, key.status());
  }
  if (!IsTestKey(key->public_key())) {
    TSM_RETURN_IF_ERROR(CheckClosedToOthers(*file));
  }
  return key;
}

absl::StatusOr<SignifyPublicKey> ReadPublicKey(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path, kMaxKeyFileSize));
  absl::StatusOr<SignifyPublicKey> key = ParseSignifyPublicKey(text);
  return key.ok() ? key : WithPath(path, key.status());
}

absl::StatusOr<SignifySignature> ReadSignature(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path, kMaxKeyFileSize));
  absl::StatusOr<SignifySignature> signature = ParseSignifySignature(text);
  return signature.ok() ? signature : WithPath(path, signature.status());
}

}  // namespace tsmedia
