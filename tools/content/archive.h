// Archives that a package takes files from: tar (also compressed), Debian packages, zip.

#ifndef TSMEDIA_TOOLS_CONTENT_ARCHIVE_H_
#define TSMEDIA_TOOLS_CONTENT_ARCHIVE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/content/byte_stream.h"
#include "tools/content/tar_writer.h"

namespace tsmedia {

// ArchiveMember is a file, directory or symlink of an archive. Hard links are files already.
struct ArchiveMember {
  std::string path;  // as the archive has it, without "./" before and '/' after; empty for the root; not validated
  EntryType type = EntryType::kFile;
  std::optional<uint32_t> mode;  // permission bits <= 07777; nothing if the archive says none
  std::string link_target;       // of a symlink
  uint32_t content = 0;          // of a file: the number to give to OpenContent
};

// Archive is an opened archive: what is in it, and random access to the files' data.
class Archive {
 public:
  // Open reads the list of members. Compressed tar archives are decompressed into an unnamed file in
  // `spool_directory`, so that their files can be read in another order. Devices, FIFOs and sparse files are
  // refused. What had to be left out is told in `warnings`.
  static absl::StatusOr<std::unique_ptr<Archive>> Open(const std::string& path, const std::string& spool_directory,
                                                       std::vector<std::string>* warnings);
  virtual ~Archive() = default;

  // The members in the archive's order; the caller may move them out.
  std::deque<ArchiveMember>& members() { return members_; }

  // Size in bytes of the data with this number, and a stream of it that the archive must outlive.
  virtual uint64_t ContentSize(uint32_t content) const = 0;
  virtual absl::StatusOr<std::unique_ptr<ByteStream>> OpenContent(uint32_t content) const = 0;

  const std::string& path() const { return path_; }

 protected:
  explicit Archive(std::string path) : path_(std::move(path)) {}

  std::deque<ArchiveMember> members_;

 private:
  std::string path_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_ARCHIVE_H_
