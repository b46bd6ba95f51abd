// Writing the tar of an operating system into the root of its partition.

#ifndef TSMEDIA_TOOLS_STEPS_IMAGE_UNPACK_H_
#define TSMEDIA_TOOLS_STEPS_IMAGE_UNPACK_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "tools/content/byte_stream.h"

namespace tsmedia {

// UnpackImage writes everything that `tar` holds below the existing directory `root`, with owners, modes, times,
// extended attributes, links, FIFOs and devices. It needs a few hundred KiB, whatever the archive is, and a name for
// each directory.
//
// The archive may be hostile: nothing outside of `root` is touched, and no symbolic link is followed, be it the
// archive's or one that was there. A file that exists is replaced, a directory is kept with the archive's owner and
// mode; so the call may be repeated after an interruption. Directories that the archive does not mention are made with
// mode 0755. DataLoss for members that cannot be, other codes for what the file system refuses.
//
// `moved` says where top-level folders have gone: {"lib", "usr/lib"} writes lib/firmware to usr/lib/firmware.
absl::Status UnpackImage(ByteStream& tar, const std::string& root,
                         const std::map<std::string, std::string>& moved = {});

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_STEPS_IMAGE_UNPACK_H_
