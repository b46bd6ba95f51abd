#include "tools/fat/fat_layout.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "tools/base/bytes.h"
#include "tools/base/file_tree.h"
#include "tools/base/status_macros.h"
#include "tools/fat/geometry.h"
#include "tools/fat/name.h"

namespace tsmedia {
namespace {

using fat::kEntrySize;
using fat::kFirstCluster;

constexpr std::string_view kOemName = "TSMEDIA ";
// Sectors of the FAT32 reserved area (fatgen, BPB_FSInfo and BPB_BkBootSec).
constexpr uint16_t kInformationSector = 1;
constexpr uint16_t kBackupSector = 6;
// Geometry for INT 13h, which nothing asks for: what disks of unknown geometry get.
constexpr uint16_t kTrackSectors = 63;
constexpr uint16_t kHeads = 255;
// INT 18h ("no boot device"), then a loop: a BIOS that starts this sector goes on to the next device.
constexpr std::string_view kBootCode = "\xcd\x18\xeb\xfe";

// The entry of the last cluster of a chain, cut to the entry's size.
constexpr uint32_t kLastCluster = 0x0fffffff;
// Chains from this length on are described instead of written out.
constexpr uint64_t kLongRun = 1024;

struct DosTime {
  uint16_t date = 0;
  uint16_t time = 0;
  uint8_t tenths = 0;
};

absl::StatusOr<DosTime> ToDosTime(int64_t seconds) {
  absl::CivilSecond time = absl::ToCivilSecond(absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
  if (time.year() < 1980 || time.year() > 2107) {
    return absl::InvalidArgumentError(
        absl::StrCat("time: the year ", time.year(), " is outside of FAT's 1980 to 2107"));
  }
  DosTime dos;
  dos.date = static_cast<uint16_t>(((time.year() - 1980) << 9) | (time.month() << 5) | time.day());
  dos.time = static_cast<uint16_t>((time.hour() << 11) | (time.minute() << 5) | (time.second() / 2));
  dos.tenths = static_cast<uint8_t>(time.second() % 2 * 100);
  return dos;
}

bool IsLabelCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ' ';
}

uint8_t* At(std::string* bytes, size_t offset) { return reinterpret_cast<uint8_t*>(bytes->data()) + offset; }

// A run of clusters; none if count is 0.
struct Run {
  uint32_t first = 0;
  uint64_t count = 0;
};

class Planner {
 public:
  Planner(const FatOptions& options, std::vector<FatFile> files) : options_(options), files_(std::move(files)) {}

  absl::StatusOr<Layout> Plan() {
    TSM_ASSIGN_OR_RETURN(time_, ToDosTime(options_.time));
    TSM_RETURN_IF_ERROR(CheckLabel());
    TSM_RETURN_IF_ERROR(CheckFiles());
    std::vector<std::string_view> paths;
    paths.reserve(files_.size());
    for (const FatFile& file : files_) {
      paths.push_back(file.path);
    }
    TSM_ASSIGN_OR_RETURN(tree_, FileTree::Build(paths));
    TSM_RETURN_IF_ERROR(EncodeDirectories());
    fat::GeometryRequest request{options_.type, options_.size, options_.sector_size, directories_[0].entries,
                                 options_.free_space};
    TSM_ASSIGN_OR_RETURN(geometry_, fat::PlanGeometry(request, [this](uint64_t cluster_size, FatType type) {
                           return ClustersNeeded(cluster_size, type);
                         }));
    Allocate();
    Emit();
    return std::move(layout_);
  }

 private:
  struct Directory {
    std::vector<fat::EncodedName> names;  // by child
    uint64_t entries = 0;
    Run run;
  };

  absl::Status CheckLabel() const {
    if (options_.label.size() > fat::kShortNameSize ||
        !std::all_of(options_.label.begin(), options_.label.end(), IsLabelCharacter)) {
      return absl::InvalidArgumentError(
          absl::StrCat("label \"", options_.label, "\": at most 11 of A-Z 0-9 _ - and space are allowed"));
    }
    return absl::OkStatus();
  }

  absl::Status CheckFiles() {
    for (const FatFile& file : files_) {
      if (file.length > std::numeric_limits<uint32_t>::max()) {
        return absl::InvalidArgumentError(
            absl::StrCat(file.path, ": has ", file.length, " bytes; FAT files have less than 4 GiB"));
      }
      const auto* bytes = std::get_if<InlineBytes>(&file.content);
      if (bytes != nullptr && bytes->bytes.size() != file.length) {
        return absl::InvalidArgumentError(absl::StrCat(file.path, ": the length is given as ", file.length, ", but ",
                                                       bytes->bytes.size(), " bytes are"));
      }
    }
    return absl::OkStatus();
  }

  absl::Status EncodeDirectories() {
    directories_.resize(tree_.directories().size());
    for (uint32_t i = 0; i < directories_.size(); ++i) {
      std::vector<std::string_view> names;
      for (const FileTree::Child& child : tree_.directories()[i].children) {
        names.push_back(child.name);
      }
      absl::StatusOr<std::vector<fat::EncodedName>> encoded = fat::EncodeNames(names);
      if (!encoded.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat("directory ", tree_.DirectoryPath(i), ": ", encoded.status().message()));
      }
      Directory& directory = directories_[i];
      directory.names = *std::move(encoded);
      directory.entries = i == 0 ? (options_.label.empty() ? 0 : 1) : 2;
      for (const fat::EncodedName& name : directory.names) {
        directory.entries += 1 + (name.long_name.size() + fat::kLongUnits - 1) / fat::kLongUnits;
      }
      if (directory.entries * kEntrySize > fat::kMaxDirectorySize) {
        return absl::InvalidArgumentError(absl::StrCat("directory ", tree_.DirectoryPath(i), " needs ",
                                                       directory.entries, " directory entries; FAT allows 65,536"));
      }
    }
    return absl::OkStatus();
  }

  uint64_t DirectoryClusters(uint32_t index, uint64_t cluster_size, FatType type) const {
    if (index == 0 && type != FatType::kFat32) {
      return 0;  // the root directory of FAT12 and FAT16 has its own place
    }
    return std::max<uint64_t>(1, RoundUp(directories_[index].entries * kEntrySize, cluster_size) / cluster_size);
  }

  uint64_t ClustersNeeded(uint64_t cluster_size, FatType type) const {
    uint64_t clusters = 0;
    for (uint32_t i = 0; i < directories_.size(); ++i) {
      clusters += DirectoryClusters(i, cluster_size, type);
    }
    for (const FatFile& file : files_) {
      clusters += SlotClusters(file, cluster_size);
    }
    return clusters;
  }

  static uint64_t SlotClusters(const FatFile& file, uint64_t cluster_size) {
    return RoundUp(std::max(file.length, file.slot), cluster_size) / cluster_size;
  }

  // Takes `slot` clusters, of which the first `clusters` are used.
  Run Take(uint64_t clusters, uint64_t slot) {
    Run run{clusters == 0 ? 0 : next_cluster_, clusters};
    next_cluster_ += static_cast<uint32_t>(slot);
    used_clusters_ += clusters;
    return run;
  }

  void TakeDirectory(uint32_t index) {
    const uint64_t clusters = DirectoryClusters(index, geometry_.cluster_size(), geometry_.type);
    directories_[index].run = Take(clusters, clusters);
  }

  // The root directory, where everybody looks for it; the files' content in the given order; the other directories,
  // whose number then moves no file.
  void Allocate() {
    const uint64_t cluster_size = geometry_.cluster_size();
    TakeDirectory(0);
    file_runs_.reserve(files_.size());
    for (const FatFile& file : files_) {
      file_runs_.push_back(Take(RoundUp(file.length, cluster_size) / cluster_size, SlotClusters(file, cluster_size)));
    }
    for (uint32_t i = 1; i < directories_.size(); ++i) {
      TakeDirectory(i);
    }
  }

  uint64_t ClusterOffset(uint32_t cluster) const {
    return geometry_.first_data_sector() * geometry_.sector_size + (cluster - kFirstCluster) * geometry_.cluster_size();
  }

  void Append(uint64_t offset, std::string bytes, std::string region) {
    layout_.extents.push_back({offset, bytes.size(), InlineBytes{std::move(bytes)}, std::move(region), true});
  }

  void Emit() {
    uint64_t sector_size = geometry_.sector_size;
    layout_.size = geometry_.total_sectors * sector_size;
    bool is_fat32 = geometry_.type == FatType::kFat32;
    std::string boot_sector = BootSector();
    Append(0, boot_sector, "FAT boot sector");
    if (is_fat32) {
      Append(kInformationSector * sector_size, InformationSector(), "FAT file system information sector");
      Append(kBackupSector * sector_size, boot_sector, "FAT backup boot sector");
      Append((kBackupSector + kInformationSector) * sector_size, InformationSector(),
             "FAT backup file system information sector");
    }
    const uint64_t table_offset = geometry_.reserved_sectors * sector_size;
    const uint64_t table_size = geometry_.fat_sectors * sector_size;
    EmitTable(table_offset, "file allocation table 1");
    EmitTable(table_offset + table_size, "file allocation table 2");
    EmitDirectory(0, is_fat32 ? ClusterOffset(directories_[0].run.first) : table_offset + 2 * table_size);
    for (size_t i = 0; i < files_.size(); ++i) {
      if (files_[i].length > 0) {
        layout_.extents.push_back({ClusterOffset(file_runs_[i].first), files_[i].length, std::move(files_[i].content),
                                   absl::StrCat("file ", files_[i].path), false});
      }
    }
    for (uint32_t i = 1; i < directories_.size(); ++i) {
      EmitDirectory(i, ClusterOffset(directories_[i].run.first));
    }
  }

  // Directories far down are many and small, and share a region, so that what describes the image does not grow with
  // their number.
  std::string DirectoryRegion(uint32_t index) const {
    constexpr uint32_t kMaxOwnLevel = 3;
    return tree_.directories()[index].level <= kMaxOwnLevel ? absl::StrCat("FAT directory ", tree_.DirectoryPath(index))
                                                            : "FAT directories";
  }

  void EmitDirectory(uint32_t index, uint64_t offset) {
    std::string bytes = DirectoryBytes(index);
    if (index != 0) {
      bytes.resize(directories_[index].run.count * geometry_.cluster_size());
    }
    if (!bytes.empty()) {
      Append(offset, std::move(bytes), DirectoryRegion(index));
    }
  }

  // 11 bytes for the BPB and the root directory; "NO NAME" is how the BPB says that there is no label.
  std::string PaddedLabel() const {
    std::string label = options_.label.empty() ? "NO NAME" : options_.label;
    label.resize(fat::kShortNameSize, ' ');
    return label;
  }

  std::string BootSector() const {
    bool is_fat32 = geometry_.type == FatType::kFat32;
    std::string bytes(fat::kBootSectorSize, '\0');
    size_t tail = is_fat32 ? fat::kTail32 : fat::kTail1216;
    size_t code = tail + fat::kTailSize;
    bytes[0] = '\xeb';  // a short jump over the fields
    bytes[1] = static_cast<char>(code - 2);
    bytes[2] = '\x90';
    bytes.replace(fat::kBpbOemName, kOemName.size(), kOemName);
    bytes.replace(code, kBootCode.size(), kBootCode);
    StoreLittle<uint16_t>(static_cast<uint16_t>(geometry_.sector_size), At(&bytes, fat::kBpbSectorSize));
    bytes[fat::kBpbClusterSectors] = static_cast<char>(geometry_.cluster_sectors);
    StoreLittle<uint16_t>(static_cast<uint16_t>(geometry_.reserved_sectors), At(&bytes, fat::kBpbReservedSectors));
    bytes[fat::kBpbFats] = 2;
    StoreLittle<uint16_t>(static_cast<uint16_t>(geometry_.root_entries), At(&bytes, fat::kBpbRootEntries));
    bytes[fat::kBpbMedia] = static_cast<char>(fat::kMediaFixed);
    StoreLittle<uint16_t>(kTrackSectors, At(&bytes, fat::kBpbTrackSectors));
    StoreLittle<uint16_t>(kHeads, At(&bytes, fat::kBpbHeads));
    StoreLittle<uint32_t>(options_.hidden_sectors, At(&bytes, fat::kBpbHiddenSectors));
    if (!is_fat32 && geometry_.total_sectors <= std::numeric_limits<uint16_t>::max()) {
      StoreLittle<uint16_t>(static_cast<uint16_t>(geometry_.total_sectors), At(&bytes, fat::kBpbTotalSectors16));
    } else {
      StoreLittle<uint32_t>(static_cast<uint32_t>(geometry_.total_sectors), At(&bytes, fat::kBpbTotalSectors32));
    }
    if (is_fat32) {
      StoreLittle<uint32_t>(geometry_.fat_sectors, At(&bytes, fat::kBpbFatSectors32));
      StoreLittle<uint32_t>(directories_[0].run.first, At(&bytes, fat::kBpbRootCluster));
      StoreLittle<uint16_t>(kInformationSector, At(&bytes, fat::kBpbInformationSector));
      StoreLittle<uint16_t>(kBackupSector, At(&bytes, fat::kBpbBackupSector));
    } else {
      StoreLittle<uint16_t>(static_cast<uint16_t>(geometry_.fat_sectors), At(&bytes, fat::kBpbFatSectors16));
    }
    bytes[tail + fat::kTailDrive] = '\x80';
    bytes[tail + fat::kTailSignature] = static_cast<char>(fat::kExtendedSignature);
    StoreLittle<uint32_t>(options_.serial, At(&bytes, tail + fat::kTailSerial));
    bytes.replace(tail + fat::kTailLabel, fat::kShortNameSize, PaddedLabel());
    std::string_view type_name = is_fat32 ? "FAT32   " : geometry_.type == FatType::kFat16 ? "FAT16   " : "FAT12   ";
    bytes.replace(tail + fat::kTailTypeName, type_name.size(), type_name);
    bytes.replace(fat::kBootSignature, 2, "\x55\xaa");
    return bytes;
  }

  std::string InformationSector() const {
    std::string bytes(fat::kBootSectorSize, '\0');
    // All ones: not known, as fatgen has it for a next free cluster that does not exist.
    uint32_t next = next_cluster_ - kFirstCluster < geometry_.clusters ? next_cluster_ : 0xffffffff;
    StoreLittle<uint32_t>(fat::kInformationLead, At(&bytes, 0));
    StoreLittle<uint32_t>(fat::kInformationStructure, At(&bytes, fat::kInformationStructureAt));
    StoreLittle<uint32_t>(static_cast<uint32_t>(geometry_.clusters - used_clusters_),
                          At(&bytes, fat::kInformationFree));
    StoreLittle<uint32_t>(next, At(&bytes, fat::kInformationNext));
    StoreLittle<uint32_t>(fat::kInformationTrail, At(&bytes, fat::kInformationTrailAt));
    return bytes;
  }

  // Sets an entry of a FAT12 or FAT16.
  void SetTableEntry(uint32_t cluster, uint32_t value, std::string* table) const {
    if (geometry_.type == FatType::kFat16) {
      StoreLittle<uint16_t>(static_cast<uint16_t>(value), At(table, size_t{cluster} * 2));
      return;
    }
    uint8_t* p = At(table, cluster + cluster / 2);
    uint16_t old = LoadLittle<uint16_t>(p);
    uint16_t mixed = cluster % 2 == 0 ? static_cast<uint16_t>((old & 0xf000) | (value & 0x0fff))
                                      : static_cast<uint16_t>((old & 0x000f) | (value << 4));
    StoreLittle<uint16_t>(mixed, p);
  }

  // Appends an allocation table: what is not zero, in parts. Between them lie the entries of free clusters.
  void EmitTable(uint64_t offset, const std::string& region) {
    if (geometry_.type != FatType::kFat32) {
      return Append(offset, SmallTable(), region);
    }
    constexpr uint64_t kEntrySize32 = 4;
    std::string part = Entry32((kLastCluster & ~uint32_t{0xff}) | fat::kMediaFixed) + Entry32(kLastCluster);
    uint64_t begin = 0;  // of `part`, in the table
    auto flush = [&](uint64_t next) {
      if (!part.empty()) {
        Append(offset + begin, std::exchange(part, ""), region);
      }
      begin = next;
    };
    for (const Run& run : RunsInOrder()) {
      const uint64_t at = run.first * kEntrySize32;
      if (begin + part.size() != at) {
        flush(at);
      }
      if (run.count < kLongRun) {
        for (uint64_t i = 1; i < run.count; ++i) {
          part += Entry32(run.first + static_cast<uint32_t>(i));
        }
      } else {
        const uint64_t length = (run.count - 1) * kEntrySize32;
        flush(at + length);
        layout_.extents.push_back({offset + at, length, CountingWords{run.first + 1}, region, true});
      }
      part += Entry32(kLastCluster);
    }
    flush(0);
  }

  static std::string Entry32(uint32_t value) {
    std::string entry(sizeof(value), '\0');
    StoreLittle<uint32_t>(value & fat::kFat32Mask, At(&entry, 0));
    return entry;
  }

  // All runs, ascending.
  std::vector<Run> RunsInOrder() const {
    std::vector<Run> runs = file_runs_;
    for (const Directory& directory : directories_) {
      runs.push_back(directory.run);
    }
    std::erase_if(runs, [](const Run& run) { return run.count == 0; });
    std::ranges::sort(runs, {}, &Run::first);
    return runs;
  }

  // The allocation table of FAT12 or FAT16 up to the last cluster in use; the rest is zero.
  std::string SmallTable() const {
    size_t entries = next_cluster_;
    size_t size = geometry_.type == FatType::kFat12 ? (entries * 3 + 1) / 2 : entries * 2;
    std::string table(size + 1, '\0');  // FAT12 reads and writes two bytes at its last entry
    // The first two entries: the media byte, and "clean, no errors".
    SetTableEntry(0, (kLastCluster & ~uint32_t{0xff}) | fat::kMediaFixed, &table);
    SetTableEntry(1, kLastCluster, &table);
    for (const Run& run : RunsInOrder()) {
      for (uint64_t i = 0; i < run.count; ++i) {
        uint32_t cluster = run.first + static_cast<uint32_t>(i);
        SetTableEntry(cluster, i + 1 == run.count ? kLastCluster : cluster + 1, &table);
      }
    }
    table.resize(size);
    return table;
  }

  std::string ShortEntry(std::string_view name, uint8_t attributes, uint32_t cluster, uint32_t size) const {
    std::string entry(kEntrySize, '\0');
    entry.replace(0, name.size(), name);
    entry[fat::kEntryAttributes] = static_cast<char>(attributes);
    entry[fat::kEntryCreationTime - 1] = static_cast<char>(time_.tenths);
    StoreLittle<uint16_t>(time_.time, At(&entry, fat::kEntryCreationTime));
    StoreLittle<uint16_t>(time_.date, At(&entry, fat::kEntryCreationDate));
    StoreLittle<uint16_t>(time_.date, At(&entry, fat::kEntryAccessDate));
    StoreLittle<uint16_t>(static_cast<uint16_t>(cluster >> 16), At(&entry, fat::kEntryClusterHigh));
    StoreLittle<uint16_t>(time_.time, At(&entry, fat::kEntryWriteTime));
    StoreLittle<uint16_t>(time_.date, At(&entry, fat::kEntryWriteDate));
    StoreLittle<uint16_t>(static_cast<uint16_t>(cluster), At(&entry, fat::kEntryClusterLow));
    StoreLittle<uint32_t>(size, At(&entry, fat::kEntryFileSize));
    return entry;
  }

  std::string DirectoryBytes(uint32_t index) const {
    const FileTree::Directory& node = tree_.directories()[index];
    const Directory& directory = directories_[index];
    std::string bytes;
    bytes.reserve(directory.entries * kEntrySize);
    if (index == 0 && !options_.label.empty()) {
      bytes += ShortEntry(PaddedLabel(), fat::kAttributeVolume, 0, 0);
    } else if (index != 0) {
      // ".." of a directory in the root says cluster 0, also on FAT32 (fatgen).
      uint32_t parent = node.parent == 0 ? 0 : directories_[node.parent].run.first;
      bytes += ShortEntry(".          ", fat::kAttributeDirectory, directory.run.first, 0);
      bytes += ShortEntry("..         ", fat::kAttributeDirectory, parent, 0);
    }
    for (size_t i = 0; i < node.children.size(); ++i) {
      const FileTree::Child& child = node.children[i];
      bytes += fat::LongNameEntries(directory.names[i]);
      const std::string& name = directory.names[i].short_name;
      bytes += child.is_directory ? ShortEntry(name, fat::kAttributeDirectory, directories_[child.index].run.first, 0)
                                  : ShortEntry(name, fat::kAttributeArchive, file_runs_[child.index].first,
                                               static_cast<uint32_t>(files_[child.index].length));
    }
    return bytes;
  }

  const FatOptions& options_;
  std::vector<FatFile> files_;
  DosTime time_;
  FileTree tree_;
  std::vector<Directory> directories_;
  std::vector<Run> file_runs_;
  fat::Geometry geometry_;
  uint32_t next_cluster_ = kFirstCluster;
  uint64_t used_clusters_ = 0;
  Layout layout_;
};

}  // namespace

absl::StatusOr<Layout> LayoutFat(const FatOptions& options, std::vector<FatFile> files) {
  return Planner(options, std::move(files)).Plan();
}

}  // namespace tsmedia
