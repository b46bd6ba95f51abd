#include "tools/crypto/secret_file.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "openssl/rand.h"
#include "tools/base/bytes.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/base/unique_fd.h"

namespace tsmedia {
namespace {

constexpr size_t kSaltSize = 32;

absl::Status CheckKind(const std::string& path, const struct stat& info, const SecretFileKind& kind) {
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": a ", kind.what, " must be a regular file"));
  }
  auto size = static_cast<uint64_t>(info.st_size);
  if (size < kind.min_size || size > kind.max_size) {
    std::string limits = kind.min_size == kind.max_size ? absl::StrCat(kind.min_size)
                                                        : absl::StrCat(kind.min_size, " to ", kind.max_size);
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": not a ", kind.what, ": it has ", size, " bytes, not ", limits));
  }
  return absl::OkStatus();
}

absl::Status CheckClosedToOthers(const std::string& path, const struct stat& info, const SecretFileKind& kind) {
  if (info.st_uid == geteuid() && (info.st_mode & 077) == 0) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "%s: a %s must belong to the user who uses it and be closed to others: it belongs to user %d with mode %04o; "
      "this is user %d; run `chmod 600` on it as its owner",
      path, kind.what, info.st_uid, info.st_mode & 07777u, geteuid()));
}

absl::StatusOr<SecretString> ReadAll(int fd, const std::string& path, size_t size) {
  SecretString content(size);
  for (size_t done = 0; done < size;) {
    ssize_t count = read(fd, content.span().data() + done, size - done);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return absl::DataLossError(absl::StrCat(path, ": cannot read it"));
    }
    done += static_cast<size_t>(count);
  }
  return content;
}

}  // namespace

absl::Status DisableCoreDumps() {
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) {
    return absl::ErrnoToStatus(errno, "cannot switch core dumps off");
  }
  return absl::OkStatus();
}

absl::StatusOr<SecretString> ReadSecretFile(const std::string& path, const SecretFileKind& kind,
                                            absl::FunctionRef<bool(std::string_view)> is_public) {
  TSM_RETURN_IF_ERROR(DisableCoreDumps());
  // Symbolic links are followed: Bazel gives an action its inputs as links. A FIFO would block without O_NONBLOCK.
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.ok()) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot open"));
  }
  struct stat info;
  if (fstat(fd.get(), &info) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot get the mode"));
  }
  TSM_RETURN_IF_ERROR(CheckKind(path, info, kind));
  TSM_ASSIGN_OR_RETURN(SecretString content, ReadAll(fd.get(), path, static_cast<size_t>(info.st_size)));
  if (!is_public(content.text())) {
    TSM_RETURN_IF_ERROR(CheckClosedToOthers(path, info, kind));
  }
  return content;
}

std::string NewSaltLine() {
  std::array<uint8_t, kSaltSize> salt;
  RAND_bytes(salt.data(), salt.size());
  return absl::StrCat(ToHex(salt), "\n");
}

absl::StatusOr<std::string_view> TakeSaltLine(std::string_view content) {
  std::string_view line = content.substr(0, content.find('\n'));
  bool digits = std::ranges::all_of(line, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (line.size() != 2 * kSaltSize || !digits || content.size() == line.size()) {
    return absl::InvalidArgumentError(
        "it does not begin with a random salt line, without which its content could be guessed from a build's logs; "
        "`mediactl secret new` writes one");
  }
  return content.substr(line.size() + 1);
}

}  // namespace tsmedia
