// What writers of files share.

#ifndef TSMEDIA_TOOLS_BASE_FILE_OUTPUT_H_
#define TSMEDIA_TOOLS_BASE_FILE_OUTPUT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "tools/base/bytes.h"

namespace tsmedia {

// DirectoryOf returns the directory in which `path` lies.
std::string DirectoryOf(const std::string& path);

// FlushDirectory waits until the names in `directory` are on the disk.
absl::Status FlushDirectory(const std::string& directory);

// WriteFully writes all of `bytes` at `offset` of the open file `fd`, which errors call `path`.
absl::Status WriteFully(int fd, const std::string& path, uint64_t offset, ByteSpan bytes);

// WriteNewFile creates `path` with exactly these bytes and mode. A file that exists is AlreadyExists and stays as it
// is.
absl::Status WriteNewFile(const std::string& path, ByteSpan bytes, int mode);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_FILE_OUTPUT_H_
