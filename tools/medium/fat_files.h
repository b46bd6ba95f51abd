// The files of a FAT file system that lies somewhere in an image.

#ifndef TSMEDIA_TOOLS_MEDIUM_FAT_FILES_H_
#define TSMEDIA_TOOLS_MEDIUM_FAT_FILES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "tools/base/byte_source.h"
#include "tools/base/ranges_source.h"
#include "tools/fat/fat_reader.h"

namespace tsmedia {

// FatFiles reads directories as they are asked for, each once: a stick may hold a great many files of somebody else.
// Paths have no leading slash; case does not count, as everywhere on FAT. A file is known by its long name alone, not
// by the short one beside it: where a program lost the long name, the file is not found.
class FatFiles {
 public:
  // Open opens the file system in the bytes [offset, offset + length) of `image`, which contains them and must outlive
  // it. Errors as FatReader::Open.
  static absl::StatusOr<std::unique_ptr<FatFiles>> Open(const ByteSource* image, uint64_t offset, uint64_t length);

  // Locate returns where the bytes of a regular file lie in the image; NotFound if there is none at `path`. Damage to a
  // directory leaves the files before it.
  absl::StatusOr<std::vector<ByteRange>> Locate(std::string_view path) const;

  // AddFiles adds the paths of all regular files, as they are written.
  absl::Status AddFiles(std::vector<std::string>* paths) const;

 private:
  struct Directory {
    std::map<std::string, FatEntry> entries;  // by CollisionKey of the name
    absl::Status status;                      // why entries may be missing
  };

  FatFiles(std::unique_ptr<SliceSource> slice, std::unique_ptr<FatReader> reader, uint64_t offset)
      : slice_(std::move(slice)), reader_(std::move(reader)), offset_(offset) {}
  absl::StatusOr<FatEntry> Find(std::string_view path) const;
  const Directory& Read(const FatEntry& entry) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::unique_ptr<SliceSource> slice_;
  const std::unique_ptr<FatReader> reader_;
  const uint64_t offset_;
  mutable absl::Mutex mutex_;
  mutable std::map<std::string, Directory> directories_ ABSL_GUARDED_BY(mutex_);  // by the path that entries have
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIUM_FAT_FILES_H_
