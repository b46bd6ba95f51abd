// A writer of cpio archives for the initial RAM disk: for one list of entries there is exactly one sequence of bytes.

#ifndef TSMEDIA_TOOLS_CPIO_CPIO_WRITER_H_
#define TSMEDIA_TOOLS_CPIO_CPIO_WRITER_H_

#include <cstdint>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "tools/base/byte_sink.h"
#include "tools/base/bytes.h"
#include "tools/cpio/cpio_format.h"

namespace tsmedia {

// CpioWriter writes entries that belong to root and have one time. Inode numbers count from 1; there are no hard links.
class CpioWriter {
 public:
  // `sink` must outlive the writer. `time` is that of every entry, in seconds since 1970.
  CpioWriter(ByteSink* sink, uint32_t time) : sink_(sink), time_(time) {}

  // Add writes an entry; `data` has entry.size bytes and is a file's content or a symlink's target. Entries ascend
  // bytewise by path, and each comes after its directory: InvalidArgument otherwise.
  absl::Status Add(const CpioEntry& entry, ByteSpan data);

  // Finish ends the archive.
  absl::Status Finish();

 private:
  absl::Status Check(const CpioEntry& entry, ByteSpan data) const;
  absl::Status Write(const CpioEntry& entry, uint32_t inode, uint32_t mode, ByteSpan data);

  ByteSink* sink_;
  uint32_t time_;
  uint32_t last_inode_ = 0;
  std::string last_path_;
  std::set<std::string> directories_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CPIO_CPIO_WRITER_H_
