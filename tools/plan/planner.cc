#include "tools/plan/planner.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/extent.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"
#include "tools/crypto/signify.h"
#include "tools/fat/fat_layout.h"
#include "tools/gpt/guid.h"
#include "tools/iso9660/iso_layout.h"
#include "tools/iso9660/volume_label.h"
#include "tools/plan/grub_config.h"
#include "tools/plan/input_names.h"
#include "tools/plan/manifest.h"
#include "tools/plan/media_content.h"
#include "tools/plan/medium_paths.h"
#include "tools/plan/plan_file.h"

namespace tsmedia {
namespace {

// Stands for every digest that TsmManifest fills in: as long as one, so that sizes are right from the start.
std::string DigestPlaceholder() { return std::string(std::tuple_size_v<Sha256Digest>, '\0'); }

struct MediumFile {
  std::string path;
  uint64_t size = 0;
  Content content;
};

MediumFile InlineFile(std::string_view path, std::string bytes) {
  uint64_t size = bytes.size();
  return {std::string(path), size, InlineBytes{std::move(bytes)}};
}

// Bytes to seconds in 1980 to 2079: blkid makes a volume's UUID from its modification date, so media must not be dated
// alike. Hundredths of seconds are not used; a hundred years of seconds are 3.1 * 10^9 values.
int64_t DateFrom(const Sha256Digest& digest) {
  constexpr uint64_t kHundredYears = 3155760000;
  return kDefaultFileTime + static_cast<int64_t>(LoadBig<uint64_t>(digest.data()) % kHundredYears);
}

// A GUID of a volume of the medium.
Guid DeriveGuid(const Sha256Digest& media_id, uint32_t volume, std::string_view of) {
  const Sha256Digest digest =
      Sha256(absl::StrCat("tsmedia/guid/v1", DigestText(media_id), "/", volume, "/", of));
  std::array<uint8_t, 16> bytes;
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  return DerivedGuid(bytes);
}

bool IsForBios(BootFileRole role) {
  return role == BIOS_BOOT_IMAGE || role == BIOS_BOOT_SECTOR || role == BIOS_DRIVE_IMAGE;
}

class Planner {
 public:
  explicit Planner(const PlanRequest& request) : request_(request) {}

  absl::StatusOr<MediaPlan> Run() {
    TSM_RETURN_IF_ERROR(ValidateDefinition(request_.content.definition));
    DescribeMedium();
    AddBootFiles();
    AddContentFiles();
    TSM_RETURN_IF_ERROR(AddPackages());
    DeriveMediaId();
    TSM_RETURN_IF_ERROR(AddFilesThatNameTheMedium());
    TSM_RETURN_IF_ERROR(LayOutVolume());
    return std::move(plan_);
  }

 private:
  Manifest& manifest() { return *plan_.mutable_manifest(); }

  void DescribeMedium() {
    const MediaDefinition& definition = request_.content.definition;
    plan_.set_context(std::string(kPlanContext));
    plan_.set_target(definition.target);
    manifest().set_context(std::string(kManifestContext));
    manifest().set_media_kind(definition.kind);
    manifest().set_label(definition.label);
    manifest().set_arch(definition.arch);
    manifest().set_not_before(definition.not_before);
    manifest().set_not_after(definition.not_after);
    manifest().set_test_only(request_.test_only);
    manifest().set_unattended(definition.unattended);
    manifest().set_verify_first(definition.verify_first);
    manifest().set_build_root(definition.build_root);
    manifest().set_boot_image_id(request_.boot.boot_image_id());
    manifest().mutable_form()->set_format(ISO);
    DescribeBootImage(*manifest().mutable_boot());
    if (request_.sealed.has_value()) {
      manifest().set_recipient(request_.sealed->recipient);
    }
  }

  void DescribeBootImage(BootEntry& boot) const {
    const AgentSettings& agent = request_.boot.agent();
    boot.set_minimum_memory_mb(request_.boot.minimum_memory_mb());
    if (!agent.keyboards().empty()) {
      boot.set_keyboard(agent.keyboards(0));
    }
    boot.set_debug_shell(agent.debug_shell());
  }

  // Files whose digest is known now are listed in the manifest; `files_` also has those that are their own proof.
  void AddFile(MediumFile file, std::string digest) {
    FileEntry* entry = manifest().add_files();
    entry->set_path(file.path);
    entry->set_size(file.size);
    entry->set_sha256(std::move(digest));
    files_.push_back(std::move(file));
  }

  void AddInlineFile(std::string_view path, std::string bytes) {
    std::string digest(DigestText(Sha256(bytes)));
    AddFile(InlineFile(path, std::move(bytes)), std::move(digest));
  }

  void AddBootFiles() {
    for (const BootFile& file : request_.boot.files()) {
      if (!IsForBios(file.role())) {
        AddFile({file.path(), file.size(), InputSlice{BootInputName(file.path()), 0}}, file.sha256());
      }
    }
  }

  void AddContentFiles() {
    if (request_.sealed.has_value()) {
      for (const auto& [path, file] : request_.sealed->files) {
        AddFile({path, file.size, InputSlice{SealedInputName(path), 0}}, std::string(DigestText(file.digest)));
      }
      return;
    }
    AddInlineFile(kVariablesPath, VariablesObject(request_.content.definition.variables));
    AddInlineFile(kSequencePath, request_.content.sequence);
    AddInlineFile(kInventoryPath, InventoryObject(request_.content));
  }

  // What of a package lies on the medium: the pack, or what it became when it was sealed.
  absl::StatusOr<StoredPack> Store(const PackInfo& info) const {
    if (!request_.sealed.has_value()) {
      return StoredPack{info.stored_size(), info.block_sha256()};
    }
    auto sealed = request_.sealed->packs.find(info.package_id());
    if (sealed == request_.sealed->packs.end()) {
      return absl::InvalidArgumentError(absl::StrCat("package ", info.package_id(), " was not sealed"));
    }
    return sealed->second;
  }

  absl::Status AddPackages() {
    for (const ResolvedPackage* package : PackagesById(request_.content.packages)) {
      TSM_ASSIGN_OR_RETURN(StoredPack stored, Store(package->info));
      PackageEntry* entry = manifest().add_packages();
      entry->set_package_id(package->info.package_id());
      entry->set_version(package->info.version());
      entry->set_size(stored.size);
      entry->set_block_sha256(std::move(stored.block_sha256));
    }
    // The manifest is in the order of IDs, the volume in the order of use.
    for (const ResolvedPackage& package : request_.content.packages) {
      AddSegments(*std::ranges::lower_bound(*manifest().mutable_packages(), package.info.package_id(), {},
                                            [](const PackageEntry& entry) { return entry.package_id(); }));
    }
    return absl::OkStatus();
  }

  void AddSegments(PackageEntry& entry) {
    uint64_t blocks = (entry.size() + kBlockSize - 1) / kBlockSize;
    for (uint64_t first = 0; first < blocks; first += kMaxSegmentBlocks) {
      uint64_t count = std::min(kMaxSegmentBlocks, blocks - first);
      SegmentEntry* segment = entry.add_segments();
      segment->set_volume(1);
      segment->set_path(
          SegmentPath(entry.package_id(), entry.version(), static_cast<uint32_t>(entry.segments_size() - 1)));
      segment->set_first_block(static_cast<uint32_t>(first));
      segment->set_block_count(static_cast<uint32_t>(count));
      uint64_t begin = first * kBlockSize;
      uint64_t size = std::min(count * kBlockSize, entry.size() - begin);
      files_.push_back({segment->path(), size, InputSlice{PackInputName(entry.package_id(), entry.version()), begin}});
    }
  }

  // The ID is the digest of all that the manifest says so far: of nothing that depends on the ID, and of nothing that
  // is not in clear on the medium.
  void DeriveMediaId() {
    SortFiles();
    Sha256Hasher hasher;
    hasher.Update(std::string_view("tsmedia/id/v1"));
    hasher.Update(SerializeCanonical(manifest()));
    media_id_ = hasher.Finish();
    manifest().set_media_id(std::string(DigestText(media_id_)));
  }

  void SortFiles() {
    std::ranges::sort(*manifest().mutable_files(), {}, [](const FileEntry& file) { return file.path(); });
  }

  absl::Status AddFilesThatNameTheMedium() {
    const std::string& label = request_.content.definition.label;
    std::string id_text = MediaIdText(manifest());
    std::string id_path = IdPath(id_text, 1);
    TSM_ASSIGN_OR_RETURN(std::string grub_config, MakeGrubConfig("/" + id_path));
    TSM_ASSIGN_OR_RETURN(uefi_boot_image_, MakeUefiBootImage("/" + id_path));
    AddInlineFile(kGrubConfigPath, std::move(grub_config));
    AddInlineFile(id_path, absl::StrCat(id_text, "-1\n"));
    AddInlineFile(kLabelPath, absl::StrCat("label=", label, "\n"));
    VolumeInfo volume;
    volume.set_context(std::string(kVolumeContext));
    volume.set_media_id(manifest().media_id());
    volume.set_number(1);
    volume.set_count(1);
    volume.set_label(label);
    AddInlineFile(kVolumePath, SerializeCanonical(volume));
    SortFiles();
    files_.push_back(
        {std::string(kSignaturePath), kSignifySignatureFileSize, InputSlice{std::string(kSignatureInput), 0}});
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> MakeGrubConfig(const std::string& id_path) const {
    GrubConfigOptions options;
    options.id_path = id_path;
    for (const BootFile& file : request_.boot.files()) {
      if (file.role() == KERNEL) {
        options.kernel = "/" + file.path();
      } else if (file.role() == INITRD) {
        options.initrds.push_back("/" + file.path());
      }
    }
    options.kernel_args.assign(request_.boot.kernel_args().begin(), request_.boot.kernel_args().end());
    return GrubConfig(options);
  }

  // The FAT image that UEFI firmware loads the boot loader from. Nothing if the boot image is not for UEFI.
  absl::StatusOr<std::optional<Layout>> MakeUefiBootImage(const std::string& id_path) const {
    std::vector<FatFile> files;
    for (const BootFile& file : request_.boot.files()) {
      if (file.role() == EFI_BINARY) {
        files.push_back({"/" + file.path(), file.size(), InputSlice{BootInputName(file.path()), 0}});
      }
    }
    if (files.empty()) {
      return std::nullopt;
    }
    TSM_ASSIGN_OR_RETURN(std::string config, SearchGrubConfig(id_path));
    uint64_t config_size = config.size();
    files.push_back({absl::StrCat("/", kGrubConfigPath), config_size, InlineBytes{std::move(config)}});
    FatOptions options;
    TSM_ASSIGN_OR_RETURN(VolumeLabels labels, MapVolumeLabel(request_.content.definition.label));
    options.label = std::move(labels.fat);
    options.serial = LoadBig<uint32_t>(media_id_.data() + 8);
    options.time = request_.content.definition.file_time;
    return LayoutFat(options, std::move(files));
  }

  // The manifest is on the volume and describes its structures, whose bytes depend on the manifest's size alone. So the
  // volume is laid out twice: to learn how many structures there are and with them the manifest's size, then for good.
  absl::Status LayOutVolume() {
    TSM_ASSIGN_OR_RETURN(Layout draft, LayOut(/*manifest_size=*/1));
    DescribeVolume(draft);
    uint64_t manifest_size = SerializeCanonical(manifest()).size();
    TSM_ASSIGN_OR_RETURN(Layout layout, LayOut(manifest_size));
    DescribeVolume(layout);
    if (SerializeCanonical(manifest()).size() != manifest_size) {
      return absl::InternalError("the manifest's size depends on its values");
    }
    if (manifest_size > kMaxManifestSize) {
      return absl::InvalidArgumentError(absl::StrCat("content: the manifest would have ", manifest_size,
                                                     " bytes; at most ", kMaxManifestSize,
                                                     " are allowed; split the medium"));
    }
    return StoreLayout(layout, /*volume=*/1, &plan_);
  }

  absl::StatusOr<Layout> LayOut(uint64_t manifest_size) const {
    IsoOptions options;
    options.label = request_.content.definition.label;
    options.file_time = request_.content.definition.file_time;
    options.modification_time = DateFrom(media_id_);
    options.application = "RULES_TSMEDIA";
    options.disk_id = DeriveGuid(media_id_, 1, "disk");
    options.efi_partition_id = DeriveGuid(media_id_, 1, "EFI system partition");
    if (!request_.bios_boot_image.empty()) {
      options.bios_boot = BiosBoot{request_.bios_boot_image, request_.bios_boot_sector};
    }
    options.uefi_boot_image = uefi_boot_image_;
    std::vector<IsoFile> files = {
        {absl::StrCat("/", kManifestPath), manifest_size, InputSlice{std::string(kManifestInput), 0}}};
    for (const MediumFile& file : files_) {
      files.push_back({"/" + file.path, file.size, file.content});
    }
    return LayoutIso(options, std::move(files));
  }

  void DescribeVolume(const Layout& layout) {
    manifest().clear_volumes();
    VolumeEntry* volume = manifest().add_volumes();
    volume->set_number(1);
    volume->set_size(layout.size);
    for (const Extent& extent : layout.extents) {
      if (!extent.structure) {
        continue;
      }
      RegionEntry* last =
          volume->structures().empty() ? nullptr : volume->mutable_structures(volume->structures_size() - 1);
      if (last != nullptr && last->name() == extent.region && last->offset() + last->length() == extent.offset) {
        last->set_length(last->length() + extent.length);
        continue;
      }
      RegionEntry* region = volume->add_structures();
      region->set_name(extent.region);
      region->set_offset(extent.offset);
      region->set_length(extent.length);
      region->set_sha256(DigestPlaceholder());
    }
  }

  const PlanRequest& request_;
  MediaPlan plan_;
  std::vector<MediumFile> files_;  // in the order in which they lie on the volume
  Sha256Digest media_id_;
  std::optional<Layout> uefi_boot_image_;
};

}  // namespace

absl::StatusOr<MediaPlan> PlanMedia(const PlanRequest& request) { return Planner(request).Run(); }

}  // namespace tsmedia
