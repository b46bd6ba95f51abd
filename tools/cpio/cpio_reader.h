// A reader of cpio archives that nobody vouches for.

#ifndef TSMEDIA_TOOLS_CPIO_CPIO_READER_H_
#define TSMEDIA_TOOLS_CPIO_CPIO_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/cpio/cpio_format.h"

namespace tsmedia {

// CpioReader gives the members of an archive in order.
class CpioReader {
 public:
  struct Member {
    CpioEntry entry;           // its path as the archive has it: not validated
    uint64_t data_offset = 0;  // where its entry.size bytes of data are
  };

  // `archive` must outlive the reader. Reading begins at `offset`.
  explicit CpioReader(const ByteSource* archive, uint64_t offset = 0) : archive_(archive), position_(offset) {}

  // Next returns the next member, or nothing at the trailer. DataLoss names the offset and what is wrong there.
  absl::StatusOr<std::optional<Member>> Next();

  // Where reading goes on: after the trailer, the archive's end.
  uint64_t position() const { return position_; }

 private:
  absl::Status Error(std::string_view problem) const;

  const ByteSource* archive_;
  uint64_t position_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CPIO_CPIO_READER_H_
