// A reader of zip archives that nobody vouches for.
//
// Source: PKWARE APPNOTE.TXT 6.3.10; Info-ZIP's use of the external attributes for Unix modes.

#ifndef TSMEDIA_TOOLS_CONTENT_ZIP_READER_H_
#define TSMEDIA_TOOLS_CONTENT_ZIP_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/content/byte_stream.h"

namespace tsmedia {

// ZipMember is an entry of the central directory. The name is not validated.
struct ZipMember {
  std::string name;
  // st_mode, type bits included, if the archive was made on Unix and says one.
  std::optional<uint32_t> unix_mode;
  bool deflated = false;  // else stored
  uint32_t crc32 = 0;     // of the data
  uint64_t size = 0;      // of the data
  uint64_t compressed_size = 0;
  uint64_t header_offset = 0;  // of the local header
};

// IsZip returns whether `source` begins like a zip archive (also an empty one).
absl::StatusOr<bool> IsZip(const ByteSource& source);

// ReadZipDirectory returns the members in the order of the central directory; zip64 is known. Encrypted members, other
// methods than stored and deflate, and archives of several disks are Unimplemented, damage and members that overlap
// DataLoss.
absl::StatusOr<std::vector<ZipMember>> ReadZipDirectory(const ByteSource& source);

// OpenZipMember returns a stream of the data of `member`; `source` must outlive it. Data whose size or CRC is wrong is
// DataLoss at the latest when the stream's end is read.
absl::StatusOr<std::unique_ptr<ByteStream>> OpenZipMember(const ByteSource* source, const ZipMember& member);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_ZIP_READER_H_
