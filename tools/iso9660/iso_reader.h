// The ISO 9660 reader: Rock Ridge, Joliet and plain names, files of several extents, the El Torito catalog; on anything
// that has bytes, block devices included.
//
// The input is hostile: every number is checked before it is used, directories may neither overlap nor nest without
// end, and memory does not depend on what the image claims. Errors are DataLoss and name the structure, the field and
// its offset in the image.

#ifndef TSMEDIA_TOOLS_ISO9660_ISO_READER_H_
#define TSMEDIA_TOOLS_ISO9660_ISO_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/ranges_source.h"

namespace tsmedia {

// Whose names and tree are read.
enum class IsoNames {
  kBest,       // Rock Ridge if the image has it, else Joliet, else plain
  kRockRidge,  // real POSIX names, modes and symbolic links
  kJoliet,     // UCS-2 names
  kPlain,      // ISO 9660 identifiers without the version number: "README.TXT"
};

// A file, directory or symbolic link.
struct IsoEntry {
  std::string
      path;  // absolute; "/" is the root. The bytes of Rock Ridge names are as they stand: often, not always, UTF-8
  bool is_directory = false;
  uint64_t size = 0;               // of a file: the sum of its extents
  uint32_t mode = 0;               // POSIX type and permission bits; without Rock Ridge 040755 or 0100644
  std::string symlink_target;      // empty unless a symbolic link
  std::vector<ByteRange> extents;  // of the image
};

// An entry of the El Torito catalog.
struct ElToritoEntry {
  uint8_t platform = 0;  // 0x00 BIOS, 0xEF UEFI
  bool bootable = false;
  uint8_t media_type = 0;     // 0: no emulation
  uint16_t sector_count = 0;  // of 512 bytes
  uint64_t offset = 0;        // of the boot image
};

class IsoReader {
 public:
  // Open reads the volume descriptors of `source`, which must outlive the reader. InvalidArgument if it is no ISO 9660
  // image, NotFound if it has no tree with `names`, DataLoss if that tree's descriptor is damaged or the source is
  // shorter than the volume. Damage to what the chosen tree does not need (the other tree's descriptor, the terminator,
  // the boot catalog) is no error: whoever checks an image must be able to read what is left of it.
  static absl::StatusOr<std::unique_ptr<IsoReader>> Open(const ByteSource* source, IsoNames names = IsoNames::kBest);

  // Volume identifier of the primary descriptor, and of the Joliet one, without trailing spaces; "" if that descriptor
  // is not there or damaged.
  const std::string& volume_label() const { return primary_.label; }
  const std::string& joliet_label() const { return joliet_.label; }
  // Modification date of the volume as the chosen tree's descriptor has it: 16 digits "YYYYMMDDHHMMSScc".
  const std::string& modification_date() const { return chosen_.modification_date; }
  // Size of the volume in sectors of 2048 bytes.
  uint32_t volume_space() const { return chosen_.space; }
  // The names that were chosen; never kBest.
  IsoNames names() const { return names_; }
  // Boot images; empty without El Torito, DataLoss if the catalog is damaged.
  const absl::StatusOr<std::vector<ElToritoEntry>>& el_torito() const { return el_torito_; }

  using Visitor = absl::FunctionRef<absl::Status(const IsoEntry&)>;

  // Lookup returns the entry at an absolute path, in letters exactly as stored; NotFound if there is none. Symbolic
  // links are not followed. Reads every directory on the way: to find many files, Walk once.
  absl::StatusOr<IsoEntry> Lookup(std::string_view path) const;

  // ReadDirectory calls `visit` for the entries of one directory, in stored order, without "." and "..".
  absl::Status ReadDirectory(std::string_view path, Visitor visit) const;

  // Walk calls `visit` for every entry below the root, each directory before what it holds, in stored order. An error
  // of `visit` ends it and is returned.
  absl::Status Walk(Visitor visit) const;

  // OpenFile returns the content of a file, of any number of extents. The source of the reader must outlive it.
  absl::StatusOr<std::unique_ptr<ByteSource>> OpenFile(const IsoEntry& entry) const;

 private:
  // A directory's extent.
  struct DirectoryPlace {
    uint64_t offset = 0;
    uint64_t length = 0;
  };
  class Cursor;
  class Walker;

  explicit IsoReader(const ByteSource* source) : source_(source) {}

  // What a primary or Joliet volume descriptor says.
  struct Tree {
    absl::Status status;  // NotFound without the descriptor, DataLoss if it is damaged
    std::string label;
    std::string modification_date;
    uint32_t space = 0;
    DirectoryPlace root;
  };

  absl::Status ReadDescriptors(IsoNames names);
  // Sets what `sector`, a descriptor at `offset` that is called `where`, says; returns the first thing wrong with it.
  absl::Status ParseDescriptor(std::string_view sector, uint64_t offset, std::string_view where, Tree* tree) const;
  absl::StatusOr<std::vector<ElToritoEntry>> ReadBootCatalog(uint64_t sector) const;
  absl::Status ChooseTree(IsoNames names);
  // Looks for the SP entry in "." of the primary root; returns the number of bytes before the system use entries of
  // each record (SUSP 1.10, 5.3: LEN_SKP), or nothing without Rock Ridge.
  absl::StatusOr<std::optional<size_t>> FindRockRidge() const;
  // The extent that a record names, checked against the volume.
  absl::StatusOr<ByteRange> CheckExtent(uint64_t sector, uint64_t length, std::string_view what) const {
    return CheckExtent(chosen_.space, sector, length, what);
  }
  static absl::StatusOr<ByteRange> CheckExtent(uint32_t volume_space, uint64_t sector, uint64_t length,
                                               std::string_view what);
  absl::StatusOr<DirectoryPlace> FindDirectory(std::string_view path) const;

  const ByteSource* source_;
  IsoNames names_ = IsoNames::kPlain;
  Tree primary_;
  Tree joliet_;
  Tree chosen_;
  size_t susp_skip_ = 0;
  absl::StatusOr<std::vector<ElToritoEntry>> el_torito_ = std::vector<ElToritoEntry>();
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ISO9660_ISO_READER_H_
