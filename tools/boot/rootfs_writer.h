// A tar of a root file system that is put together from several places.

#ifndef TSMEDIA_TOOLS_BOOT_ROOTFS_WRITER_H_
#define TSMEDIA_TOOLS_BOOT_ROOTFS_WRITER_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_sink.h"
#include "tools/base/bytes.h"
#include "tools/content/tar_writer.h"

namespace tsmedia {

// RootfsWriter writes members in the order in which they come; owners, modes and links are kept. All have one time.
// Names of owners are left out: they would be those of the machine that unpacks the tar.
class RootfsWriter {
 public:
  // `sink` must outlive the writer.
  explicit RootfsWriter(ByteSink* sink) : sink_(sink) {}

  // Gives the next bytes of a file: fills the beginning of the span and returns how many bytes it wrote; 0 at the end.
  using Reader = absl::FunctionRef<absl::StatusOr<size_t>(MutableByteSpan)>;

  // Add writes a member; `member.time` is ignored, and `read` gives the member.size bytes of a file. The directories
  // above it that did not come before are written first. A directory that is there already is passed over: the first
  // one decides its mode. AlreadyExists for any other path that is there already, except a symlink with equal target.
  absl::Status Add(const TarMember& member, Reader read);
  absl::Status AddFile(std::string_view path, uint32_t mode, std::string_view bytes);
  absl::Status AddSymlink(std::string_view path, std::string_view target);
  absl::Status AddDirectory(std::string_view path, uint32_t mode);

  // Finish ends the tar.
  absl::Status Finish();

 private:
  absl::Status AddParents(std::string_view path);
  absl::Status WriteData(const TarMember& member, Reader read);

  ByteSink* sink_;
  std::set<std::string, std::less<>> directories_;
  std::set<std::string, std::less<>> others_;  // paths; symlinks as well as "path NUL target"
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BOOT_ROOTFS_WRITER_H_
