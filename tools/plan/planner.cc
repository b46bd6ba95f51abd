#include "tools/plan/planner.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/extent.h"
#include "tools/base/parallel.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"
#include "tools/crypto/signify.h"
#include "tools/iso9660/iso_layout.h"
#include "tools/plan/definition.h"
#include "tools/plan/grub_config.h"
#include "tools/plan/input_names.h"
#include "tools/plan/iso_volume.h"
#include "tools/plan/manifest.h"
#include "tools/plan/medium_paths.h"
#include "tools/plan/plan_file.h"
#include "tools/plan/volume_content.h"
#include "tools/plan/volume_ids.h"
#include "tools/plan/volume_image.h"
#include "tools/plan/volume_packing.h"

namespace tsmedia {
namespace {

// Stands for every digest that TsmManifest fills in: as long as one, so that sizes are right from the start.
std::string DigestPlaceholder() { return std::string(std::tuple_size_v<Sha256Digest>, '\0'); }

std::string DigestOf(std::string_view bytes) { return std::string(DigestText(Sha256(bytes))); }

MediumFile InlineFile(std::string_view path, std::string bytes) {
  uint64_t size = bytes.size();
  return {std::string(path), size, InlineBytes{std::move(bytes)}};
}

bool IsForBios(BootFileRole role) {
  return role == BIOS_BOOT_IMAGE || role == BIOS_BOOT_SECTOR || role == BIOS_DRIVE_IMAGE;
}

// Lists the image's own structures in the manifest: runs of extents of one region. Small directories follow one another
// with less than a sector of zeros between; those belong to the run, or a set with many packages would say more about
// their directories than about them.
void DescribeVolume(const Layout& layout, VolumeEntry* volume) {
  constexpr uint64_t kMaxPadding = 2047;
  volume->set_size(layout.size);
  RegionEntry* last = nullptr;
  for (const Extent& extent : layout.extents) {
    if (!extent.structure) {
      last = nullptr;
      continue;
    }
    if (last != nullptr && last->name() == extent.region &&
        extent.offset - (last->offset() + last->length()) <= kMaxPadding) {
      last->set_length(extent.offset + extent.length - last->offset());
      continue;
    }
    last = volume->add_structures();
    last->set_name(extent.region);
    last->set_offset(extent.offset);
    last->set_length(extent.length);
    last->set_sha256(DigestPlaceholder());
  }
}

class Planner {
 public:
  explicit Planner(const PlanRequest& request) : request_(request) {}

  absl::StatusOr<MediaPlan> Run() {
    TSM_RETURN_IF_ERROR(ValidateDefinition(definition()));
    DescribeMedium();
    AddBootFiles();
    AddContentFiles();
    TSM_RETURN_IF_ERROR(AddPackages());
    DeriveMediaId();
    TSM_RETURN_IF_ERROR(PrepareBoot());
    TSM_RETURN_IF_ERROR(PlanVolumes());
    return std::move(plan_);
  }

 private:
  Manifest& manifest() { return *plan_.mutable_manifest(); }
  const Manifest& manifest() const { return plan_.manifest(); }
  const MediaDefinition& definition() const { return request_.content.definition; }

  void DescribeMedium() {
    plan_.set_context(std::string(kPlanContext));
    plan_.set_target(definition().target);
    manifest().set_context(std::string(kManifestContext));
    manifest().set_media_kind(definition().kind);
    manifest().set_label(definition().label);
    manifest().set_arch(definition().arch);
    manifest().set_not_before(definition().not_before);
    manifest().set_not_after(definition().not_after);
    manifest().set_test_only(request_.test_only);
    manifest().set_unattended(definition().unattended);
    manifest().set_verify_first(definition().verify_first);
    manifest().set_keep_unlocked(definition().keep_unlocked);
    manifest().set_build_root(definition().build_root);
    manifest().set_boot_image_id(request_.boot.boot_image_id());
    *manifest().mutable_form() = request_.form;
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

  // Files that are on the first volume, or on the only one. Those that name the medium or the volume come later.
  void AddFile(MediumFile file, std::string digest) {
    FileEntry* entry = first_files_.Add();
    entry->set_path(file.path);
    entry->set_size(file.size);
    entry->set_sha256(std::move(digest));
    files_.push_back(std::move(file));
  }

  void AddInlineFile(std::string_view path, std::string bytes) {
    std::string digest = DigestOf(bytes);
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
    AddInlineFile(kVariablesPath, VariablesObject(definition().variables));
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
    // The manifest is in the order of IDs, the volumes in the order of use.
    absl::flat_hash_map<std::string_view, PackageEntry*> by_id;
    for (PackageEntry& entry : *manifest().mutable_packages()) {
      by_id[entry.package_id()] = &entry;
    }
    for (const ResolvedPackage& package : request_.content.packages) {
      packages_.push_back(by_id.at(package.info.package_id()));
      pack_sizes_.push_back(packages_.back()->size());
    }
    return absl::OkStatus();
  }

  // The ID is the digest of all that the manifest says so far: of nothing that depends on the ID, and of nothing that
  // is not in clear on the medium.
  void DeriveMediaId() {
    manifest().mutable_files()->CopyFrom(first_files_);
    SortFiles();
    Sha256Hasher hasher;
    hasher.Update(std::string_view("tsmedia/id/v1"));
    hasher.Update(SerializeCanonical(manifest()));
    media_id_ = hasher.Finish();
    manifest().set_media_id(std::string(DigestText(media_id_)));
  }

  // Volumes are listed in ascending order, so equal paths are in the order of theirs.
  void SortFiles() {
    std::ranges::stable_sort(*manifest().mutable_files(), {}, [](const FileEntry& file) { return file.path(); });
  }

  std::string IdPathOf(uint32_t volume) const { return IdPath(MediaIdText(manifest()), volume); }

  absl::Status PrepareBoot() {
    TSM_ASSIGN_OR_RETURN(std::string grub_config, MakeGrubConfig("/" + IdPathOf(1)));
    AddInlineFile(kGrubConfigPath, std::move(grub_config));
    TSM_ASSIGN_OR_RETURN(boot_.search_config, SearchGrubConfig("/" + IdPathOf(1)));
    boot_.bios_boot_image = request_.bios_boot_image;
    boot_.bios_boot_sector = request_.bios_boot_sector;
    boot_.bios_drive_image = request_.bios_drive_image;
    for (const BootFile& file : request_.boot.files()) {
      if (file.role() == EFI_BINARY) {
        boot_.efi_files.push_back({file.path(), file.size(), InputSlice{BootInputName(file.path()), 0}});
      }
    }
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

  // ---- Volumes ------------------------------------------------------------------------------------------------------

  // What a volume holds besides packages, when the manifest has `manifest_size` bytes.
  VolumeContent ContentOf(uint32_t number, uint32_t count, uint64_t manifest_size) const {
    VolumeContent volume;
    volume.label = definition().label;
    volume.label_ending = VolumeEnding(number, count);
    volume.file_time = definition().file_time;
    volume.ids = VolumeIds(media_id_, number);
    volume.files.push_back({std::string(kManifestPath), manifest_size, InputSlice{std::string(kManifestInput), 0}});
    volume.files.push_back(
        {std::string(kSignaturePath), kSignifySignatureFileSize, InputSlice{std::string(kSignatureInput), 0}});
    volume.files.push_back(LabelFile());
    volume.files.push_back(IdFile(number));
    volume.files.push_back(VolumeFile(number, count));
    if (number == 1) {
      volume.boot = &boot_;
      volume.files.insert(volume.files.end(), files_.begin(), files_.end());
    }
    return volume;
  }

  MediumFile LabelFile() const { return InlineFile(kLabelPath, absl::StrCat("label=", definition().label, "\n")); }

  MediumFile IdFile(uint32_t number) const {
    return InlineFile(IdPathOf(number), absl::StrCat(MediaIdText(manifest()), "-", number, "\n"));
  }

  MediumFile VolumeFile(uint32_t number, uint32_t count) const {
    VolumeInfo volume;
    volume.set_context(std::string(kVolumeContext));
    volume.set_media_id(manifest().media_id());
    volume.set_number(number);
    volume.set_count(count);
    volume.set_label(definition().label);
    return InlineFile(kVolumePath, SerializeCanonical(volume));
  }

  // `segment_numbers` has how many segments of each pack lie on the volumes before.
  void AddSegments(const PackedVolume& segments, std::vector<uint32_t>* segment_numbers, VolumeContent* volume) const {
    for (const PackedSegment& segment : segments) {
      const PackageEntry& package = *packages_[segment.pack];
      const uint64_t begin = segment.first_block * kBlockSize;
      volume->files.push_back({SegmentPath(package.package_id(), package.version(), (*segment_numbers)[segment.pack]++),
                               std::min(segment.block_count * kBlockSize, package.size() - begin),
                               InputSlice{PackInputName(package.package_id(), package.version()), begin}});
    }
  }

  static absl::StatusOr<uint64_t> IsoSizeOf(VolumeContent volume) {
    TSM_ASSIGN_OR_RETURN(const IsoImage image, PlanIsoVolume(std::move(volume)));
    return image.size();
  }

  // Distributes the packs for a manifest of at most `manifest_size` bytes and at most `count` volumes.
  absl::StatusOr<std::vector<PackedVolume>> Pack(uint64_t manifest_size, uint32_t count) const {
    std::vector<uint32_t> numbers(packages_.size(), 0);  // the length of a path does not depend on the number in it
    return PackVolumes(pack_sizes_, request_.form.volume_size(), [&](uint32_t number, const PackedVolume& segments) {
      VolumeContent volume = ContentOf(number, std::max(number, count), manifest_size);
      AddSegments(segments, &numbers, &volume);
      return IsoSizeOf(std::move(volume));
    });
  }

  // Like Pack, but fills the volumes a little too much: what is in them is not laid out.
  absl::StatusOr<std::vector<PackedVolume>> PackRoughly(uint64_t manifest_size) const {
    uint64_t others = 0;  // what a volume holds besides packages
    return PackVolumes(pack_sizes_, request_.form.volume_size(),
                       [&](uint32_t number, const PackedVolume& segments) -> absl::StatusOr<uint64_t> {
                         if (segments.empty() && number <= 2) {
                           TSM_ASSIGN_OR_RETURN(others, IsoSizeOf(ContentOf(number, number, manifest_size)));
                         }
                         return others + LeastSizeOf(segments, pack_sizes_);
                       });
  }

  // The first `count` volumes.
  std::vector<VolumeImage> ImagesOf(const std::vector<PackedVolume>& packed, size_t count) const {
    std::vector<VolumeImage> images;
    images.reserve(count);
    std::vector<uint32_t> segment_numbers(packages_.size(), 0);
    for (uint32_t number = 1; number <= count; ++number) {
      VolumeContent volume = ContentOf(number, static_cast<uint32_t>(packed.size()), /*manifest_size=*/0);
      AddSegments(packed[number - 1], &segment_numbers, &volume);
      images.emplace_back(std::move(volume), request_.form);
    }
    return images;
  }

  static absl::StatusOr<std::vector<Layout>> LayOut(std::vector<VolumeImage>& images, uint64_t manifest_size) {
    std::vector<Layout> layouts(images.size());
    std::vector<absl::Status> statuses(images.size());
    RunOnThreads(WorkerThreads(), images.size(), 0, [&](size_t i, MutableByteSpan) {
      absl::StatusOr<Layout> layout = images[i].LayOut(manifest_size);
      statuses[i] = layout.status();
      if (layout.ok()) {
        layouts[i] = *std::move(layout);
      }
    });
    for (const absl::Status& status : statuses) {
      TSM_RETURN_IF_ERROR(status);
    }
    return layouts;
  }

  // Says in the manifest where everything lies.
  void DescribeVolumes(const std::vector<PackedVolume>& packed, const std::vector<Layout>& layouts) {
    DescribeSegments(packed);
    DescribeFiles(static_cast<uint32_t>(packed.size()));
    manifest().clear_volumes();
    for (const Layout& layout : layouts) {
      VolumeEntry* volume = manifest().add_volumes();
      volume->set_number(static_cast<uint32_t>(manifest().volumes_size()));
      DescribeVolume(layout, volume);
    }
  }

  void DescribeSegments(const std::vector<PackedVolume>& packed) {
    for (PackageEntry* package : packages_) {
      package->clear_segments();
    }
    for (size_t i = 0; i < packed.size(); ++i) {
      for (const PackedSegment& packed_segment : packed[i]) {
        PackageEntry& package = *packages_[packed_segment.pack];
        SegmentEntry* segment = package.add_segments();
        segment->set_volume(static_cast<uint32_t>(i + 1));
        segment->set_path(
            SegmentPath(package.package_id(), package.version(), static_cast<uint32_t>(package.segments_size() - 1)));
        segment->set_first_block(static_cast<uint32_t>(packed_segment.first_block));
        segment->set_block_count(static_cast<uint32_t>(packed_segment.block_count));
      }
    }
  }

  // On a medium of one volume all files are on "all" volumes.
  void DescribeFiles(uint32_t count) {
    manifest().mutable_files()->CopyFrom(first_files_);
    if (count > 1) {
      for (FileEntry& file : *manifest().mutable_files()) {
        file.add_volumes(1);
      }
    }
    DescribeFile(LabelFile());
    for (uint32_t number = 1; number <= count; ++number) {
      for (const MediumFile& file : {IdFile(number), VolumeFile(number, count)}) {
        FileEntry* entry = DescribeFile(file);
        if (count > 1) {
          entry->add_volumes(number);
        }
      }
    }
    SortFiles();
  }

  FileEntry* DescribeFile(const MediumFile& file) {
    FileEntry* entry = manifest().add_files();
    entry->set_path(file.path);
    entry->set_size(file.size);
    entry->set_sha256(DigestOf(std::get<InlineBytes>(file.content).bytes));
    return entry;
  }

  // The manifest is on each volume and describes all of them, so how much else fits on a volume depends on its size,
  // and its size on how the packs are cut. Packing is repeated with a larger manifest until there is room for it.
  absl::Status PlanVolumes() {
    constexpr int kMaxRounds = 20;
    uint32_t count = 1;
    TSM_ASSIGN_OR_RETURN(uint64_t room, EstimateManifestSize(&count));
    for (int round = 0; round < kMaxRounds; ++round) {
      TSM_ASSIGN_OR_RETURN(const std::vector<PackedVolume> packed, Pack(room, count));
      std::vector<VolumeImage> images = ImagesOf(packed, packed.size());
      TSM_ASSIGN_OR_RETURN(std::vector<Layout> layouts, LayOut(images, room));
      DescribeVolumes(packed, layouts);
      const uint64_t size = manifest().ByteSizeLong();
      TSM_RETURN_IF_ERROR(CheckManifestSize(size));
      if (size <= room && packed.size() <= count) {
        if (size < room) {
          TSM_ASSIGN_OR_RETURN(layouts, LayOut(images, size));
          DescribeVolumes(packed, layouts);
        }
        return StoreVolumes(size, std::move(layouts));
      }
      room = std::max(room, size);
      count = std::max(count, static_cast<uint32_t>(packed.size()));
    }
    return absl::InternalError("the number of volumes does not settle");
  }

  // Returns about the size of the manifest, from a rough packing and the structures of the first two volumes: the
  // others are like the second. `count` becomes the number of volumes. For a set both are a little too large, as it
  // costs a round if they are too small.
  absl::StatusOr<uint64_t> EstimateManifestSize(uint32_t* count) {
    constexpr uint32_t kReserve = 512;  // one part in
    const uint64_t without_volumes = manifest().ByteSizeLong();
    TSM_ASSIGN_OR_RETURN(std::vector<PackedVolume> packed, PackRoughly(without_volumes));
    std::vector<VolumeImage> images = ImagesOf(packed, std::min<size_t>(2, packed.size()));
    TSM_ASSIGN_OR_RETURN(const std::vector<Layout> layouts, LayOut(images, without_volumes));
    DescribeVolumes(packed, layouts);
    uint64_t size = manifest().ByteSizeLong();
    if (packed.size() == 1) {
      return size;
    }
    const uint64_t volume_entry = manifest().volumes(1).ByteSizeLong();
    do {
      *count = static_cast<uint32_t>(packed.size());
      TSM_ASSIGN_OR_RETURN(packed, PackRoughly(size + (*count - 2) * volume_entry));
    } while (packed.size() > *count);
    *count += *count / kReserve;
    size += (*count - 2) * volume_entry;
    return size + size / kReserve;
  }

  static absl::Status CheckManifestSize(uint64_t size) {
    return size <= kMaxManifestSize
               ? absl::OkStatus()
               : absl::InvalidArgumentError(absl::StrCat("content: the manifest would have ", size, " bytes; at most ",
                                                         kMaxManifestSize, " are allowed; split the medium"));
  }

  absl::Status StoreVolumes(uint64_t manifest_size, std::vector<Layout> layouts) {
    const uint64_t most = request_.form.volume_size();
    if (most > 0 && std::ranges::any_of(layouts, [most](const Layout& layout) { return layout.size > most; })) {
      return absl::InternalError("a volume was packed too full");
    }
    if (manifest().ByteSizeLong() != manifest_size) {
      return absl::InternalError("the manifest's size depends on its values");
    }
    return StoreLayouts(std::move(layouts), &plan_);
  }

  const PlanRequest& request_;
  MediaPlan plan_;
  std::vector<PackageEntry*> packages_;  // of the manifest, in the order of use
  std::vector<uint64_t> pack_sizes_;     // likewise
  google::protobuf::RepeatedPtrField<FileEntry> first_files_;
  std::vector<MediumFile> files_;  // their content, in the order in which it lies on the volume
  Sha256Digest media_id_;
  VolumeBoot boot_;
};

}  // namespace

absl::StatusOr<MediaPlan> PlanMedia(const PlanRequest& request) { return Planner(request).Run(); }

}  // namespace tsmedia
