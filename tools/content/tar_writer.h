// The canonical tar of packs: for one tree there is exactly one sequence of bytes (rules/docs/pack_format.md).

#ifndef TSMEDIA_TOOLS_CONTENT_TAR_WRITER_H_
#define TSMEDIA_TOOLS_CONTENT_TAR_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tools/content/tar_format.h"

namespace tsmedia {

// Type of an entry of a package.
enum class EntryType : uint8_t { kFile, kDirectory, kSymlink };

// TarMember is what a canonical header says. Owner and group are 0 in packs; their names are always empty.
struct TarMember {
  std::string_view path;  // a valid package path, without a slash at its end
  EntryType type = EntryType::kFile;
  uint32_t mode = 0;  // <= 07777
  uint32_t uid = 0;   // <= 07777777, as for gid
  uint32_t gid = 0;
  uint64_t size = 0;                  // of a file
  std::string_view link_target = {};  // of a symlink
  uint64_t time = 0;                  // seconds since 1970, <= kTarMaxOctal
};

// AppendTarHeader appends the header of `member` to `out`: one ustar block, preceded by a pax extended header if ustar
// cannot hold the path, the link's target or the size. The member's data and TarPadding(size) zeros follow it.
void AppendTarHeader(const TarMember& member, std::string* out);

// A tar ends with this many zero bytes; there is no padding to a "record".
inline constexpr size_t kTarTrailerSize = 2 * kTarBlockSize;

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_TAR_WRITER_H_
