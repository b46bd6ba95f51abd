#include "tools/iso9660/iso_reader.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/base/bytes.h"
#include "tools/base/ranges_source.h"
#include "tools/base/status_macros.h"
#include "tools/base/utf16.h"
#include "tools/iso9660/both_endian.h"
#include "tools/iso9660/format.h"
#include "tools/iso9660/system_use.h"

namespace tsmedia {
namespace {

using iso::kSectorSize;
using iso::LoadBoth;

// Sectors that are searched for volume descriptors; real images have three to five.
constexpr uint64_t kMaxDescriptors = 16;
// Entries of a boot catalog: one sector full.
constexpr size_t kMaxCatalogEntries = kSectorSize / iso::kCatalogEntrySize;
// Rock Ridge allows deeper trees than the 8 levels of ISO 9660.
constexpr size_t kMaxDepth = 128;
// Directories that one Walk goes through, bounded because their places are remembered.
constexpr size_t kMaxWalkedDirectories = 1000000;
// Extents of one file: 1 TiB of 4 GiB sections is 256.
constexpr size_t kMaxFileExtents = 4096;

constexpr uint32_t kDefaultDirectoryMode = iso::kModeDirectory | 0755;
constexpr uint32_t kDefaultFileMode = iso::kModeRegular | 0644;

std::string Trimmed(std::string_view text) { return std::string(absl::StripTrailingAsciiWhitespace(text)); }

// UCS-2, big-endian, to UTF-8.
std::string FromUcs2(std::string_view bytes) {
  std::u16string units;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    units.push_back(static_cast<char16_t>(static_cast<uint8_t>(bytes[i]) << 8 | static_cast<uint8_t>(bytes[i + 1])));
  }
  return Utf16ToUtf8(units);
}

// Whether a supplementary volume descriptor is Joliet's, and not some other character set's.
bool IsJoliet(std::string_view sector) {
  std::string_view escapes = sector.substr(iso::kDescriptorEscapes, iso::kJolietLevel1.size());
  return escapes == iso::kJolietLevel1 || escapes == iso::kJolietLevel2 || escapes == iso::kJolietLevel3;
}

// "NAME.EXT;1" without the version, and without a '.' that ends the name.
std::string_view WithoutVersion(std::string_view name) {
  size_t semicolon = name.rfind(';');
  if (semicolon != std::string_view::npos) {
    name = name.substr(0, semicolon);
  }
  return absl::StripSuffix(name, ".");
}

// A directory record, its fields checked one by one.
struct Record {
  uint64_t offset = 0;  // in the image
  std::string_view identifier;
  std::string_view system_use;
  uint32_t sector = 0;
  uint32_t length = 0;
  uint8_t flags = 0;
  bool interleaved = false;

  bool is_directory() const { return (flags & iso::kFlagDirectory) != 0; }
  bool is_self_or_parent() const { return identifier.size() == 1 && (identifier[0] == '\0' || identifier[0] == '\1'); }
};

// `bytes` is the whole record, at least kShortRecordLength long.
absl::StatusOr<Record> ParseRecord(std::string_view bytes, uint64_t offset) {
  std::string where = absl::StrCat("directory record at offset ", offset);
  Record record;
  record.offset = offset;
  size_t id_length = static_cast<uint8_t>(bytes[iso::kRecordIdLength]);
  if (id_length == 0 || iso::kRecordId + id_length > bytes.size()) {
    return absl::DataLossError(absl::StrCat(where, ": identifier length at offset ", offset + iso::kRecordIdLength,
                                            ": ", id_length, " does not fit into the record's ", bytes.size(),
                                            " bytes"));
  }
  record.identifier = bytes.substr(iso::kRecordId, id_length);
  // An identifier of even length is followed by a zero byte.
  size_t system_use = iso::kRecordId + id_length + (id_length % 2 == 0 ? 1 : 0);
  record.system_use = system_use < bytes.size() ? bytes.substr(system_use) : std::string_view();
  TSM_ASSIGN_OR_RETURN(record.sector, LoadBoth<uint32_t>(bytes, iso::kRecordLocation, where, "location", offset));
  TSM_ASSIGN_OR_RETURN(record.length, LoadBoth<uint32_t>(bytes, iso::kRecordDataLength, where, "data length", offset));
  // Extended attribute records lie before the data.
  uint64_t sector = uint64_t{record.sector} + static_cast<uint8_t>(bytes[iso::kRecordExtendedAttributes]);
  if (sector > std::numeric_limits<uint32_t>::max()) {
    return absl::DataLossError(absl::StrCat(where, ": location: outside of any volume"));
  }
  record.sector = static_cast<uint32_t>(sector);
  record.flags = static_cast<uint8_t>(bytes[iso::kRecordFlags]);
  record.interleaved = bytes[iso::kRecordUnitSize] != 0 || bytes[iso::kRecordGapSize] != 0;
  return record;
}

// Refuses what a name must not be, so that nobody who extracts can be led out of the target directory.
absl::Status CheckName(std::string_view name, uint64_t offset) {
  if (name.empty() || name == "." || name == ".." || absl::StrContains(name, '/') ||
      absl::StrContains(name, std::string_view("\0", 1))) {
    return absl::DataLossError(
        absl::StrCat("directory record at offset ", offset, ": the name is empty, \".\", \"..\" or holds '/' or NUL"));
  }
  return absl::OkStatus();
}

std::string JoinPath(std::string_view directory, std::string_view name) {
  return directory == "/" ? absl::StrCat("/", name) : absl::StrCat(directory, "/", name);
}

std::string_view BaseName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

// Cursor goes through the entries of one directory, a sector at a time. It is a position in the stream of records that
// costs 2 KiB, whatever the size of the directory.
class IsoReader::Cursor {
 public:
  Cursor(const IsoReader* reader, DirectoryPlace place, std::string path)
      : reader_(*reader), place_(place), path_(std::move(path)) {}

  // Next sets `entry` to the next file, directory or link, and `place` to where a directory lies; false at the end.
  absl::StatusOr<bool> Next(IsoEntry* entry, DirectoryPlace* place) {
    while (true) {
      TSM_ASSIGN_OR_RETURN(std::optional<Record> record, NextRecord());
      if (!record.has_value()) {
        return false;
      }
      if (record->is_self_or_parent() || (record->flags & iso::kFlagAssociated) != 0) {
        continue;
      }
      iso::RockRidge rock_ridge;
      if (reader_.names_ == IsoNames::kRockRidge) {
        std::string_view use = record->system_use;
        use.remove_prefix(std::min(use.size(), reader_.susp_skip_));
        TSM_ASSIGN_OR_RETURN(rock_ridge,
                             iso::ParseRockRidge(*reader_.source_, reader_.chosen_.space * kSectorSize, use,
                                                 absl::StrCat("directory record at offset ", record->offset)));
        if (rock_ridge.relocated) {
          continue;
        }
      }
      TSM_RETURN_IF_ERROR(Fill(*record, rock_ridge, entry, place));
      return true;
    }
  }

 private:
  absl::Status Fill(const Record& record, const iso::RockRidge& rock_ridge, IsoEntry* entry, DirectoryPlace* place) {
    *entry = IsoEntry();
    std::string name = NameOf(record, rock_ridge);
    TSM_RETURN_IF_ERROR(CheckName(name, record.offset));
    entry->path = JoinPath(path_, name);
    if (rock_ridge.child_link.has_value()) {
      entry->is_directory = true;
      entry->mode = rock_ridge.mode.value_or(kDefaultDirectoryMode);
      entry->mode = (entry->mode & ~iso::kModeTypeMask) | iso::kModeDirectory;
      TSM_ASSIGN_OR_RETURN(*place, RelocatedPlace(*rock_ridge.child_link));
      return absl::OkStatus();
    }
    entry->is_directory = record.is_directory();
    entry->mode = rock_ridge.mode.value_or(entry->is_directory ? kDefaultDirectoryMode : kDefaultFileMode);
    bool is_symlink = (entry->mode & iso::kModeTypeMask) == iso::kModeSymlink;
    if (((entry->mode & iso::kModeTypeMask) == iso::kModeDirectory) != entry->is_directory) {
      return absl::DataLossError(absl::StrCat("directory record at offset ", record.offset,
                                              ": the Rock Ridge mode and the directory flag contradict each other"));
    }
    if (entry->is_directory) {
      TSM_ASSIGN_OR_RETURN(ByteRange extent, reader_.CheckExtent(record.sector, record.length, entry->path));
      *place = {extent.offset, extent.length};
      return absl::OkStatus();
    }
    if (is_symlink) {
      entry->symlink_target = rock_ridge.symlink_target;
      return absl::OkStatus();
    }
    return AddExtents(record, entry);
  }

  std::string NameOf(const Record& record, const iso::RockRidge& rock_ridge) const {
    if (rock_ridge.name.has_value()) {
      return *rock_ridge.name;
    }
    if (reader_.names_ == IsoNames::kJoliet) {
      std::string name = FromUcs2(record.identifier);
      // The version is optional in Joliet, and a dot at the end is part of the name.
      return record.is_directory() ? name : std::string(absl::StripSuffix(name, ";1"));
    }
    return std::string(record.is_directory() ? record.identifier : WithoutVersion(record.identifier));
  }

  // Adds the extent of `record` and those of the records that continue the file.
  absl::Status AddExtents(Record record, IsoEntry* entry) {
    const std::string identifier(record.identifier);
    while (true) {
      if (record.interleaved) {
        return absl::UnimplementedError(absl::StrCat(entry->path, ": is interleaved, which is not supported"));
      }
      TSM_ASSIGN_OR_RETURN(ByteRange extent, reader_.CheckExtent(record.sector, record.length, entry->path));
      if (extent.length > 0) {
        entry->extents.push_back(extent);
        entry->size += extent.length;
      }
      if ((record.flags & iso::kFlagMultiExtent) == 0) {
        return absl::OkStatus();
      }
      if (entry->extents.size() > kMaxFileExtents) {
        return absl::DataLossError(absl::StrCat(entry->path, ": has more than ", kMaxFileExtents, " extents"));
      }
      TSM_ASSIGN_OR_RETURN(std::optional<Record> next, NextRecord());
      if (!next.has_value() || next->identifier != identifier) {
        return absl::DataLossError(absl::StrCat(entry->path, ": the directory record at offset ", record.offset,
                                                " announces a further extent that is not there"));
      }
      record = *next;
    }
  }

  // Place of a directory that CL names: its length stands in its own ".".
  absl::StatusOr<DirectoryPlace> RelocatedPlace(uint32_t sector) const {
    TSM_ASSIGN_OR_RETURN(ByteRange first, reader_.CheckExtent(sector, kSectorSize, "relocated directory"));
    TSM_ASSIGN_OR_RETURN(std::string bytes, reader_.source_->ReadString(first.offset, kSectorSize));
    size_t length = static_cast<uint8_t>(bytes[0]);
    if (length < iso::kShortRecordLength) {
      return absl::DataLossError(
          absl::StrCat("directory record at offset ", first.offset, ": length ", length, ": too short"));
    }
    TSM_ASSIGN_OR_RETURN(Record self, ParseRecord(std::string_view(bytes).substr(0, length), first.offset));
    if (self.sector != sector || !self.is_directory()) {
      return absl::DataLossError(absl::StrCat("directory record at offset ", first.offset, ": is not \".\""));
    }
    TSM_ASSIGN_OR_RETURN(ByteRange extent, reader_.CheckExtent(sector, self.length, "relocated directory"));
    return DirectoryPlace{extent.offset, extent.length};
  }

  // The next record; its views are valid until the next call.
  absl::StatusOr<std::optional<Record>> NextRecord() {
    while (position_ < place_.length) {
      uint64_t in_sector = position_ % kSectorSize;
      if (in_sector == 0) {
        uint64_t count = std::min(kSectorSize, place_.length - position_);
        TSM_ASSIGN_OR_RETURN(sector_, reader_.source_->ReadString(place_.offset + position_, count));
      }
      if (in_sector >= sector_.size()) {
        break;  // the directory ends within a sector
      }
      size_t length = static_cast<uint8_t>(sector_[in_sector]);
      if (length == 0) {
        position_ += kSectorSize - in_sector;
        continue;
      }
      uint64_t offset = place_.offset + position_;
      if (length < iso::kShortRecordLength || length > sector_.size() - in_sector) {
        return absl::DataLossError(absl::StrCat("directory record at offset ", offset, ": length ", length,
                                                ": too short, or across the end of the sector or directory"));
      }
      position_ += length;
      // A copy: the sector may be replaced while the record is still in use (files of several extents).
      record_bytes_.assign(sector_, in_sector, length);
      TSM_ASSIGN_OR_RETURN(Record record, ParseRecord(record_bytes_, offset));
      return record;
    }
    return std::nullopt;
  }

  const IsoReader& reader_;
  const DirectoryPlace place_;
  const std::string path_;
  uint64_t position_ = 0;
  std::string sector_;
  std::string record_bytes_;
};

// Walker goes depth first and refuses directories that overlap others: a loop is one of those, and what does not
// overlap ends with the volume.
class IsoReader::Walker {
 public:
  explicit Walker(const IsoReader* reader) : reader_(reader) {}

  absl::Status Walk(Visitor visit) {
    TSM_RETURN_IF_ERROR(Enter(reader_->chosen_.root, "/"));
    while (!open_.empty()) {
      IsoEntry entry;
      DirectoryPlace place;
      TSM_ASSIGN_OR_RETURN(bool has_entry, open_.back()->Next(&entry, &place));
      if (!has_entry) {
        open_.pop_back();
        continue;
      }
      TSM_RETURN_IF_ERROR(visit(entry));
      if (entry.is_directory) {
        TSM_RETURN_IF_ERROR(Enter(place, entry.path));
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Enter(DirectoryPlace place, const std::string& path) {
    if (open_.size() == kMaxDepth) {
      return absl::DataLossError(absl::StrCat("directory ", path, ": is more than ", kMaxDepth, " levels deep"));
    }
    if (places_.size() == kMaxWalkedDirectories) {
      return absl::ResourceExhaustedError(absl::StrCat("more than ", kMaxWalkedDirectories, " directories"));
    }
    auto next = places_.upper_bound(place.offset);
    bool overlaps = (next != places_.end() && next->first < place.offset + place.length) ||
                    (next != places_.begin() && std::prev(next)->second > place.offset) ||
                    places_.contains(place.offset);
    if (overlaps) {
      return absl::DataLossError(absl::StrCat("directory ", path, ": its records at offset ", place.offset,
                                              " belong to another directory as well"));
    }
    places_.emplace(place.offset, place.offset + place.length);
    open_.push_back(std::make_unique<Cursor>(reader_, place, path));
    return absl::OkStatus();
  }

  const IsoReader* reader_;
  std::vector<std::unique_ptr<Cursor>> open_;
  std::map<uint64_t, uint64_t> places_;  // begin to end
};

absl::StatusOr<std::unique_ptr<IsoReader>> IsoReader::Open(const ByteSource* source, IsoNames names) {
  auto reader = absl::WrapUnique(new IsoReader(source));
  absl::Status status = reader->ReadDescriptors(names);
  if (!status.ok()) {
    return absl::Status(status.code(), absl::StrCat(source->name(), ": ", status.message()));
  }
  return reader;
}

absl::Status IsoReader::ReadDescriptors(IsoNames names) {
  primary_.status = absl::DataLossError("has no primary volume descriptor");
  joliet_.status = absl::NotFoundError("has no Joliet names");
  bool has_descriptor = false;
  std::optional<uint32_t> catalog_sector;
  for (uint64_t i = 0; i < kMaxDescriptors; ++i) {
    uint64_t offset = (iso::kFirstDescriptorSector + i) * kSectorSize;
    if (offset + kSectorSize > source_->size()) {
      break;
    }
    TSM_ASSIGN_OR_RETURN(std::string sector, source_->ReadString(offset, kSectorSize));
    if (sector.substr(1, iso::kStandardIdentifier.size()) != iso::kStandardIdentifier) {
      continue;  // damaged, perhaps; others follow
    }
    has_descriptor = true;
    uint8_t type = static_cast<uint8_t>(sector[0]);
    if (type == iso::kTerminatorDescriptor) {
      break;
    }
    if (type == iso::kPrimaryDescriptor) {
      primary_.status = ParseDescriptor(sector, offset, "ISO 9660 primary volume descriptor", &primary_);
    } else if (type == iso::kSupplementaryDescriptor && IsJoliet(sector)) {
      joliet_.status = ParseDescriptor(sector, offset, "Joliet volume descriptor", &joliet_);
      joliet_.label =
          joliet_.status.ok() ? Trimmed(FromUcs2(sector.substr(iso::kDescriptorVolumeId, iso::kVolumeIdSize))) : "";
    } else if (type == iso::kBootRecordDescriptor && absl::StartsWith(sector.substr(7), iso::kElToritoId)) {
      catalog_sector = LoadLittle<uint32_t>(reinterpret_cast<const uint8_t*>(sector.data()) + iso::kElToritoCatalog);
    }
  }
  if (!has_descriptor) {
    return absl::InvalidArgumentError("is not an ISO 9660 image: no volume descriptor at offset 32768");
  }
  TSM_RETURN_IF_ERROR(ChooseTree(names));
  if (catalog_sector.has_value()) {
    el_torito_ = ReadBootCatalog(*catalog_sector);
  }
  return absl::OkStatus();
}

absl::Status IsoReader::ParseDescriptor(std::string_view sector, uint64_t offset, std::string_view where,
                                        Tree* tree) const {
  TSM_ASSIGN_OR_RETURN(uint32_t space,
                       LoadBoth<uint32_t>(sector, iso::kDescriptorSpaceSize, where, "volume space size", offset));
  TSM_ASSIGN_OR_RETURN(uint16_t block_size,
                       LoadBoth<uint16_t>(sector, iso::kDescriptorBlockSize, where, "logical block size", offset));
  if (block_size != kSectorSize) {
    return absl::UnimplementedError(absl::StrCat(where, ": logical block size at offset ",
                                                 offset + iso::kDescriptorBlockSize, ": ", block_size,
                                                 "; only 2048 is supported"));
  }
  for (auto [field, name] : {std::pair(iso::kDescriptorSetSize, "volume set size"),
                             std::pair(iso::kDescriptorSequenceNumber, "volume sequence number")}) {
    TSM_RETURN_IF_ERROR(LoadBoth<uint16_t>(sector, field, where, name, offset).status());
  }
  TSM_RETURN_IF_ERROR(
      LoadBoth<uint32_t>(sector, iso::kDescriptorPathTableSize, where, "path table size", offset).status());
  if (space * kSectorSize > source_->size()) {
    return absl::DataLossError(absl::StrCat("truncated: the volume has ", space, " sectors (", space * kSectorSize,
                                            " bytes), but ", source_->size(), " bytes are there"));
  }
  absl::StatusOr<Record> root =
      ParseRecord(sector.substr(iso::kDescriptorRoot, iso::kShortRecordLength), offset + iso::kDescriptorRoot);
  if (!root.ok()) {
    return absl::Status(root.status().code(), absl::StrCat(where, ": ", root.status().message()));
  }
  TSM_ASSIGN_OR_RETURN(ByteRange extent,
                       CheckExtent(space, root->sector, root->length, absl::StrCat(where, ": root directory")));
  tree->space = space;
  tree->root = {extent.offset, extent.length};
  tree->label = Trimmed(sector.substr(iso::kDescriptorVolumeId, iso::kVolumeIdSize));
  tree->modification_date = std::string(sector.substr(iso::kDescriptorModification, 16));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ElToritoEntry>> IsoReader::ReadBootCatalog(uint64_t sector) const {
  TSM_ASSIGN_OR_RETURN(ByteRange extent, CheckExtent(sector, kSectorSize, "El Torito boot catalog"));
  TSM_ASSIGN_OR_RETURN(std::string catalog, source_->ReadString(extent.offset, kSectorSize));
  const uint8_t* bytes = reinterpret_cast<const uint8_t*>(catalog.data());
  uint16_t sum = 0;
  for (size_t i = 0; i < iso::kCatalogEntrySize; i += 2) {
    sum = static_cast<uint16_t>(sum + LoadLittle<uint16_t>(bytes + i));
  }
  if (bytes[0] != 1 || sum != 0) {
    return absl::DataLossError(absl::StrCat("El Torito boot catalog: validation entry at offset ", extent.offset,
                                            ": wrong header or checksum"));
  }
  std::vector<ElToritoEntry> result;
  auto add = [&](size_t index, uint8_t platform) {
    const uint8_t* entry = bytes + index * iso::kCatalogEntrySize;
    result.push_back({.platform = platform,
                      .bootable = entry[0] == iso::kBootable,
                      .media_type = static_cast<uint8_t>(entry[1] & 0x0f),
                      .sector_count = LoadLittle<uint16_t>(entry + 6),
                      .offset = LoadLittle<uint32_t>(entry + 8) * kSectorSize});
  };
  add(1, bytes[1]);
  for (size_t i = 2; i < kMaxCatalogEntries;) {
    const uint8_t* header = bytes + i * iso::kCatalogEntrySize;
    if (header[0] != iso::kMoreHeaders && header[0] != iso::kLastHeader) {
      break;
    }
    size_t entries = LoadLittle<uint16_t>(header + 2);
    for (++i; entries > 0 && i < kMaxCatalogEntries; --entries, ++i) {
      add(i, header[1]);
    }
    if (header[0] == iso::kLastHeader) {
      break;
    }
  }
  return result;
}

absl::StatusOr<std::optional<size_t>> IsoReader::FindRockRidge() const {
  if (primary_.root.length < iso::kShortRecordLength) {
    return std::nullopt;
  }
  TSM_ASSIGN_OR_RETURN(std::string sector,
                       source_->ReadString(primary_.root.offset, std::min(kSectorSize, primary_.root.length)));
  size_t length = static_cast<uint8_t>(sector[0]);
  if (length < iso::kShortRecordLength || length > sector.size()) {
    return absl::DataLossError(
        absl::StrCat("directory record at offset ", primary_.root.offset, ": length ", length, ": impossible"));
  }
  TSM_ASSIGN_OR_RETURN(Record self, ParseRecord(std::string_view(sector).substr(0, length), primary_.root.offset));
  std::string_view use = self.system_use;
  if (use.size() < iso::kSpSize || !absl::StartsWith(use, "SP") || use.substr(4, 2) != "\xbe\xef") {
    return std::nullopt;
  }
  return static_cast<uint8_t>(use[6]);
}

absl::Status IsoReader::ChooseTree(IsoNames names) {
  names_ = names;
  if (names != IsoNames::kJoliet) {
    TSM_RETURN_IF_ERROR(primary_.status);
  }
  if (names == IsoNames::kBest || names == IsoNames::kRockRidge) {
    TSM_ASSIGN_OR_RETURN(std::optional<size_t> skip, FindRockRidge());
    if (!skip.has_value() && names == IsoNames::kRockRidge) {
      return absl::NotFoundError("has no Rock Ridge names");
    }
    susp_skip_ = skip.value_or(0);
    bool has_joliet = joliet_.status.code() != absl::StatusCode::kNotFound;
    names_ = skip.has_value() ? IsoNames::kRockRidge : has_joliet ? IsoNames::kJoliet : IsoNames::kPlain;
  }
  chosen_ = names_ == IsoNames::kJoliet ? joliet_ : primary_;
  return chosen_.status;
}

absl::StatusOr<ByteRange> IsoReader::CheckExtent(uint32_t volume_space, uint64_t sector, uint64_t length,
                                                 std::string_view what) {
  uint64_t volume_size = volume_space * kSectorSize;
  if (length == 0) {
    return ByteRange{};  // writers point empty files anywhere
  }
  if (sector * kSectorSize > volume_size || length > volume_size - sector * kSectorSize) {
    return absl::DataLossError(absl::StrCat(what, ": the extent at offset ", sector * kSectorSize, " with ", length,
                                            " bytes ends behind the volume's ", volume_size, " bytes"));
  }
  return ByteRange{sector * kSectorSize, length};
}

absl::StatusOr<IsoEntry> IsoReader::Lookup(std::string_view path) const {
  if (path == "/") {
    IsoEntry root;
    root.path = "/";
    root.is_directory = true;
    root.mode = kDefaultDirectoryMode;
    return root;
  }
  if (!absl::StartsWith(path, "/") || absl::EndsWith(path, "/")) {
    return absl::InvalidArgumentError(absl::StrCat("path \"", path, "\" is not absolute, or ends with '/'"));
  }
  TSM_ASSIGN_OR_RETURN(DirectoryPlace place, FindDirectory(path.substr(0, path.rfind('/'))));
  Cursor cursor(this, place, std::string(path.substr(0, path.rfind('/'))));
  IsoEntry entry;
  while (true) {
    TSM_ASSIGN_OR_RETURN(bool has_entry, cursor.Next(&entry, &place));
    if (!has_entry) {
      return absl::NotFoundError(absl::StrCat(source_->name(), ": ", path, ": no such file"));
    }
    if (entry.path == path) {
      return entry;
    }
  }
}

absl::StatusOr<IsoReader::DirectoryPlace> IsoReader::FindDirectory(std::string_view path) const {
  DirectoryPlace place = chosen_.root;
  std::string current;
  for (std::string_view name : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    Cursor cursor(this, place, current);
    while (true) {
      IsoEntry entry;
      TSM_ASSIGN_OR_RETURN(bool has_entry, cursor.Next(&entry, &place));
      if (!has_entry) {
        return absl::NotFoundError(absl::StrCat(source_->name(), ": ", path, ": no such directory"));
      }
      if (entry.is_directory && BaseName(entry.path) == name) {
        current = entry.path;
        break;
      }
    }
  }
  return place;
}

absl::Status IsoReader::ReadDirectory(std::string_view path, Visitor visit) const {
  TSM_ASSIGN_OR_RETURN(DirectoryPlace place, FindDirectory(path));
  Cursor cursor(this, place, std::string(absl::StripSuffix(path, "/")));
  while (true) {
    IsoEntry entry;
    TSM_ASSIGN_OR_RETURN(bool has_entry, cursor.Next(&entry, &place));
    if (!has_entry) {
      return absl::OkStatus();
    }
    TSM_RETURN_IF_ERROR(visit(entry));
  }
}

absl::Status IsoReader::Walk(Visitor visit) const { return Walker(this).Walk(visit); }

absl::StatusOr<std::unique_ptr<ByteSource>> IsoReader::OpenFile(const IsoEntry& entry) const {
  if ((entry.mode & iso::kModeTypeMask) != iso::kModeRegular) {
    return absl::InvalidArgumentError(absl::StrCat(source_->name(), ": ", entry.path, ": is not a regular file"));
  }
  return std::make_unique<RangesSource>(source_, entry.extents, absl::StrCat(source_->name(), ":", entry.path));
}

}  // namespace tsmedia
