// The "newc" cpio format that the Linux kernel unpacks as initial RAM file system: writer and reader.
//
// Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst. An entry is a header of "070701" and 13
// fields of 8 hexadecimal digits, the name with a NUL, and the content; header with name, and content, are padded to
// multiples of 4 bytes. An archive ends with an entry called TRAILER!!!; archives may follow each other, with zeros
// between them.

#ifndef TSMEDIA_TOOLS_CPIO_CPIO_H_
#define TSMEDIA_TOOLS_CPIO_CPIO_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"

namespace tsmedia {

enum class CpioType { kFile, kDirectory, kSymlink, kCharacterDevice, kBlockDevice };

// An entry to be written.
struct CpioEntry {
  // Relative to the root: "dev/console". Components as in any path: not empty, "." or "..", without NUL.
  std::string path;
  CpioType type = CpioType::kFile;
  // Permission bits with set-user-ID, set-group-ID and sticky bit: at most 07777.
  uint32_t mode = 0644;
  // Of a file: its bytes, or where they are (the source must outlive the call; below 4 GiB).
  std::variant<std::string, const ByteSource*> content;
  // Of a symbolic link.
  std::string target;
  // Of a device.
  uint32_t major = 0;
  uint32_t minor = 0;
};

struct CpioOptions {
  // Time of every entry: seconds since 1970, 32 bits.
  uint32_t time = 315532800;
  // The archive is filled with zeros to a multiple of this: 4 (the least), or 512, which tools expect of a whole file.
  uint32_t padding = 512;
};

// WriteCpio appends one archive to `sink`. Entries are written in bytewise order of their paths, directories that are
// implied but not given are added (mode 0755), everything belongs to root, and inode numbers count up from 1: the bytes
// depend on the set of entries only. Archives may be concatenated. InvalidArgument names the path: bad or equal paths,
// a path below something that is no directory, files of 4 GiB and more.
absl::Status WriteCpio(std::vector<CpioEntry> entries, const CpioOptions& options, ByteSink* sink);

// An entry that was read.
struct CpioHeader {
  std::string path;
  uint32_t mode = 0;  // with the file type bits
  uint32_t inode = 0;
  uint32_t user = 0;
  uint32_t group = 0;
  uint32_t links = 0;
  uint32_t time = 0;
  uint32_t major = 0;  // of a device
  uint32_t minor = 0;
  uint64_t offset = 0;  // of the content in the source
  uint64_t size = 0;
};

// CpioReader goes through one archive or several in a row ("070701", and "070702" whose checksums it leaves alone).
// Input is hostile: DataLoss names the offset and the field.
class CpioReader {
 public:
  // `source` must outlive the reader.
  explicit CpioReader(const ByteSource* source) : source_(*source) {}

  // Next returns the next entry, or nothing at the end. Trailers are passed over; at the end of the source there must
  // be one. Paths are returned as they stand, but for "./" or "/" at their beginning; ".." components are DataLoss.
  absl::StatusOr<std::optional<CpioHeader>> Next();

  // Target of the symbolic link `header`, of at most 4096 bytes.
  absl::StatusOr<std::string> ReadTarget(const CpioHeader& header) const;

  // Content of the file `header`.
  absl::StatusOr<std::unique_ptr<ByteSource>> OpenFile(const CpioHeader& header) const;

 private:
  absl::Status SkipZeros();
  absl::StatusOr<CpioHeader> ReadEntry();

  const ByteSource& source_;
  uint64_t position_ = 0;
  bool in_archive_ = false;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CPIO_CPIO_H_
