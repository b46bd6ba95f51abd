#include "tools/base/unique_fd.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace tsmedia {

void UniqueFd::Reset() {
  if (ok()) {
    const int error = errno;
    close(Release());
    errno = error;
  }
}

bool WriteAll(int fd, ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) {
      return false;
    }
    bytes.remove_prefix(count < 0 ? 0 : static_cast<size_t>(count));
  }
  return true;
}

}  // namespace tsmedia
