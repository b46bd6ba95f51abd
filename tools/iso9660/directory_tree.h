// One of the two directory trees of an ISO image (ISO 9660 with Rock Ridge, or Joliet): identifiers, directory records,
// path tables. Internal to the writer.

#ifndef TSMEDIA_TOOLS_ISO9660_DIRECTORY_TREE_H_
#define TSMEDIA_TOOLS_ISO9660_DIRECTORY_TREE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tools/base/extent.h"
#include "tools/base/file_tree.h"
#include "tools/iso9660/identifier.h"

namespace tsmedia::iso {

// Where a file's content lies.
struct FilePlace {
  uint32_t sector = 0;  // 0 for an empty file: it has no extent
  uint64_t length = 0;
};

// Date and time of directory records and Rock Ridge time stamps: 7 bytes (ECMA-119 9.1.5).
using RecordDate = std::string;

class DirectoryTree {
 public:
  // `tree` and `files` (by the tree's file numbers) must outlive the object; the sectors of `files` may still be
  // unknown.
  DirectoryTree(TreeKind kind, const FileTree& tree, const std::vector<FilePlace>& files, RecordDate date)
      : kind_(kind), tree_(tree), files_(files), date_(std::move(date)) {}

  // PlanIdentifiers gives every file and directory its identifier, orders the directories, and computes their sizes.
  // InvalidArgument if a path is too long for the tree. Must succeed before anything below is called.
  absl::Status PlanIdentifiers();

  uint32_t path_table_size() const { return path_table_size_; }
  // Bytes of the path table with locations as little-endian (type L) or big-endian numbers (type M).
  std::string PathTable(bool big_endian) const;

  // PlaceDirectories puts the directories, in the order of the path table, at `sector` and behind; returns the first
  // sector behind them.
  uint64_t PlaceDirectories(uint64_t sector);

  // The root directory's record, as it stands in the volume descriptor.
  std::string RootRecord() const;

  // AppendDirectories appends an extent for every directory (and its Rock Ridge continuation area) to `layout`.
  // Locations of directories and files must be known.
  void AppendDirectories(Layout* layout) const;

 private:
  // A file or directory in its directory, in the order of the standard.
  struct Entry {
    std::string identifier;
    const FileTree::Child* child;
  };
  struct Directory {
    std::vector<Entry> entries;
    std::string identifier;
    uint32_t subdirectories = 0;
    uint32_t number = 0;  // in the path table, from 1
    uint32_t sector = 0;
    uint32_t size = 0;               // in bytes, whole sectors
    uint32_t records_size = 0;       // without the padding at the end
    uint32_t continuation_size = 0;  // of the continuation area behind them
  };
  // The System Use fields of a record; the Joliet tree has none.
  struct SystemUse {
    uint32_t mode = 0;
    uint32_t links = 0;
    std::string_view name = {};  // "." and ".." have none
    bool is_root_self = false;   // "." of the root says that there are such fields
  };
  // In bytes. What does not fit into the record goes to the continuation area.
  struct SystemUseSize {
    size_t in_record = 0;
    size_t name_in_record = 0;
    size_t continued = 0;
  };
  struct Record {
    std::string_view identifier;
    uint32_t location = 0;
    uint32_t data_length = 0;
    uint8_t flags = 0;
    SystemUse system_use = {};
  };
  struct DirectoryBytes {
    std::string records;
    std::string continuation;
  };
  class Sizes;

  absl::Status PlanDirectory(uint32_t index, size_t path_length);
  absl::Status CheckPathLength(uint32_t index, const Entry& entry, size_t path_length) const;
  void NumberDirectories();
  std::string_view RegionPrefix() const;
  std::string RegionPath(uint32_t index) const;
  SystemUseSize SizeOf(const Record& record) const;
  static size_t RecordSize(std::string_view identifier, const SystemUseSize& use);
  // Calls `visit` with each record of a directory. How long they are does not depend on locations and sizes.
  template <typename Visitor>
  void VisitRecords(uint32_t index, Visitor visit) const;
  template <typename Visitor>
  void VisitFile(const Entry& entry, Visitor& visit) const;
  Sizes Measure(uint32_t index) const;
  DirectoryBytes Build(uint32_t index) const;
  // `continuation` is the offset in the image of what is continued there.
  void AppendRecord(const Record& record, const SystemUseSize& use, uint64_t continuation, std::string* out) const;
  void AppendSystemUse(const SystemUse& use, const SystemUseSize& size, uint64_t continuation, std::string* out) const;
  static void AppendContinued(const SystemUse& use, const SystemUseSize& size, std::string* out);

  const TreeKind kind_;
  const FileTree& tree_;
  const std::vector<FilePlace>& files_;
  const RecordDate date_;
  std::vector<Directory> directories_;  // by the numbers of tree_
  std::vector<uint32_t> order_;         // of the path table
  uint32_t path_table_size_ = 0;
};

}  // namespace tsmedia::iso

#endif  // TSMEDIA_TOOLS_ISO9660_DIRECTORY_TREE_H_
