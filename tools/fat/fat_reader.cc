#include "tools/fat/fat_reader.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/memory/memory.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/base/bytes.h"
#include "tools/base/ranges_source.h"
#include "tools/base/status_macros.h"
#include "tools/base/utf16.h"
#include "tools/base/utf8.h"

namespace tsmedia {
namespace {

using fat::kEntrySize;

constexpr size_t kMaxDepth = 128;
// Clusters of directories that one Walk remembers.
constexpr size_t kMaxDirectoryClusters = 4000000;
// Pieces of one fragmented file that are held in memory.
constexpr size_t kMaxFileParts = size_t{1} << 20;
// Bytes of the allocation table that are read at once.
constexpr uint64_t kTableWindow = 4 * kKiB;

// Part of a short name without the spaces that fill it. The code page is unknown: what is not ASCII is U+FFFD.
std::string DecodeShortPart(std::string_view part, bool lower) {
  std::string text;
  for (char c : absl::StripTrailingAsciiWhitespace(part)) {
    if (!absl::ascii_isascii(static_cast<unsigned char>(c))) {
      text.append("\xef\xbf\xbd");
    } else {
      text.push_back(lower ? absl::ascii_tolower(static_cast<unsigned char>(c)) : c);
    }
  }
  return text;
}

std::string DecodeShortName(std::string_view raw, uint8_t nt_case) {
  std::string bytes(raw);
  if (static_cast<uint8_t>(bytes[0]) == fat::kEntryE5) {
    bytes[0] = '\xe5';
  }
  std::string name = DecodeShortPart(std::string_view(bytes).substr(0, 8), (nt_case & fat::kNtLowerBase) != 0);
  std::string extension = DecodeShortPart(std::string_view(bytes).substr(8), (nt_case & fat::kNtLowerExtension) != 0);
  return extension.empty() ? name : absl::StrCat(name, ".", extension);
}

// Collects the entries of a long name; they come last part first.
class LongName {
 public:
  void Add(const uint8_t* entry) {
    uint8_t number = entry[0] & static_cast<uint8_t>(~fat::kLongLast);
    if ((entry[0] & fat::kLongLast) != 0 && number >= 1 && number <= fat::kMaxLongEntries) {
      units_.assign(number * fat::kLongUnits, u'\0');
      checksum_ = entry[fat::kLongChecksum];
      next_ = number;
    }
    if (number == 0 || number != next_ || entry[fat::kLongChecksum] != checksum_) {
      Clear();  // an orphan: what some old program left behind
      return;
    }
    --next_;
    for (size_t i = 0; i < fat::kLongUnits; ++i) {
      units_[next_ * fat::kLongUnits + i] = LoadLittle<uint16_t>(entry + fat::kLongUnitOffsets[i]);
    }
  }

  // Returns the name if it is complete and belongs to `short_name`, else "".
  std::string Take(std::string_view short_name) {
    std::string name;
    if (!units_.empty() && next_ == 0 && checksum_ == fat::ShortNameChecksum(short_name)) {
      std::u16string_view units(units_);
      name = Utf16ToUtf8(units.substr(0, units.find(u'\0')));
    }
    Clear();
    return name;
  }

  void Clear() {
    units_.clear();
    next_ = 0;
  }

 private:
  std::u16string units_;
  size_t next_ = 0;  // parts that are still missing
  uint8_t checksum_ = 0;
};

// Refuses what a name must not be, so that nobody who extracts can be led out of the target directory.
absl::Status CheckName(std::string_view name, std::string_view directory) {
  bool bad = name.empty() || name == "." || name == "..";
  for (char c : name) {
    bad = bad || c == '/' || c == '\0';
  }
  return bad ? absl::DataLossError(absl::StrCat("directory ", directory.empty() ? "/" : directory,
                                                ": a name is empty, \".\", \"..\" or holds '/' or NUL"))
             : absl::OkStatus();
}

std::string_view BaseName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

// Chain follows a cluster chain. Brent's algorithm finds loops without remembering clusters.
class FatReader::Chain {
 public:
  Chain(const FatReader& reader, uint32_t first, std::string_view path)
      : reader_(reader), path_(path), cluster_(first) {}

  uint32_t cluster() const { return cluster_; }

  // Checks that the current number is a cluster's.
  absl::Status Check() const {
    if (!reader_.IsCluster(cluster_)) {
      return absl::DataLossError(absl::StrCat(path_, ": its cluster chain leads to ", cluster_,
                                              ", which is no cluster of "
                                              "this file system (2 to ",
                                              reader_.cluster_count_ + 1, ")"));
    }
    return absl::OkStatus();
  }

  // Next goes to the following cluster; false at the end of the chain.
  absl::StatusOr<bool> Next() {
    TSM_ASSIGN_OR_RETURN(uint32_t next, Load(cluster_));
    uint32_t end = reader_.type_ == FatType::kFat12 ? 0xff8 : reader_.type_ == FatType::kFat16 ? 0xfff8 : 0xffffff8;
    if (next >= end) {
      return false;
    }
    cluster_ = next;
    TSM_RETURN_IF_ERROR(Check());
    if (cluster_ == marked_) {
      return absl::DataLossError(absl::StrCat(path_, ": its cluster chain is a loop through cluster ", cluster_));
    }
    if (++steps_ == until_mark_) {
      marked_ = cluster_;
      steps_ = 0;
      until_mark_ *= 2;
    }
    return true;
  }

 private:
  absl::StatusOr<uint32_t> Load(uint32_t cluster) {
    uint64_t at = reader_.type_ == FatType::kFat12   ? cluster + cluster / 2
                  : reader_.type_ == FatType::kFat16 ? uint64_t{cluster} * 2
                                                     : uint64_t{cluster} * 4;
    size_t size = reader_.type_ == FatType::kFat32 ? 4 : 2;
    // Windows overlap by what a FAT12 entry may reach over.
    if (window_.empty() || at < window_start_ || at + size > window_start_ + window_.size()) {
      window_start_ = at;
      uint64_t count = std::min(kTableWindow, reader_.table_size_ - at);
      TSM_ASSIGN_OR_RETURN(window_, reader_.source_->ReadString(reader_.table_offset_ + at, count));
    }
    const uint8_t* p = reinterpret_cast<const uint8_t*>(window_.data()) + (at - window_start_);
    if (size == 4) {
      return LoadLittle<uint32_t>(p) & fat::kFat32Mask;
    }
    uint32_t value = LoadLittle<uint16_t>(p);
    if (reader_.type_ == FatType::kFat12) {
      value = cluster % 2 == 0 ? value & 0xfff : value >> 4;
    }
    return value;
  }

  const FatReader& reader_;
  const std::string path_;
  uint32_t cluster_;
  std::string window_;
  uint64_t window_start_ = 0;
  uint32_t marked_ = 0;
  uint64_t steps_ = 0;
  uint64_t until_mark_ = 1;
};

// Cursor goes through the entries of one directory, a cluster at a time.
class FatReader::Cursor {
 public:
  // `on_cluster` is called for every cluster of the directory before it is read.
  using OnCluster = std::function<absl::Status(uint32_t)>;

  Cursor(const FatReader* reader, const FatEntry& directory, OnCluster on_cluster)
      : reader_(*reader),
        path_(directory.path == "/" ? "" : directory.path),
        fixed_root_(directory.path == "/" && reader->type_ != FatType::kFat32),
        chain_(*reader, directory.first_cluster, directory.path),
        on_cluster_(std::move(on_cluster)) {}

  const std::string& path() const { return path_; }

  // Next sets `entry` to the next file or directory; false at the end.
  absl::StatusOr<bool> Next(FatEntry* entry) {
    LongName long_name;
    while (true) {
      TSM_ASSIGN_OR_RETURN(const uint8_t* raw, NextRaw());
      if (raw == nullptr || raw[0] == fat::kEntryEnd) {
        return false;
      }
      uint8_t attributes = raw[fat::kEntryAttributes] & fat::kAttributeMask;
      if (raw[0] == fat::kEntryDeleted) {
        long_name.Clear();
      } else if (attributes == fat::kAttributeLongName) {
        long_name.Add(raw);
      } else if ((attributes & fat::kAttributeVolume) != 0) {
        long_name.Clear();
        label_ = Trim(raw);
      } else if (raw[0] == '.') {
        long_name.Clear();  // "." and "..": no other short name begins so
      } else {
        TSM_RETURN_IF_ERROR(Fill(raw, attributes, &long_name, entry));
        return true;
      }
    }
  }

  // The last volume label that Next passed by.
  const std::string& label() const { return label_; }

 private:
  static std::string Trim(const uint8_t* raw) {
    return std::string(absl::StripTrailingAsciiWhitespace(AsText(ByteSpan(raw, fat::kShortNameSize))));
  }

  absl::Status Fill(const uint8_t* raw, uint8_t attributes, LongName* long_name, FatEntry* entry) {
    std::string_view raw_name = AsText(ByteSpan(raw, fat::kShortNameSize));
    std::string name = long_name->Take(raw_name);
    *entry = FatEntry();
    entry->short_name = DecodeShortName(raw_name, 0);
    if (name.empty()) {
      name = DecodeShortName(raw_name, raw[fat::kEntryNtCase]);
    }
    TSM_RETURN_IF_ERROR(CheckName(name, path_));
    entry->path = absl::StrCat(path_, "/", name);
    entry->attributes = attributes;
    entry->is_directory = (attributes & fat::kAttributeDirectory) != 0;
    entry->first_cluster = LoadLittle<uint16_t>(raw + fat::kEntryClusterLow);
    if (reader_.type_ == FatType::kFat32) {
      entry->first_cluster |= static_cast<uint32_t>(LoadLittle<uint16_t>(raw + fat::kEntryClusterHigh)) << 16;
    }
    entry->size = entry->is_directory ? 0 : LoadLittle<uint32_t>(raw + fat::kEntryFileSize);
    return absl::OkStatus();
  }

  // The next 32 bytes; nullptr at the end.
  absl::StatusOr<const uint8_t*> NextRaw() {
    if (position_ + kEntrySize > buffer_.size()) {
      TSM_ASSIGN_OR_RETURN(bool has_more, fixed_root_ ? ReadFixedRoot() : ReadCluster());
      if (!has_more) {
        return nullptr;
      }
      position_ = 0;
    }
    const uint8_t* raw = reinterpret_cast<const uint8_t*>(buffer_.data()) + position_;
    position_ += kEntrySize;
    return raw;
  }

  absl::StatusOr<bool> ReadFixedRoot() {
    uint64_t count = std::min<uint64_t>(4 * kKiB, reader_.root_size_ - total_);
    TSM_ASSIGN_OR_RETURN(buffer_, reader_.source_->ReadString(reader_.root_offset_ + total_, count));
    total_ += count;
    return count > 0;
  }

  absl::StatusOr<bool> ReadCluster() {
    if (total_ == 0) {
      TSM_RETURN_IF_ERROR(chain_.Check());
    } else {
      TSM_ASSIGN_OR_RETURN(bool has_next, chain_.Next());
      if (!has_next) {
        return false;
      }
    }
    total_ += reader_.cluster_size_;
    if (total_ > std::max<uint64_t>(fat::kMaxDirectorySize, reader_.cluster_size_)) {
      return absl::DataLossError(absl::StrCat("directory ", path_, ": has more than 65,536 entries"));
    }
    TSM_RETURN_IF_ERROR(on_cluster_(chain_.cluster()));
    TSM_ASSIGN_OR_RETURN(buffer_,
                         reader_.source_->ReadString(reader_.ClusterOffset(chain_.cluster()), reader_.cluster_size_));
    return true;
  }

  const FatReader& reader_;
  const std::string path_;
  const bool fixed_root_;
  Chain chain_;
  const OnCluster on_cluster_;
  std::string buffer_;
  size_t position_ = 0;
  uint64_t total_ = 0;  // bytes read so far
  std::string label_;
};

// Walker goes depth first; a cluster that belongs to two directories is an error, so a walk ends with the file system.
class FatReader::Walker {
 public:
  explicit Walker(const FatReader* reader) : reader_(reader) {}

  absl::Status Walk(Visitor visit) {
    TSM_RETURN_IF_ERROR(Enter(reader_->RootEntry()));
    while (!open_.empty()) {
      FatEntry entry;
      TSM_ASSIGN_OR_RETURN(bool has_entry, open_.back()->Next(&entry));
      if (!has_entry) {
        open_.pop_back();
        continue;
      }
      TSM_RETURN_IF_ERROR(visit(entry));
      if (entry.is_directory) {
        TSM_RETURN_IF_ERROR(Enter(entry));
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Enter(const FatEntry& directory) {
    if (open_.size() == kMaxDepth) {
      return absl::DataLossError(
          absl::StrCat("directory ", directory.path, ": is more than ", kMaxDepth, " levels deep"));
    }
    auto on_cluster = [this, path = directory.path](uint32_t cluster) {
      if (clusters_.size() == kMaxDirectoryClusters) {
        return absl::ResourceExhaustedError(
            absl::StrCat("directories have more than ", kMaxDirectoryClusters, " clusters"));
      }
      return clusters_.insert(cluster).second
                 ? absl::OkStatus()
                 : absl::DataLossError(absl::StrCat("directory ", path, ": its cluster ", cluster,
                                                    " belongs to another directory as well"));
    };
    open_.push_back(std::make_unique<Cursor>(reader_, directory, on_cluster));
    return absl::OkStatus();
  }

  const FatReader* reader_;
  std::vector<std::unique_ptr<Cursor>> open_;
  absl::flat_hash_set<uint32_t> clusters_;
};

absl::StatusOr<std::unique_ptr<FatReader>> FatReader::Open(const ByteSource* source) {
  auto reader = absl::WrapUnique(new FatReader(source));
  absl::Status status = reader->ReadBootSector();
  if (status.ok()) {
    status = reader->ReadLabel();
  }
  if (!status.ok()) {
    return absl::Status(status.code(), absl::StrCat(source->name(), ": ", status.message()));
  }
  return reader;
}

absl::Status FatReader::ReadBootSector() {
  if (source_->size() < fat::kBootSectorSize) {
    return absl::InvalidArgumentError("is not a FAT file system: shorter than a boot sector");
  }
  TSM_ASSIGN_OR_RETURN(std::string sector, source_->ReadString(0, fat::kBootSectorSize));
  const uint8_t* bytes = reinterpret_cast<const uint8_t*>(sector.data());
  uint64_t sector_size = LoadLittle<uint16_t>(bytes + fat::kBpbSectorSize);
  uint64_t cluster_sectors = bytes[fat::kBpbClusterSectors];
  uint64_t reserved = LoadLittle<uint16_t>(bytes + fat::kBpbReservedSectors);
  uint64_t fats = bytes[fat::kBpbFats];
  bool plausible = (bytes[0] == 0xeb || bytes[0] == 0xe9) && sector_size >= 512 && sector_size <= 4096 &&
                   std::has_single_bit(sector_size) && std::has_single_bit(cluster_sectors) && reserved > 0 &&
                   (fats == 1 || fats == 2) && bytes[fat::kBootSignature] == 0x55 &&
                   bytes[fat::kBootSignature + 1] == 0xaa;
  if (!plausible) {
    return absl::InvalidArgumentError("is not a FAT file system: no such boot sector at offset 0");
  }
  uint64_t total = LoadLittle<uint16_t>(bytes + fat::kBpbTotalSectors16);
  if (total == 0) {
    total = LoadLittle<uint32_t>(bytes + fat::kBpbTotalSectors32);
  }
  uint64_t fat_sectors = LoadLittle<uint16_t>(bytes + fat::kBpbFatSectors16);
  bool is_fat32 = fat_sectors == 0;
  if (is_fat32) {
    fat_sectors = LoadLittle<uint32_t>(bytes + fat::kBpbFatSectors32);
  }
  uint64_t root_entries = LoadLittle<uint16_t>(bytes + fat::kBpbRootEntries);
  root_size_ = root_entries * kEntrySize;
  uint64_t root_sectors = RoundUp(root_size_, sector_size) / sector_size;
  uint64_t before_data = reserved + fats * fat_sectors + root_sectors;
  if (before_data >= total) {
    return absl::DataLossError(absl::StrCat("FAT boot sector: total sectors: ", total,
                                            ", but tables and root directory "
                                            "take ",
                                            before_data));
  }
  if (total * sector_size > source_->size()) {
    return absl::DataLossError(absl::StrCat("truncated: the file system has ", total * sector_size, " bytes, but ",
                                            source_->size(), " are there"));
  }
  uint64_t clusters = (total - before_data) / cluster_sectors;
  type_ = is_fat32 ? FatType::kFat32 : clusters < fat::kFat16MinClusters ? FatType::kFat12 : FatType::kFat16;
  uint64_t entry_bits = type_ == FatType::kFat12 ? 12 : type_ == FatType::kFat16 ? 16 : 32;
  table_size_ = fat_sectors * sector_size;
  if (clusters > fat::kFat32MaxClusters || ((clusters + fat::kFirstCluster) * entry_bits + 7) / 8 > table_size_) {
    return absl::DataLossError(
        absl::StrCat("FAT boot sector: FAT size: ", fat_sectors, " sectors are too few for ", clusters, " clusters"));
  }
  cluster_count_ = static_cast<uint32_t>(clusters);
  cluster_size_ = static_cast<uint32_t>(cluster_sectors * sector_size);
  table_offset_ = reserved * sector_size;
  root_offset_ = (reserved + fats * fat_sectors) * sector_size;
  data_offset_ = before_data * sector_size;
  if (is_fat32) {
    root_cluster_ = LoadLittle<uint32_t>(bytes + fat::kBpbRootCluster);
    uint16_t flags = LoadLittle<uint16_t>(bytes + fat::kBpbExtendedFlags);
    // Bit 7: one table is in use, bits 0 to 3 say which.
    if ((flags & 0x80) != 0 && (flags & 0x0f) < fats) {
      table_offset_ += (flags & 0x0f) * table_size_;
    }
  }
  return ReadTail(bytes + (is_fat32 ? fat::kTail32 : fat::kTail1216));
}

absl::Status FatReader::ReadTail(const uint8_t* bytes) {
  if (bytes[fat::kTailSignature] == fat::kExtendedSignature) {
    serial_ = LoadLittle<uint32_t>(bytes + fat::kTailSerial);
    boot_sector_label_ =
        std::string(absl::StripTrailingAsciiWhitespace(AsText(ByteSpan(bytes + fat::kTailLabel, fat::kShortNameSize))));
  }
  return absl::OkStatus();
}

absl::Status FatReader::ReadLabel() {
  Cursor cursor(this, RootEntry(), [](uint32_t) { return absl::OkStatus(); });
  // The label is the first entry by custom, not by rule; it is looked for among the first files only.
  FatEntry entry;
  for (int i = 0; i < 64 && cursor.label().empty(); ++i) {
    TSM_ASSIGN_OR_RETURN(bool has_entry, cursor.Next(&entry));
    if (!has_entry) {
      break;
    }
  }
  label_ = cursor.label();
  return absl::OkStatus();
}

FatEntry FatReader::RootEntry() const {
  FatEntry root;
  root.path = "/";
  root.is_directory = true;
  root.first_cluster = root_cluster_;
  return root;
}

uint64_t FatReader::ClusterOffset(uint32_t cluster) const {
  return data_offset_ + uint64_t{cluster - fat::kFirstCluster} * cluster_size_;
}

absl::StatusOr<FatEntry> FatReader::Lookup(std::string_view path) const {
  if (!absl::StartsWith(path, "/")) {
    return absl::InvalidArgumentError(absl::StrCat("path \"", path, "\" is not absolute"));
  }
  if (!IsValidUtf8(path)) {
    return absl::InvalidArgumentError("the path is not UTF-8");
  }
  FatEntry current = RootEntry();
  for (std::string_view name : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    std::string key = CollisionKey(name);
    bool found = false;
    if (current.is_directory) {
      Cursor cursor(this, current, [](uint32_t) { return absl::OkStatus(); });
      FatEntry entry;
      while (!found) {
        TSM_ASSIGN_OR_RETURN(bool has_entry, cursor.Next(&entry));
        if (!has_entry) {
          break;
        }
        found = CollisionKey(BaseName(entry.path)) == key;
      }
      current = std::move(entry);
    }
    if (!found) {
      return absl::NotFoundError(absl::StrCat(source_->name(), ": ", path, ": no such file or directory"));
    }
  }
  return current;
}

absl::Status FatReader::ReadDirectory(std::string_view path, Visitor visit) const {
  TSM_ASSIGN_OR_RETURN(FatEntry directory, Lookup(path));
  return ReadDirectory(directory, visit);
}

absl::Status FatReader::ReadDirectory(const FatEntry& directory, Visitor visit) const {
  if (!directory.is_directory) {
    return absl::InvalidArgumentError(absl::StrCat(source_->name(), ": ", directory.path, ": is not a directory"));
  }
  Cursor cursor(this, directory, [](uint32_t) { return absl::OkStatus(); });
  while (true) {
    FatEntry entry;
    TSM_ASSIGN_OR_RETURN(bool has_entry, cursor.Next(&entry));
    if (!has_entry) {
      return absl::OkStatus();
    }
    TSM_RETURN_IF_ERROR(visit(entry));
  }
}

absl::Status FatReader::Walk(Visitor visit) const { return Walker(this).Walk(visit); }

absl::StatusOr<std::vector<ByteRange>> FatReader::Locate(const FatEntry& entry) const {
  if (entry.is_directory) {
    return absl::InvalidArgumentError(absl::StrCat(source_->name(), ": ", entry.path, ": is a directory"));
  }
  std::vector<ByteRange> parts;
  Chain chain(*this, entry.first_cluster, absl::StrCat(source_->name(), ": ", entry.path));
  for (uint64_t done = 0; done < entry.size;) {
    if (done == 0) {
      TSM_RETURN_IF_ERROR(chain.Check());
    } else {
      TSM_ASSIGN_OR_RETURN(bool has_next, chain.Next());
      if (!has_next) {
        return absl::DataLossError(absl::StrCat(source_->name(), ": ", entry.path, ": its cluster chain ends after ",
                                                done, " of ", entry.size, " bytes"));
      }
    }
    uint64_t length = std::min<uint64_t>(cluster_size_, entry.size - done);
    uint64_t offset = ClusterOffset(chain.cluster());
    if (!parts.empty() && parts.back().offset + parts.back().length == offset) {
      parts.back().length += length;
    } else if (parts.size() == kMaxFileParts) {
      return absl::ResourceExhaustedError(
          absl::StrCat(source_->name(), ": ", entry.path, ": is in more than ", kMaxFileParts, " pieces"));
    } else {
      parts.push_back({offset, length});
    }
    done += length;
  }
  return parts;
}

absl::StatusOr<std::unique_ptr<ByteSource>> FatReader::OpenFile(const FatEntry& entry) const {
  TSM_ASSIGN_OR_RETURN(const std::vector<ByteRange> parts, Locate(entry));
  return std::make_unique<RangesSource>(source_, parts, absl::StrCat(source_->name(), ":", entry.path));
}

}  // namespace tsmedia
