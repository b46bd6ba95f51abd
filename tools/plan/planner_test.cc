#include "tools/plan/planner.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/extent.h"
#include "tools/base/sha256.h"
#include "tools/content/pack_info.h"
#include "tools/plan/manifest.h"
#include "tools/plan/manifest_writer.h"
#include "tools/plan/media.pb.h"
#include "tools/plan/media_content.h"
#include "tools/plan/medium_paths.h"
#include "tools/plan/plan_file.h"
#include "tools/plan/volume_packing.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

constexpr char kSequence[] = "a task sequence";

PackInfo Pack(const std::string& id, uint64_t size, char digest = 'd') {
  PackInfo info;
  info.set_context(std::string(kPackInfoContext));
  info.set_package_id(id);
  info.set_version("1");
  info.set_kind("package");
  info.set_stored_size(size);
  info.set_block_sha256(std::string((size + kBlockSize - 1) / kBlockSize * 32, digest));
  return info;
}

BootFile File(const std::string& path, BootFileRole role, const std::string& content) {
  BootFile file;
  file.set_path(path);
  file.set_role(role);
  file.set_size(content.size());
  file.set_sha256(std::string(DigestText(Sha256(content))));
  return file;
}

PlanRequest Request() {
  PlanRequest request;
  request.form.set_format(ISO);
  request.content.definition.target = "//x:medium";
  request.content.definition.label = "BRANCH01";
  request.content.definition.arch = "x86_64";
  request.content.definition.variables = {{"OSDTimeZone", "UTC"}};
  request.content.packages = {{Pack("LAB00002", 5 * kMiB), "content -> LAB00002"},
                              {Pack("LAB00001", 1), "content -> LAB00001"}};
  request.content.sequence = kSequence;
  request.boot.set_boot_image_id(std::string(32, 'b'));
  *request.boot.add_files() = File("EFI/BOOT/BOOTX64.EFI", EFI_BINARY, "shim");
  *request.boot.add_files() = File("boot/initrd.0", INITRD, "initrd");
  *request.boot.add_files() = File("boot/vmlinuz", KERNEL, "kernel");
  return request;
}

MediaPlan Plan(const PlanRequest& request) {
  absl::StatusOr<MediaPlan> plan = PlanMedia(request);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? *std::move(plan) : MediaPlan();
}

std::string IdOf(const PlanRequest& request) { return Plan(request).manifest().media_id(); }

TEST(PlannerTest, EqualRequestsGiveEqualPlansThatAreRead) {
  std::string bytes = SerializeCanonical(Plan(Request()));
  EXPECT_EQ(bytes, SerializeCanonical(Plan(Request())));
  absl::StatusOr<MediaPlan> read = ParsePlan(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(SerializeCanonical(*read), bytes);
}

TEST(PlannerTest, PackagesLieInTheOrderOfUse) {
  MediaPlan plan = Plan(Request());
  std::vector<std::string> regions;
  for (const PlanExtent& extent : plan.volumes(0).extents()) {
    if (extent.region().starts_with("file /tsmedia/packages/")) {
      regions.push_back(extent.region());
    }
  }
  EXPECT_THAT(regions, ::testing::ElementsAre("file /tsmedia/packages/LAB00002/1/payload.00000",
                                              "file /tsmedia/packages/LAB00001/1/payload.00000"));
  EXPECT_EQ(plan.manifest().packages(0).package_id(), "LAB00001") << "the manifest is in the order of IDs";
}

TEST(PlannerTest, LargePackagesAreCutIntoSegmentsBelow2GiB) {
  PlanRequest request = Request();
  request.content.packages = {{Pack("LAB00001", 5 * kGiB + 7), "content -> LAB00001"}};
  MediaPlan plan = Plan(request);
  const PackageEntry& package = plan.manifest().packages(0);
  ASSERT_EQ(package.segments_size(), 3);
  EXPECT_EQ(package.segments(2).path(), "tsmedia/packages/LAB00001/1/payload.00002");
  EXPECT_EQ(package.segments(1).first_block(), kMaxSegmentBlocks);
  uint64_t total = 0;
  for (const PlanExtent& extent : plan.volumes(0).extents()) {
    if (extent.region().starts_with("file /tsmedia/packages/")) {
      EXPECT_LT(extent.length(), 2 * kGiB);
      EXPECT_EQ(extent.slice().offset(), total);
      total += extent.length();
    }
  }
  EXPECT_EQ(total, 5 * kGiB + 7);
}

TEST(PlannerTest, TheIdIsThatOfTheContent) {
  const std::string id = IdOf(Request());
  const std::map<std::string, void (*)(PlanRequest&)> changes = {
      {"label", [](PlanRequest& r) { r.content.definition.label = "BRANCH02"; }},
      {"validity", [](PlanRequest& r) { r.content.definition.not_after = 1; }},
      {"variable", [](PlanRequest& r) { r.content.definition.variables["OSDTimeZone"] = "CET"; }},
      {"package", [](PlanRequest& r) { r.content.packages[1].info = Pack("LAB00001", 1, 'e'); }},
      {"sequence", [](PlanRequest& r) { r.content.sequence += "x"; }},
      {"boot file", [](PlanRequest& r) { r.boot.mutable_files(1)->set_sha256(std::string(32, 'x')); }},
      {"boot image", [](PlanRequest& r) { r.boot.set_boot_image_id(std::string(32, 'x')); }},
      {"build root", [](PlanRequest& r) { r.content.definition.build_root = "other"; }},
  };
  for (const auto& [what, change] : changes) {
    PlanRequest request = Request();
    change(request);
    EXPECT_NE(IdOf(request), id) << what;
  }
  PlanRequest other_name = Request();
  other_name.content.definition.target = "//y:medium";
  EXPECT_EQ(IdOf(other_name), id) << "what a target is called is not on the medium";
}

// The request of a protected medium whose ciphertext is what it is, whatever the plaintext.
PlanRequest SealedRequest() {
  PlanRequest request = Request();
  SealedContent& sealed = request.sealed.emplace();
  sealed.recipient = std::string(32, 'r');
  for (const ResolvedPackage& package : request.content.packages) {
    sealed.packs[package.info.package_id()] = {9 * kMiB, std::string(3 * 32, 's')};
  }
  for (const char* path : {"tsmedia/identity.age", "tsmedia/inventory.binpb.age", "tsmedia/sequence.binpb.age",
                           "tsmedia/variables.binpb.age"}) {
    sealed.files[path] = {5000, Sha256(path)};
  }
  return request;
}

TEST(PlannerTest, SealedContentTakesThePlaceOfThePlain) {
  MediaPlan plan = Plan(SealedRequest());
  const Manifest& manifest = plan.manifest();
  EXPECT_EQ(manifest.recipient(), std::string(32, 'r'));
  EXPECT_EQ(manifest.packages(0).size(), 9 * kMiB);
  EXPECT_EQ(manifest.packages(0).block_sha256(), std::string(3 * 32, 's'));
  std::vector<std::string> paths;
  for (const FileEntry& file : manifest.files()) {
    if (file.path().starts_with("tsmedia/") && !file.path().starts_with("tsmedia/id/")) {
      paths.push_back(file.path());
    }
  }
  EXPECT_THAT(
      paths, ::testing::ElementsAre("tsmedia/identity.age", "tsmedia/inventory.binpb.age", "tsmedia/sequence.binpb.age",
                                    "tsmedia/variables.binpb.age", "tsmedia/volume.binpb"));
  PlanRequest incomplete = SealedRequest();
  incomplete.sealed->packs.erase("LAB00001");
  EXPECT_THAT(std::string(PlanMedia(incomplete).status().message()), HasSubstr("package LAB00001 was not sealed"));
}

TEST(PlannerTest, NothingInClearDependsOnWhatIsSealed) {
  const std::string expected = SerializeCanonical(Plan(SealedRequest()));
  const std::map<std::string, void (*)(PlanRequest&)> changes = {
      {"variable", [](PlanRequest& r) { r.content.definition.variables["OSDTimeZone"] = "CET"; }},
      {"package", [](PlanRequest& r) { r.content.packages[1].info = Pack("LAB00001", 7, 'e'); }},
      {"name", [](PlanRequest& r) { r.content.packages[1].info.set_display_name("Secret project"); }},
      {"reason", [](PlanRequest& r) { r.content.packages[1].reason = "secret -> LAB00001"; }},
      {"sequence", [](PlanRequest& r) { r.content.sequence += "x"; }},
      {"prestart", [](PlanRequest& r) { r.content.definition.prestart = Prestart{"LAB00001", "secret"}; }},
      {"install command", [](PlanRequest& r) { r.content.install_commands["LAB00001"] = "secret"; }},
      {"dependency", [](PlanRequest& r) { r.content.dependencies["LAB00001"] = {"LAB00002"}; }},
  };
  for (const auto& [what, change] : changes) {
    PlanRequest request = SealedRequest();
    change(request);
    EXPECT_EQ(SerializeCanonical(Plan(request)), expected) << what;
  }
}

TEST(PlannerTest, TheFinishedManifestIsAsLongAsThePlanSaysAndListsTheStructures) {
  MediaPlan plan = Plan(Request());
  auto open = [](const std::string& name) -> absl::StatusOr<std::shared_ptr<const ByteSource>> {
    EXPECT_EQ(name, "boot/EFI/BOOT/BOOTX64.EFI") << "no other input is part of a structure";
    return std::make_shared<MemorySource>("shim");
  };
  absl::StatusOr<std::string> manifest = CompleteManifest(plan, open);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  auto input = std::ranges::find(plan.inputs(), "manifest", [](const PlanInput& i) { return i.name(); });
  ASSERT_NE(input, plan.inputs().end());
  EXPECT_EQ(manifest->size(), input->size());
  absl::StatusOr<Manifest> parsed = ParseManifest(*manifest);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  absl::StatusOr<Layout> layout = LoadLayout(plan, 1);
  ASSERT_TRUE(layout.ok());
  for (const RegionEntry& region : parsed->volumes(0).structures()) {
    EXPECT_NE(region.sha256(), std::string(32, '\0')) << region.name();
  }
  // Every structure byte of the layout is in exactly one region of the manifest, and no byte of a file is in one.
  for (const Extent& extent : layout->extents) {
    const auto holds = [&](const RegionEntry& region) {
      return region.name() == extent.region && region.offset() <= extent.offset &&
             extent.offset + extent.length <= region.offset() + region.length();
    };
    const auto touches = [&](const RegionEntry& region) {
      return extent.offset < region.offset() + region.length() && region.offset() < extent.offset + extent.length;
    };
    const auto& regions = parsed->volumes(0).structures();
    EXPECT_EQ(std::ranges::count_if(regions, holds), extent.structure ? 1 : 0) << extent.region;
    EXPECT_EQ(std::ranges::count_if(regions, touches), extent.structure ? 1 : 0) << extent.region;
  }
}

// ---- Sets -----------------------------------------------------------------------------------------------------------

PlanRequest SetRequest(uint64_t volume_size, std::vector<uint64_t> sizes) {
  PlanRequest request = Request();
  request.form.set_volume_size(volume_size);
  request.content.packages.clear();
  for (size_t i = 0; i < sizes.size(); ++i) {
    request.content.packages.push_back({Pack(absl::StrFormat("LAB%05d", i), sizes[i]), "content"});
  }
  return request;
}

// The directories of packages are described together: a set's manifest, which is on each disc, would grow with every
// package on every disc otherwise.
TEST(PlannerTest, DirectoriesOfPackagesAreOneRegion) {
  absl::StatusOr<MediaPlan> few = PlanMedia(SetRequest(0, std::vector<uint64_t>(10, kMiB)));
  absl::StatusOr<MediaPlan> many = PlanMedia(SetRequest(0, std::vector<uint64_t>(500, kMiB)));
  ASSERT_TRUE(few.ok()) << few.status();
  ASSERT_TRUE(many.ok()) << many.status();
  EXPECT_EQ(many->manifest().volumes(0).structures_size(), few->manifest().volumes(0).structures_size());
}

TEST(PlannerTest, SetsPutEachByteOfEachPackOnOneVolumeAndFillTheVolumes) {
  const std::vector<uint64_t> sizes = {100 * kMiB + 5, 10, 3 * kMiB, 40 * kMiB, 700, 9 * kMiB, 64 * kMiB};
  const uint64_t volume_size = 30 * kMiB;
  MediaPlan plan = Plan(SetRequest(volume_size, sizes));
  ASSERT_GE(plan.volumes_size(), 8);
  std::map<std::string, uint64_t> next;  // where the next slice of a pack has to begin
  for (const VolumePlan& volume : plan.volumes()) {
    EXPECT_LE(volume.size(), volume_size);
    EXPECT_EQ(volume.size() % 2048, 0u);
    if (volume.number() < static_cast<uint32_t>(plan.volumes_size())) {
      EXPECT_LT(volume_size - volume.size(), kBlockSize) << "volume " << volume.number();
    }
    for (const PlanExtent& extent : volume.extents()) {
      if (extent.region().starts_with("file /tsmedia/packages/")) {
        const std::string& input = plan.inputs(static_cast<int>(extent.slice().input())).name();
        EXPECT_EQ(extent.slice().offset(), next[input]) << input;
        EXPECT_EQ(extent.slice().offset() % kBlockSize, 0u);
        next[input] += extent.length();
      }
    }
  }
  for (size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_EQ(next[absl::StrFormat("pack/LAB%05d/1", i)], sizes[i]);
  }
}

TEST(PlannerTest, VolumesOfASetSayWhichTheyAreAndOnlyTheFirstBoots) {
  MediaPlan plan = Plan(SetRequest(30 * kMiB, {60 * kMiB}));
  ASSERT_EQ(plan.volumes_size(), 3);
  const Manifest& manifest = plan.manifest();
  std::map<std::string, std::vector<std::vector<uint32_t>>> volumes;  // of the entries of each path
  for (const FileEntry& file : manifest.files()) {
    volumes[file.path()].push_back({file.volumes().begin(), file.volumes().end()});
  }
  using Volumes = std::vector<std::vector<uint32_t>>;
  EXPECT_EQ(volumes["boot/vmlinuz"], Volumes({{1}}));
  EXPECT_EQ(volumes["boot/grub/grub.cfg"], Volumes({{1}}));
  EXPECT_EQ(volumes["tsmedia/sequence.binpb"], Volumes({{1}}));
  EXPECT_EQ(volumes["MediaLabel.txt"], Volumes({{}}));
  EXPECT_EQ(volumes["tsmedia/volume.binpb"], Volumes({{1}, {2}, {3}}));
  EXPECT_EQ(volumes["tsmedia/id/" + MediaIdText(manifest) + "-3"], Volumes({{3}}));
  for (const VolumePlan& volume : plan.volumes()) {
    const auto has = [&](std::string_view region) {
      return std::ranges::any_of(volume.extents(), [&](const PlanExtent& e) { return e.region() == region; });
    };
    EXPECT_EQ(has("primary GPT"), volume.number() == 1);
    EXPECT_EQ(has("file /boot/vmlinuz"), volume.number() == 1);
    EXPECT_TRUE(has("file /tsmedia/manifest.binpb"));
    EXPECT_TRUE(has("file /tsmedia/manifest.binpb.sig"));
    EXPECT_TRUE(has("file /tsmedia/volume.binpb"));
  }
  EXPECT_EQ(VolumeFileName("Branch 1/2", 2, 3), "Branch_1_2_2of3.iso");
}

TEST(PlannerTest, EqualSetsWhateverTheVolumeSizeAreDifferentMedia) {
  EXPECT_NE(IdOf(SetRequest(30 * kMiB, {60 * kMiB})), IdOf(SetRequest(31 * kMiB, {60 * kMiB})));
}

TEST(PlannerTest, BootPartsThatDoNotFitAreAnErrorWithTheNumbers) {
  const absl::Status status = PlanMedia(SetRequest(kMiB, {60 * kMiB})).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_THAT(status.message(), HasSubstr("volume_size: a volume of 1048576 bytes"));
}

// ---- Drives ---------------------------------------------------------------------------------------------------------

std::vector<std::string> Regions(const MediaPlan& plan) {
  std::vector<std::string> regions;
  for (const PlanExtent& extent : plan.volumes(0).extents()) {
    if (regions.empty() || regions.back() != extent.region()) {
      regions.push_back(extent.region());
    }
  }
  return regions;
}

PlanRequest DriveRequest(uint32_t sector_size) {
  PlanRequest request = Request();
  request.form.set_format(USB);
  request.form.set_sector_size(sector_size);
  return request;
}

TEST(PlannerTest, ADriveHoldsAllFilesOnceAndNothingOverlaps) {
  for (const uint32_t sector_size : {512u, 4096u}) {
    for (const bool data_partition : {false, true}) {
      PlanRequest request = DriveRequest(sector_size);
      request.form.set_data_partition(data_partition);
      MediaPlan plan = Plan(request);
      ASSERT_EQ(plan.volumes_size(), 1);
      EXPECT_EQ(plan.volumes(0).size() % kMiB, 0u);
      const std::vector<std::string> regions = Regions(plan);
      for (const FileEntry& file : plan.manifest().files()) {
        EXPECT_THAT(regions, ::testing::Contains("file /" + file.path()));
      }
      EXPECT_THAT(regions, ::testing::Contains("file /tsmedia/packages/LAB00001/1/payload.00000"));
      EXPECT_EQ(regions.front(), "protective MBR");
      EXPECT_EQ(regions.back(), "backup GPT");
      const bool has_data = std::ranges::count(regions, "data partition: FAT boot sector") > 0;
      EXPECT_EQ(has_data, data_partition);
    }
  }
}

TEST(PlannerTest, APackThatGrowsALittleMovesNothing) {
  const auto places = [](uint64_t size) {
    PlanRequest request = DriveRequest(512);
    request.content.packages = {{Pack("LAB00001", size), "content"}, {Pack("LAB00002", 10 * kMiB), "content"}};
    const MediaPlan plan = Plan(request);
    std::map<std::string, uint64_t> offsets;
    for (const PlanExtent& extent : plan.volumes(0).extents()) {
      if (extent.region().starts_with("file /")) {
        offsets[extent.region()] = extent.offset();
      }
    }
    return offsets["file /tsmedia/packages/LAB00002/1/payload.00000"];
  };
  EXPECT_EQ(places(100 * kMiB + 1), places(103 * kMiB));
}

TEST(PlannerTest, FormsOfOneDefinitionAreDifferentMedia) {
  std::set<std::string> ids = {IdOf(Request()), IdOf(DriveRequest(512)), IdOf(DriveRequest(4096))};
  PlanRequest other = DriveRequest(512);
  other.form.set_data_partition(true);
  ids.insert(IdOf(other));
  EXPECT_EQ(ids.size(), 4u);
  // The packages are the same to the byte.
  EXPECT_EQ(Plan(other).manifest().packages(0).block_sha256(), Plan(Request()).manifest().packages(0).block_sha256());
}

TEST(PlannerTest, ContentThatNoFat32HoldsIsRefused) {
  PlanRequest request = DriveRequest(512);
  request.content.packages = {{Pack("LAB00001", 3 * kTiB), "content"}};
  EXPECT_THAT(PlanMedia(request).status().message(), HasSubstr("FAT32 ends at 2 TiB with sectors of 512 bytes"));
  request.form.set_sector_size(4096);
  EXPECT_GT(Plan(request).volumes(0).size(), 3 * kTiB);
}

TEST(PlannerTest, BrokenDefinitionsAreRefused) {
  PlanRequest request = Request();
  request.content.definition.label = "";
  EXPECT_THAT(PlanMedia(request).status().message(), HasSubstr("label: "));
}

TEST(PlanFileTest, RefusesDamagedPlans) {
  struct Case {
    void (*change)(MediaPlan&);
    const char* message;
  };
  const Case cases[] = {
      {[](MediaPlan& p) { p.set_context("x"); }, "context"},
      {[](MediaPlan& p) { p.mutable_inputs(0)->set_size(0); }, "beyond the end of input"},
      {[](MediaPlan& p) { p.clear_inputs(); }, "there are 0"},
      {[](MediaPlan& p) { p.mutable_volumes(0)->set_size(1); }, "plan is damaged"},
      {[](MediaPlan& p) { p.mutable_volumes(0)->mutable_extents(0)->clear_content(); }, "no content"},
      {[](MediaPlan& p) { p.mutable_volumes(0)->mutable_extents(1)->set_offset(0); }, "plan is damaged"},
      {[](MediaPlan& p) { p.mutable_volumes(0)->mutable_extents(1)->set_length(UINT64_MAX); }, "plan is damaged"},
  };
  for (const Case& c : cases) {
    MediaPlan plan = Plan(Request());
    c.change(plan);
    EXPECT_THAT(ParsePlan(SerializeCanonical(plan)).status().message(), HasSubstr(c.message));
  }
  EXPECT_TRUE(absl::IsNotFound(LoadLayout(Plan(Request()), 2).status()));
}

}  // namespace
}  // namespace tsmedia
