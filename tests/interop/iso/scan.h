// Directories of the host as input for the image writers under test.

#ifndef TSMEDIA_TESTS_INTEROP_ISO_SCAN_H_
#define TSMEDIA_TESTS_INTEROP_ISO_SCAN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/extent.h"

namespace tsmedia {

// A regular file below a scanned directory.
struct ScannedFile {
  std::string path;  // absolute in the image: "/a/b"
  uint64_t size;
};

// ScanDirectory returns the regular files below `root`, bytewise ascending; other types are InvalidArgument.
absl::StatusOr<std::vector<ScannedFile>> ScanDirectory(const std::string& root);

// WriteImage renders `layout`, whose inputs are paths on the host, to a new file.
absl::Status WriteImage(const Layout& layout, const std::string& path);

}  // namespace tsmedia

#endif  // TSMEDIA_TESTS_INTEROP_ISO_SCAN_H_
