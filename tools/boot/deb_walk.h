// Going through the files of a Debian binary package.

#ifndef TSMEDIA_TOOLS_BOOT_DEB_WALK_H_
#define TSMEDIA_TOOLS_BOOT_DEB_WALK_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/content/tar_reader.h"

namespace tsmedia {

// DebEntry is a member of the package whose path has no "./" before and no '/' after it; the root itself is left out.
using DebEntry = TarEntry;

// WalkDeb calls `visit` for each member of the package at `path`, in the package's order. `reader` gives the member's
// data, if it is a file; what `visit` does not read is passed over. Errors of reading name the package; an error of
// `visit` ends the walk and is returned as it is.
absl::Status WalkDeb(const std::string& path,
                     absl::FunctionRef<absl::Status(const DebEntry& entry, TarReader& reader)> visit);

// ReadEntry returns the data of the current file, which has entry.size bytes; more than `max_size` are
// ResourceExhausted.
absl::StatusOr<std::string> ReadEntry(const DebEntry& entry, TarReader& reader, uint64_t max_size);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BOOT_DEB_WALK_H_
