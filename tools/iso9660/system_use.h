// Reading of System Use entries (SUSP 1.10) with Rock Ridge (RRIP 1.10, 1.12) in them. Internal to the reader.

#ifndef TSMEDIA_TOOLS_ISO9660_SYSTEM_USE_H_
#define TSMEDIA_TOOLS_ISO9660_SYSTEM_USE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"

namespace tsmedia::iso {

// What the entries of one directory record say.
struct RockRidge {
  std::optional<std::string> name;
  std::optional<uint32_t> mode;
  std::string symlink_target;
  // The directory was moved elsewhere because it lay too deep: its real place (CL), a sector.
  std::optional<uint32_t> child_link;
  // This directory is the place of moved ones (RE): hidden here.
  bool relocated = false;
};

// ParseRockRidge reads the entries in `system_use` and in the continuation areas that they name, which lie in the first
// `volume_size` bytes of `source`. `where` begins error messages.
absl::StatusOr<RockRidge> ParseRockRidge(const ByteSource& source, uint64_t volume_size, std::string_view system_use,
                                         std::string_view where);

}  // namespace tsmedia::iso

#endif  // TSMEDIA_TOOLS_ISO9660_SYSTEM_USE_H_
