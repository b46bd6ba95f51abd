#include "tools/iso9660/iso_layout.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "tools/base/bytes.h"
#include "tools/base/file_tree.h"
#include "tools/base/status_macros.h"
#include "tools/boot/grub_place.h"
#include "tools/gpt/gpt.h"
#include "tools/gpt/gpt_layout.h"
#include "tools/iso9660/directory_tree.h"
#include "tools/iso9660/fields.h"
#include "tools/iso9660/format.h"
#include "tools/iso9660/identifier.h"
#include "tools/iso9660/volume_label.h"

namespace tsmedia {
namespace {

using iso::At;
using iso::kSectorSize;
using iso::StoreBoth;
using iso::StoreText;

// Sector numbers are held in signed 32-bit integers by enough readers; 2^31 sectors are 4 TiB.
constexpr uint64_t kMaxSectors = (uint64_t{1} << 31) - 1;

// The BIOS loads the first 2048 bytes of the boot image (4 sectors of 512): GRUB's cdboot.img, which loads the rest.
constexpr uint16_t kBiosLoadSectors = 4;
// The boot information table (isolinux, GRUB and others): PVD, own location, length and checksum from offset 64 on.
constexpr size_t kBootInfo = 8;
constexpr size_t kBootInfoEnd = 64;
// GRUB's cdboot.img starts with code of 2048 bytes; the block list behind it begins with the 64-bit number of the
// 512-byte sector that follows the first one of the core image.
constexpr size_t kGrubBlockList = 2548;
// cdboot.img has four sectors of 512 bytes; the first of the core image, which boot_hybrid.img loads, follows.
constexpr uint64_t kGrubCdBootSectors = 4;

// A disk's sectors, as its GPT counts them: 512 bytes. (A drive with larger ones cannot boot an image for CDs.)
constexpr uint64_t kDiskSectorsPerSector = kSectorSize / kBiosSectorSize;

absl::Status OptionError(std::string_view option, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(option, ": ", what));
}

absl::StatusOr<absl::CivilSecond> CivilTime(std::string_view option, int64_t seconds) {
  absl::CivilSecond time = absl::ToCivilSecond(absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
  // The year is one byte that counts from 1900 (ECMA-119 9.1.5).
  if (time.year() < 1900 || time.year() > 2155) {
    return OptionError(option, absl::StrCat("the year ", time.year(), " is outside of 1900 to 2155"));
  }
  return time;
}

// ECMA-119 9.1.5: years since 1900, month, day, hour, minute, second, offset from UTC.
iso::RecordDate ToRecordDate(absl::CivilSecond time) {
  iso::RecordDate date;
  for (int64_t field : {time.year() - 1900, int64_t{time.month()}, int64_t{time.day()}, int64_t{time.hour()},
                        int64_t{time.minute()}, int64_t{time.second()}, int64_t{0}}) {
    date.push_back(static_cast<char>(field));
  }
  return date;
}

// ECMA-119 8.4.26.1: 16 digits down to hundredths of a second, offset from UTC.
std::string ToVolumeDate(absl::CivilSecond time) {
  std::string date = absl::StrFormat("%04d%02d%02d%02d%02d%02d00", time.year(), time.month(), time.day(), time.hour(),
                                     time.minute(), time.second());
  date.push_back('\0');
  return date;
}

// "No date": 16 digits zero and a zero byte.
std::string NoVolumeDate() { return std::string(16, '0') + std::string(1, '\0'); }

bool IsACharacter(char c) {
  return (c >= ' ' && c <= '"') || (c >= '%' && c <= '?') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Checks an identifier of the volume descriptor. Joliet has half as many characters in the same field, so that is the
// bound of those that may be long.
absl::Status CheckIdentifier(std::string_view option, std::string_view text, size_t max_size) {
  if (text.size() > max_size || !std::all_of(text.begin(), text.end(), IsACharacter)) {
    return OptionError(option,
                       absl::StrCat("\"", text, "\" has more than ", max_size,
                                    " characters, or others than A-Z 0-9 _ space ! \" % & ' ( ) * + , - . / : ; "
                                    "< = > ?"));
  }
  return absl::OkStatus();
}

// Text in a field of a volume descriptor, filled with spaces; UCS-2 in the Joliet one.
std::string Field(iso::TreeKind kind, std::u16string_view text, size_t size) {
  std::string field;
  if (kind == iso::TreeKind::kIso9660) {
    field.assign(text.begin(), text.end());
    field.resize(size, ' ');
    return field;
  }
  for (size_t i = 0; i < size / 2; ++i) {
    char16_t unit = i < text.size() ? text[i] : u' ';
    field.push_back(static_cast<char>(unit >> 8));
    field.push_back(static_cast<char>(unit & 0xff));
  }
  field.resize(size, '\0');  // the file identifiers have an odd size
  return field;
}

std::u16string Widen(std::string_view text) { return std::u16string(text.begin(), text.end()); }

// Sum of 32-bit words from kBootInfoEnd on, as boot information tables have it.
uint32_t BootChecksum(std::string_view image) {
  uint32_t sum = 0;
  for (size_t i = kBootInfoEnd; i < image.size(); i += 4) {
    uint8_t word[4] = {};
    std::copy_n(image.begin() + static_cast<ptrdiff_t>(i), std::min<size_t>(4, image.size() - i), word);
    sum += LoadLittle<uint32_t>(word);
  }
  return sum;
}

uint64_t SectorsFor(uint64_t bytes) { return RoundUp(bytes, kSectorSize) / kSectorSize; }

}  // namespace

// Planner carries one image through its steps.
class IsoImage::Planner {
 public:
  Planner(IsoOptions options, std::vector<IsoFile> files) : options_(std::move(options)), files_(std::move(files)) {}

  absl::Status Plan() {
    TSM_RETURN_IF_ERROR(CheckOptions());
    TSM_RETURN_IF_ERROR(CheckFiles());
    TSM_RETURN_IF_ERROR(PlanNames());
    return PlaceEverything();
  }

  absl::Status Resize(std::string_view path, uint64_t length) {
    const auto file = std::ranges::find(files_, path, &IsoFile::path);
    if (file == files_.end()) {
      return absl::NotFoundError(absl::StrCat("the image has no file ", path));
    }
    iso::FilePlace& place = places_[static_cast<size_t>(file - files_.begin())];
    if (std::max(length, place.length) > iso::kMaxSectionSize) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": a file of 4 GiB and more cannot be resized"));
    }
    file->length = length;
    place = {.sector = 0, .length = length};
    return PlaceEverything();
  }

  uint64_t size() const { return sectors_ * kSectorSize; }

  absl::StatusOr<Layout> LayOut() const {
    Layout layout;
    layout.size = size();
    AddStructures(layout);
    AddBoot(layout);
    AddFiles(layout);
    if (has_boot()) {
      TSM_RETURN_IF_ERROR(AddPartitionTable(layout));
    }
    return layout;
  }

 private:
  // Sectors of a tree's path tables.
  struct PathTables {
    uint64_t little = 0;
    uint64_t big = 0;
  };

  absl::Status PlanNames() {
    std::vector<std::string_view> paths;
    paths.reserve(files_.size());
    for (const IsoFile& file : files_) {
      paths.push_back(file.path);
    }
    TSM_ASSIGN_OR_RETURN(tree_, FileTree::Build(paths));
    TSM_RETURN_IF_ERROR(CheckDirectories(tree_));
    iso::RecordDate date = ToRecordDate(file_time_);
    primary_.emplace(iso::TreeKind::kIso9660, tree_, places_, date);
    joliet_.emplace(iso::TreeKind::kJoliet, tree_, places_, date);
    TSM_RETURN_IF_ERROR(primary_->PlanIdentifiers());
    return joliet_->PlanIdentifiers();
  }

  bool has_boot() const { return options_.bios_boot.has_value() || options_.uefi_boot_image.has_value(); }

  absl::Status CheckOptions() {
    TSM_ASSIGN_OR_RETURN(labels_, MapVolumeLabel(options_.label, options_.label_ending));
    TSM_ASSIGN_OR_RETURN(file_time_, CivilTime("file time", options_.file_time));
    TSM_ASSIGN_OR_RETURN(modification_time_, CivilTime("modification time", options_.modification_time));
    TSM_RETURN_IF_ERROR(CheckIdentifier("system", options_.system, iso::kVolumeIdSize / 2));
    TSM_RETURN_IF_ERROR(CheckIdentifier("publisher", options_.publisher, iso::kLongIdSize / 2));
    TSM_RETURN_IF_ERROR(CheckIdentifier("application", options_.application, iso::kLongIdSize / 2));
    if (options_.bios_boot.has_value() && options_.bios_boot->image.size() < kGrubBlockList + sizeof(uint64_t)) {
      return OptionError("BIOS boot image", absl::StrCat("has ", options_.bios_boot->image.size(),
                                                         " bytes; GRUB's cdboot.img with a core image has more"));
    }
    if (options_.uefi_boot_image.has_value()) {
      uint64_t size = options_.uefi_boot_image->size;
      if (size == 0 || size % iso::kVirtualSectorSize != 0 || size > kMaxUefiBootImageSize) {
        return OptionError("UEFI boot image",
                           absl::StrCat("has ", size, " bytes; El Torito can say 1 to 65,535 sectors of 512 bytes (",
                                        kMaxUefiBootImageSize, " bytes)"));
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckFiles() {
    places_.resize(files_.size());
    for (size_t i = 0; i < files_.size(); ++i) {
      const IsoFile& file = files_[i];
      const auto* bytes = std::get_if<InlineBytes>(&file.content);
      if (bytes != nullptr && bytes->bytes.size() != file.length) {
        return absl::InvalidArgumentError(absl::StrCat(file.path, ": the length is given as ", file.length, ", but ",
                                                       bytes->bytes.size(), " bytes are"));
      }
      if (file.length > kMaxSectors * kSectorSize) {
        return TooLarge();
      }
      places_[i].length = file.length;
    }
    return absl::OkStatus();
  }

  absl::Status CheckDirectories(const FileTree& tree) const {
    if (tree.directories().size() > iso::kMaxDirectories) {
      return absl::InvalidArgumentError(absl::StrCat("the image has ", tree.directories().size(),
                                                     " directories; ISO 9660 path tables can number 65,535"));
    }
    for (uint32_t i = 0; i < tree.directories().size(); ++i) {
      if (tree.directories()[i].level > iso::kMaxLevels) {
        return absl::InvalidArgumentError(
            absl::StrCat("directory ", tree.DirectoryPath(i), " is more than ", iso::kMaxLevels,
                         " levels deep (the root is the first), which ISO 9660 does not allow"));
      }
    }
    return absl::OkStatus();
  }

  uint64_t TrailingSectors() const { return kIsoTrailingSectors + (has_boot() ? kIsoBackupGptSectors : 0); }

  static absl::Status TooLarge() {
    return absl::InvalidArgumentError(
        "the image would exceed 2^31 sectors (4 TiB), the most that readers of ISO 9660 "
        "can address; make smaller volumes");
  }

  absl::Status PlaceEverything() {
    // Primary, [boot record], Joliet, terminator. The boot record must be in sector 17 (El Torito 2.0).
    uint64_t sector = iso::kFirstDescriptorSector + (has_boot() ? 4 : 3);
    for (auto [tree, tables] : {std::pair(&*primary_, &primary_tables_), std::pair(&*joliet_, &joliet_tables_)}) {
      tables->little = sector;
      tables->big = sector + SectorsFor(tree->path_table_size());
      sector = tables->big + SectorsFor(tree->path_table_size());
    }
    sector = primary_->PlaceDirectories(sector);
    sector = joliet_->PlaceDirectories(sector);
    if (has_boot()) {
      catalog_sector_ = sector++;
    }
    if (options_.bios_boot.has_value()) {
      bios_sector_ = sector;
      sector += SectorsFor(options_.bios_boot->image.size());
    }
    if (options_.uefi_boot_image.has_value()) {
      uefi_sector_ = sector;
      sector += SectorsFor(options_.uefi_boot_image->size);
    }
    for (iso::FilePlace& place : places_) {
      if (place.length > 0) {
        place.sector = static_cast<uint32_t>(sector);
        sector += SectorsFor(place.length);
      }
      if (sector + TrailingSectors() > kMaxSectors) {
        return TooLarge();
      }
    }
    sectors_ = sector + TrailingSectors();
    return sectors_ > kMaxSectors ? TooLarge() : absl::OkStatus();
  }

  void AddStructures(Layout& layout) const {
    uint64_t sector = iso::kFirstDescriptorSector;
    Append(sector++, Descriptor(iso::TreeKind::kIso9660, *primary_, primary_tables_),
           "ISO 9660 primary volume descriptor", layout);
    if (has_boot()) {
      Append(sector++, BootRecord(), "El Torito boot record descriptor", layout);
    }
    Append(sector++, Descriptor(iso::TreeKind::kJoliet, *joliet_, joliet_tables_), "Joliet volume descriptor", layout);
    Append(sector++, Terminator(), "ISO 9660 volume descriptor set terminator", layout);
    Append(primary_tables_.little, primary_->PathTable(false), "ISO 9660 path table (little-endian)", layout);
    Append(primary_tables_.big, primary_->PathTable(true), "ISO 9660 path table (big-endian)", layout);
    Append(joliet_tables_.little, joliet_->PathTable(false), "Joliet path table (little-endian)", layout);
    Append(joliet_tables_.big, joliet_->PathTable(true), "Joliet path table (big-endian)", layout);
    primary_->AppendDirectories(&layout);
    joliet_->AppendDirectories(&layout);
  }

  static void Append(uint64_t sector, std::string bytes, std::string region, Layout& layout) {
    layout.extents.push_back(
        {sector * kSectorSize, bytes.size(), InlineBytes{std::move(bytes)}, std::move(region), true});
  }

  // The partition table lies in the system area (ECMA-119 6.2.1), which is for the use of the system, and at the end.
  absl::Status AddPartitionTable(Layout& layout) const {
    Gpt gpt = {
        .sector_size = kBiosSectorSize, .sectors = sectors_ * kDiskSectorsPerSector, .disk_id = options_.disk_id};
    if (options_.bios_boot.has_value()) {
      TSM_ASSIGN_OR_RETURN(gpt.boot_code,
                           PlaceGrubHybridSector(options_.bios_boot->disk_boot_sector,
                                                 bios_sector_ * kDiskSectorsPerSector + kGrubCdBootSectors));
    }
    if (options_.uefi_boot_image.has_value()) {
      const uint64_t first = uefi_sector_ * kDiskSectorsPerSector;
      gpt.partitions.push_back({.number = 1,
                                .type = EfiSystemType(),
                                .id = options_.efi_partition_id,
                                .first_lba = first,
                                .last_lba = first + options_.uefi_boot_image->size / kBiosSectorSize - 1,
                                .name = "EFI system"});
    }
    return AddGpt(gpt, &layout);
  }

  void AddBoot(Layout& layout) const {
    if (!has_boot()) {
      return;
    }
    Append(catalog_sector_, BootCatalog(), "El Torito boot catalog", layout);
    if (options_.bios_boot.has_value()) {
      Append(bios_sector_, PatchedBiosImage(), "BIOS boot image", layout);
    }
    if (options_.uefi_boot_image.has_value()) {
      for (const Extent& extent : options_.uefi_boot_image->extents) {
        layout.extents.push_back(extent);
        layout.extents.back().offset += uefi_sector_ * kSectorSize;
        layout.extents.back().region = absl::StrCat("UEFI boot image: ", extent.region);
        // No directory record of the ISO locates what is in the boot image, so all of it is structure.
        layout.extents.back().structure = true;
      }
    }
  }

  void AddFiles(Layout& layout) const {
    layout.extents.reserve(layout.extents.size() + files_.size());
    for (size_t i = 0; i < files_.size(); ++i) {
      if (files_[i].length > 0) {
        layout.extents.push_back({places_[i].sector * kSectorSize, files_[i].length, files_[i].content,
                                  absl::StrCat("file ", files_[i].path), false});
      }
    }
  }

  static std::string DescriptorHead(uint8_t type) {
    std::string bytes(kSectorSize, '\0');
    bytes[0] = static_cast<char>(type);
    StoreText(iso::kStandardIdentifier, 1, &bytes);
    bytes[6] = 1;  // version
    return bytes;
  }

  static std::string Terminator() { return DescriptorHead(iso::kTerminatorDescriptor); }

  std::string BootRecord() const {
    std::string bytes = DescriptorHead(iso::kBootRecordDescriptor);
    StoreText(iso::kElToritoId, 7, &bytes);
    StoreLittle<uint32_t>(static_cast<uint32_t>(catalog_sector_), At(&bytes, iso::kElToritoCatalog));
    return bytes;
  }

  std::string Descriptor(iso::TreeKind kind, const iso::DirectoryTree& tree, const PathTables& tables) const {
    bool is_primary = kind == iso::TreeKind::kIso9660;
    std::string bytes = DescriptorHead(is_primary ? iso::kPrimaryDescriptor : iso::kSupplementaryDescriptor);
    auto store_field = [&](size_t offset, std::u16string_view text, size_t size) {
      StoreText(Field(kind, text, size), offset, &bytes);
    };
    store_field(iso::kDescriptorSystemId, Widen(options_.system), iso::kVolumeIdSize);
    store_field(iso::kDescriptorVolumeId, is_primary ? Widen(labels_.iso) : labels_.joliet, iso::kVolumeIdSize);
    StoreBoth<uint32_t>(static_cast<uint32_t>(sectors_), At(&bytes, iso::kDescriptorSpaceSize));
    if (!is_primary) {
      StoreText(iso::kJolietLevel3, iso::kDescriptorEscapes, &bytes);
    }
    StoreBoth<uint16_t>(1, At(&bytes, iso::kDescriptorSetSize));
    StoreBoth<uint16_t>(1, At(&bytes, iso::kDescriptorSequenceNumber));
    StoreBoth<uint16_t>(kSectorSize, At(&bytes, iso::kDescriptorBlockSize));
    StoreBoth<uint32_t>(tree.path_table_size(), At(&bytes, iso::kDescriptorPathTableSize));
    StoreLittle<uint32_t>(static_cast<uint32_t>(tables.little), At(&bytes, iso::kDescriptorPathTableL));
    StoreBig<uint32_t>(static_cast<uint32_t>(tables.big), At(&bytes, iso::kDescriptorPathTableM));
    StoreText(tree.RootRecord(), iso::kDescriptorRoot, &bytes);
    store_field(iso::kDescriptorVolumeSetId, u"", iso::kLongIdSize);
    store_field(iso::kDescriptorPublisherId, Widen(options_.publisher), iso::kLongIdSize);
    store_field(iso::kDescriptorPreparerId, u"", iso::kLongIdSize);
    store_field(iso::kDescriptorApplicationId, Widen(options_.application), iso::kLongIdSize);
    for (size_t offset :
         {iso::kDescriptorCopyrightFile, iso::kDescriptorAbstractFile, iso::kDescriptorBibliographicFile}) {
      store_field(offset, u"", iso::kFileIdSize);
    }
    StoreText(ToVolumeDate(file_time_), iso::kDescriptorCreation, &bytes);
    StoreText(ToVolumeDate(modification_time_), iso::kDescriptorModification, &bytes);
    StoreText(NoVolumeDate(), iso::kDescriptorExpiration, &bytes);
    StoreText(NoVolumeDate(), iso::kDescriptorEffective, &bytes);
    bytes[iso::kDescriptorStructureVersion] = 1;
    return bytes;
  }

  // A boot entry: initial/default or in a section (El Torito, figures 3 and 5).
  static std::string BootEntry(uint64_t sector, uint64_t virtual_sectors) {
    std::string entry(iso::kCatalogEntrySize, '\0');
    entry[0] = static_cast<char>(iso::kBootable);  // media type 0 follows: no emulation; load segment 0: the default
    StoreLittle<uint16_t>(static_cast<uint16_t>(virtual_sectors), At(&entry, 6));
    StoreLittle<uint32_t>(static_cast<uint32_t>(sector), At(&entry, 8));
    return entry;
  }

  std::string UefiEntry() const {
    return BootEntry(uefi_sector_, options_.uefi_boot_image->size / iso::kVirtualSectorSize);
  }

  std::string BootCatalog() const {
    bool has_bios = options_.bios_boot.has_value();
    // The validation entry: platform, two key bytes, and a checksum that makes the sum of its 16-bit words zero.
    std::string catalog(iso::kCatalogEntrySize, '\0');
    catalog[0] = 1;
    catalog[1] = static_cast<char>(has_bios ? iso::kPlatformBios : iso::kPlatformUefi);
    StoreText("\x55\xaa", 30, &catalog);
    uint16_t sum = 0;
    for (size_t i = 0; i < catalog.size(); i += 2) {
      sum = static_cast<uint16_t>(sum + LoadLittle<uint16_t>(At(&catalog, i)));
    }
    StoreLittle<uint16_t>(static_cast<uint16_t>(-sum), At(&catalog, 28));
    if (!has_bios) {
      return catalog + UefiEntry();
    }
    catalog += BootEntry(bios_sector_, kBiosLoadSectors);
    if (options_.uefi_boot_image.has_value()) {
      std::string header(iso::kCatalogEntrySize, '\0');
      header[0] = static_cast<char>(iso::kLastHeader);
      header[1] = static_cast<char>(iso::kPlatformUefi);
      StoreLittle<uint16_t>(1, At(&header, 2));  // entries that follow
      catalog += header + UefiEntry();
    }
    return catalog;
  }

  std::string PatchedBiosImage() const {
    std::string image = options_.bios_boot->image;
    StoreLittle<uint64_t>(bios_sector_ * kDiskSectorsPerSector + kGrubCdBootSectors + 1, At(&image, kGrubBlockList));
    std::fill(image.begin() + kBootInfo, image.begin() + kBootInfoEnd, '\0');
    StoreLittle<uint32_t>(iso::kFirstDescriptorSector, At(&image, kBootInfo));
    StoreLittle<uint32_t>(static_cast<uint32_t>(bios_sector_), At(&image, kBootInfo + 4));
    StoreLittle<uint32_t>(static_cast<uint32_t>(image.size()), At(&image, kBootInfo + 8));
    StoreLittle<uint32_t>(BootChecksum(image), At(&image, kBootInfo + 12));
    return image;
  }

  const IsoOptions options_;
  std::vector<IsoFile> files_;
  std::vector<iso::FilePlace> places_;
  FileTree tree_;
  std::optional<iso::DirectoryTree> primary_;
  std::optional<iso::DirectoryTree> joliet_;
  VolumeLabels labels_;
  absl::CivilSecond file_time_;
  absl::CivilSecond modification_time_;
  PathTables primary_tables_;
  PathTables joliet_tables_;
  uint64_t catalog_sector_ = 0;
  uint64_t bios_sector_ = 0;
  uint64_t uefi_sector_ = 0;
  uint64_t sectors_ = 0;
};

absl::StatusOr<IsoImage> IsoImage::Plan(IsoOptions options, std::vector<IsoFile> files) {
  auto planner = std::make_unique<Planner>(std::move(options), std::move(files));
  TSM_RETURN_IF_ERROR(planner->Plan());
  return IsoImage(std::move(planner));
}

IsoImage::IsoImage(std::unique_ptr<Planner> planner) : planner_(std::move(planner)) {}
IsoImage::IsoImage(IsoImage&&) noexcept = default;
IsoImage& IsoImage::operator=(IsoImage&&) noexcept = default;
IsoImage::~IsoImage() = default;

absl::Status IsoImage::Resize(std::string_view path, uint64_t length) { return planner_->Resize(path, length); }

uint64_t IsoImage::size() const { return planner_->size(); }

absl::StatusOr<Layout> IsoImage::LayOut() const { return planner_->LayOut(); }

absl::StatusOr<Layout> LayoutIso(const IsoOptions& options, std::vector<IsoFile> files) {
  TSM_ASSIGN_OR_RETURN(const IsoImage image, IsoImage::Plan(options, std::move(files)));
  return image.LayOut();
}

}  // namespace tsmedia
