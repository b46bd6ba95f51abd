#include "tools/plan/planner.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
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
#include "tools/plan/media_content.h"
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
  // Every structure byte of the layout is in exactly one region of the manifest.
  uint64_t in_layout = 0;
  for (const Extent& extent : layout->extents) {
    in_layout += extent.structure ? extent.length : 0;
  }
  uint64_t in_manifest = 0;
  for (const RegionEntry& region : parsed->volumes(0).structures()) {
    in_manifest += region.length();
  }
  EXPECT_EQ(in_manifest, in_layout);
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
