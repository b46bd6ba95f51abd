#include "tools/base/kernel_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/unique_fd.h"

namespace tsmedia {

absl::StatusOr<std::string> ReadKernelFile(const std::string& path, uint64_t max_size) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) {
    return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot open"));
  }
  std::string bytes;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t count = read(fd.get(), buffer.data(), buffer.size());
    if (count == 0) {
      return bytes;
    }
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot read"));
    }
    if (static_cast<uint64_t>(count) > max_size - bytes.size()) {
      return absl::ResourceExhaustedError(absl::StrCat(path, ": larger than ", max_size, " bytes"));
    }
    bytes.append(buffer.data(), static_cast<size_t>(count));
  }
}

std::string KernelText(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadKernelFile(path, kMiB);
  return text.ok() ? std::string(absl::StripAsciiWhitespace(*text)) : "";
}

uint64_t KernelNumber(const std::string& path) {
  uint64_t number = 0;
  return absl::SimpleAtoi(KernelText(path), &number) ? number : 0;
}

}  // namespace tsmedia
