// A reader of tar archives that nobody vouches for: ustar, pax, GNU and the old V7 format.

#ifndef TSMEDIA_TOOLS_CONTENT_TAR_READER_H_
#define TSMEDIA_TOOLS_CONTENT_TAR_READER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/bytes.h"
#include "tools/content/byte_stream.h"
#include "tools/content/tar_format.h"

namespace tsmedia {

// TarEntry is one member of an archive, as the archive says it: names are not validated in any way but for their size
// and that they have no NUL.
struct TarEntry {
  enum class Type { kFile, kDirectory, kSymlink, kHardLink, kCharDevice, kBlockDevice, kFifo };

  std::string path;
  Type type = Type::kFile;
  uint32_t mode = 0;  // permission bits: <= 07777
  uint64_t uid = 0;
  uint64_t gid = 0;
  uint64_t time = 0;          // of the last change: whole seconds since 1970; 0 if it was before
  uint64_t size = 0;          // of a file's data
  std::string link_target;    // of a symlink or hard link
  uint64_t device_major = 0;  // of a device
  uint64_t device_minor = 0;
  // Extended attributes, by name ("security.capability"), from pax records SCHILY.xattr as GNU tar, star and bsdtar
  // write them.
  std::map<std::string, std::string> attributes;
  uint64_t header_offset = 0;  // of its ustar block in the stream
  uint64_t data_offset = 0;    // of its data in the stream
};

// TarReader gives the members of an archive in order. It needs a few KiB, and for names what they are long (at most
// 64 KiB each).
class TarReader {
 public:
  // `stream` must outlive the reader.
  explicit TarReader(ByteStream* stream) : stream_(stream) {}

  // Next passes over the rest of the current member and returns the next one, or nothing at the end of the archive.
  // The archive must end with a block of zeros, and nothing but zeros may follow. Sparse files, multi-volume archives
  // and other types of members that cannot be taken as they are, are Unimplemented; damage is DataLoss. Errors name
  // the stream and the offset in it.
  absl::StatusOr<std::optional<TarEntry>> Next();

  // Read fills the beginning of `out` (not empty) with data of the current file; 0 is its end.
  absl::StatusOr<size_t> Read(MutableByteSpan out);

 private:
  // Values from extended headers that override those of the header block.
  struct Overrides {
    std::optional<std::string> path;
    std::optional<std::string> link_target;
    std::optional<uint64_t> size;
    std::optional<uint64_t> uid;
    std::optional<uint64_t> gid;
    std::map<std::string, std::string> attributes;
  };

  // A member's header block, and the place where it begins.
  struct Header {
    uint8_t block[kTarBlockSize];
    uint64_t offset = 0;
    ByteSpan Field(TarField field) const { return ByteSpan(block).subspan(field.offset, field.size); }
    char type() const { return static_cast<char>(block[kTarTypeOffset]); }
  };

  absl::Status Error(uint64_t offset, std::string_view problem) const;
  absl::Status Unsupported(uint64_t offset, std::string_view problem) const;
  absl::Status ReadFully(MutableByteSpan out);
  // Reads the next header block; false at the end of the archive.
  absl::StatusOr<bool> ReadHeader(Header& header);
  absl::Status CheckEnd();
  absl::StatusOr<uint64_t> Number(const Header& header, TarField field, std::string_view name) const;
  absl::StatusOr<std::string> ReadExtension(const Header& header);
  absl::Status ParsePax(const Header& header, std::string_view records, Overrides& overrides) const;
  absl::Status ApplyPaxRecord(const Header& header, std::string_view keyword, std::string_view value,
                              Overrides& overrides) const;
  // Takes an extended header into `local` or the global overrides; false if `header` is a member's own.
  absl::StatusOr<bool> TakeExtension(const Header& header, Overrides& local);
  absl::StatusOr<TarEntry> MakeEntry(const Header& header, Overrides local);
  absl::Status SetNames(const Header& header, const Overrides& overrides, TarEntry& entry) const;
  absl::Status SetType(const Header& header, TarEntry& entry) const;

  ByteStream* stream_;
  uint64_t position_ = 0;   // in the stream
  uint64_t remaining_ = 0;  // bytes of the current file
  size_t padding_ = 0;      // after them
  bool at_end_ = false;
  Overrides global_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_TAR_READER_H_
