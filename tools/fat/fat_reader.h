// The FAT reader: FAT12, FAT16 and FAT32 with long names, on anything that has bytes.
//
// The input is hostile: clusters are checked before they are followed, chains may not loop, directories may neither
// share clusters nor nest without end, and memory does not depend on what the image claims. Errors are DataLoss and
// name the structure, the field and where it is.

#ifndef TSMEDIA_TOOLS_FAT_FAT_READER_H_
#define TSMEDIA_TOOLS_FAT_FAT_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/ranges_source.h"
#include "tools/fat/format.h"

namespace tsmedia {

// A file or directory.
struct FatEntry {
  std::string path;  // absolute, UTF-8; "/" is the root
  bool is_directory = false;
  uint32_t size = 0;           // of a file
  uint32_t first_cluster = 0;  // 0: none (empty file)
  uint8_t attributes = 0;
  std::string short_name;  // "NAME.EXT" as the directory has it
};

class FatReader {
 public:
  // Open reads the boot sector of `source`, which must outlive the reader. InvalidArgument if there is no FAT file
  // system, DataLoss if it is damaged or longer than the source.
  static absl::StatusOr<std::unique_ptr<FatReader>> Open(const ByteSource* source);

  FatType type() const { return type_; }
  uint32_t serial() const { return serial_; }
  // Label in the root directory; "" if there is none.
  const std::string& label() const { return label_; }
  // Label in the boot sector, "NO NAME" if there is none.
  const std::string& boot_sector_label() const { return boot_sector_label_; }
  uint32_t cluster_count() const { return cluster_count_; }
  uint32_t cluster_size() const { return cluster_size_; }

  using Visitor = absl::FunctionRef<absl::Status(const FatEntry&)>;

  // Lookup returns the entry at an absolute path; case is ignored; NotFound if there is none.
  absl::StatusOr<FatEntry> Lookup(std::string_view path) const;

  // ReadDirectory calls `visit` for the entries of one directory, in stored order, without "." and "..".
  absl::Status ReadDirectory(std::string_view path, Visitor visit) const;
  // The same for an entry of this file system.
  absl::Status ReadDirectory(const FatEntry& directory, Visitor visit) const;

  // Walk calls `visit` for every entry below the root, each directory before what it holds. An error of `visit` ends it
  // and is returned.
  absl::Status Walk(Visitor visit) const;

  // Locate returns where the bytes of a file lie in the source, in their order.
  absl::StatusOr<std::vector<ByteRange>> Locate(const FatEntry& entry) const;

  // OpenFile returns the content of a file. The source of the reader must outlive it.
  absl::StatusOr<std::unique_ptr<ByteSource>> OpenFile(const FatEntry& entry) const;

 private:
  class Chain;
  class Cursor;
  class Walker;

  explicit FatReader(const ByteSource* source) : source_(source) {}

  absl::Status ReadBootSector();
  absl::Status ReadTail(const uint8_t* bytes);
  absl::Status ReadLabel();
  FatEntry RootEntry() const;
  uint64_t ClusterOffset(uint32_t cluster) const;
  bool IsCluster(uint32_t cluster) const {
    return cluster >= fat::kFirstCluster && cluster - fat::kFirstCluster < cluster_count_;
  }

  const ByteSource* source_;
  FatType type_ = FatType::kFat12;
  uint32_t serial_ = 0;
  std::string label_;
  std::string boot_sector_label_;
  uint32_t cluster_count_ = 0;
  uint32_t cluster_size_ = 0;
  uint64_t table_offset_ = 0;  // of the allocation table in use
  uint64_t table_size_ = 0;
  uint64_t root_offset_ = 0;  // FAT12 and FAT16
  uint64_t root_size_ = 0;
  uint32_t root_cluster_ = 0;  // FAT32
  uint64_t data_offset_ = 0;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_FAT_FAT_READER_H_
