// Taking a package's files out of its tar, safely.

#ifndef TSMEDIA_TOOLS_CONTENT_UNPACK_H_
#define TSMEDIA_TOOLS_CONTENT_UNPACK_H_

#include <string>

#include "absl/status/status.h"
#include "tools/content/byte_stream.h"

namespace tsmedia {

// UnpackTar makes the directory `destination` with everything that `tar` holds. The archive may be hostile: paths are
// validated, nothing outside is touched, no symbolic link is followed, nothing is written twice, and what a package
// cannot have (devices, hard links, owners) is refused. Modes are exact whatever the process's umask is, times those
// of the archive; everything belongs to the process's user.
//
// `destination` must not exist (AlreadyExists): it appears in one step when everything is written; on an error nothing
// is left. It gets mode 0755.
absl::Status UnpackTar(ByteStream& tar, const std::string& destination);

// UnpackFile writes the whole of `content` to a new file `destination` with mode 0644 in the same way.
absl::Status UnpackFile(ByteStream& content, const std::string& destination);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_UNPACK_H_
