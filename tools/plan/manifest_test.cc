#include "tools/plan/manifest.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/sha256.h"
#include "tools/crypto/key_file.h"
#include "tools/crypto/signify.h"
#include "tools/plan/boot.pb.h"
#include "tools/plan/manifest.pb.h"
#include "tools/plan/media.pb.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kNow = 1790000000;

Manifest Good() {
  Manifest manifest;
  manifest.set_context(std::string(kManifestContext));
  manifest.set_media_kind(STANDALONE);
  manifest.mutable_form()->set_format(ISO);
  manifest.set_media_id(std::string(32, 'i'));
  manifest.set_label("BRANCH01");
  PackageEntry* package = manifest.add_packages();
  package->set_package_id("LAB00001");
  package->set_version("1");
  package->set_size(5 * kMiB);
  package->set_block_sha256(std::string(64, 'd'));
  SegmentEntry* segment = package->add_segments();
  segment->set_volume(1);
  segment->set_path("tsmedia/packages/LAB00001/1/payload.00000");
  segment->set_block_count(2);
  FileEntry* file = manifest.add_files();
  file->set_path("boot/vmlinuz");
  file->set_size(1);
  file->set_sha256(std::string(32, 'f'));
  VolumeEntry* volume = manifest.add_volumes();
  volume->set_number(1);
  volume->set_size(8 * kMiB);
  RegionEntry* region = volume->add_structures();
  region->set_name("descriptor");
  region->set_offset(32768);
  region->set_length(2048);
  region->set_sha256(std::string(32, 'r'));
  return manifest;
}

SignifySecretKey Key(const std::string& name) { return *ReadSigningKey("testdata/keys/" + name + ".sec"); }

absl::StatusOr<VerifiedManifest> Open(const std::string& bytes, const std::vector<std::string>& signers,
                                      const Anchors& anchors) {
  std::vector<SignifySignature> signatures;
  for (const std::string& signer : signers) {
    signatures.push_back(Key(signer).Sign(AsBytes(bytes)));
  }
  return OpenManifest(bytes, signatures, anchors, kNow);
}

TEST(ManifestTest, AcceptsWhatATrustedKeySigned) {
  std::string bytes = SerializeCanonical(Good());
  Anchors anchors = AnchorsFor(Key("test_release").public_key());
  absl::StatusOr<VerifiedManifest> verified = Open(bytes, {"test_release"}, anchors);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->manifest.label(), "BRANCH01");
  EXPECT_EQ(verified->digest, Sha256(bytes));
  EXPECT_EQ(MediaIdText(verified->manifest), "69696969696969696969696969696969");
}

TEST(ManifestTest, EverySignatureMustBeOverExactlyTheseBytes) {
  std::string bytes = SerializeCanonical(Good());
  Anchors anchors = AnchorsFor(Key("test_release").public_key());
  SignifySignature signature = Key("test_release").Sign(AsBytes(bytes));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_TRUE(absl::IsPermissionDenied(OpenManifest(damaged, {signature}, anchors, kNow).status())) << i;
  }
  EXPECT_TRUE(absl::IsPermissionDenied(Open(bytes, {"test_other"}, anchors).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(Open(bytes, {}, anchors).status()));
}

TEST(ManifestTest, ThresholdCountsDistinctKeys) {
  std::string bytes = SerializeCanonical(Good());
  Anchors anchors = AnchorsFor(Key("test_release").public_key());
  *anchors.add_anchors() = anchors.anchors(0);  // the same key once more
  anchors.set_threshold(2);
  EXPECT_FALSE(Open(bytes, {"test_release", "test_release"}, anchors).ok());
  *anchors.add_anchors() = AnchorsFor(Key("test_other").public_key()).anchors(0);
  EXPECT_FALSE(Open(bytes, {"test_release", "test_release"}, anchors).ok());
  EXPECT_TRUE(Open(bytes, {"test_release", "test_other"}, anchors).ok());
}

TEST(ManifestTest, AnchorsHaveRolesAnEndAndKinds) {
  std::string bytes = SerializeCanonical(Good());
  const Anchors good = AnchorsFor(Key("test_release").public_key());
  Anchors no_role = good;
  no_role.mutable_anchors(0)->clear_roles();
  EXPECT_THAT(Open(bytes, {"test_release"}, no_role).status().message(), HasSubstr("signature is not valid"));
  Anchors expired = good;
  expired.mutable_anchors(0)->set_not_after(kNow - 1);
  EXPECT_THAT(Open(bytes, {"test_release"}, expired).status().message(), HasSubstr("signature is not valid"));
  Anchors other_kind = good;
  other_kind.clear_media_kinds();
  other_kind.add_media_kinds(CAPTURE);
  EXPECT_THAT(Open(bytes, {"test_release"}, other_kind).status().message(),
              HasSubstr("not made for stand-alone media"));
  Anchors no_test_keys = good;
  no_test_keys.set_accept_test_keys(false);
  EXPECT_THAT(Open(bytes, {"test_release"}, no_test_keys).status().message(), HasSubstr("TEST-ONLY"));
}

TEST(ManifestTest, RefusesOtherFormsAndInconsistentContent) {
  struct Case {
    void (*change)(Manifest&);
    const char* message;
  };
  const Case cases[] = {
      {[](Manifest& m) { m.set_context("tsmedia/volume/v1"); }, "context"},
      {[](Manifest& m) { m.set_media_id("short"); }, "media ID"},
      {[](Manifest& m) { m.clear_media_kind(); }, "kind of media"},
      {[](Manifest& m) { *m.add_packages() = m.packages(0); }, "ascend"},
      {[](Manifest& m) { m.mutable_packages(0)->set_package_id("x"); }, "package ID"},
      {[](Manifest& m) { m.mutable_packages(0)->set_size(9 * kMiB); }, "one digest for each block"},
      {[](Manifest& m) { m.mutable_packages(0)->set_size(UINT64_MAX); }, "one digest for each block"},
      {[](Manifest& m) { m.mutable_packages(0)->mutable_segments(0)->set_block_count(1); }, "segments of package"},
      {[](Manifest& m) { m.mutable_packages(0)->mutable_segments(0)->set_volume(2); }, "out of place"},
      {[](Manifest& m) { m.mutable_packages(0)->mutable_segments(0)->set_path("../x"); }, "no path of a medium"},
      {[](Manifest& m) { m.mutable_files(0)->set_path("/boot"); }, "no path of a medium"},
      {[](Manifest& m) { m.mutable_files(0)->set_path("a\\b"); }, "no path of a medium"},
      {[](Manifest& m) { m.mutable_files(0)->set_sha256("x"); }, "digest"},
      {[](Manifest& m) { *m.add_files() = m.files(0); }, "out of order"},
      {[](Manifest& m) { m.mutable_files(0)->add_volumes(7); }, "volumes are wrong"},
      {[](Manifest& m) { m.clear_volumes(); }, "number of volumes"},
      {[](Manifest& m) { m.mutable_volumes(0)->set_number(2); }, "numbered from 1"},
      {[](Manifest& m) { m.mutable_volumes(0)->mutable_structures(0)->set_offset(UINT64_MAX); }, "out of place"},
      {[](Manifest& m) { m.mutable_volumes(0)->mutable_structures(0)->set_length(UINT64_MAX); }, "out of place"},
      {[](Manifest& m) { *m.mutable_volumes(0)->add_structures() = m.volumes(0).structures(0); }, "out of place"},
  };
  for (const Case& c : cases) {
    Manifest manifest = Good();
    c.change(manifest);
    EXPECT_THAT(ParseManifest(SerializeCanonical(manifest)).status().message(), HasSubstr(c.message));
  }
  std::string bytes = SerializeCanonical(Good());
  EXPECT_THAT(ParseManifest(bytes + bytes).status().message(), HasSubstr("not canonical"));
  EXPECT_THAT(ParseManifest("").status().message(), HasSubstr("not a media manifest"));
}

TEST(AnchorsTest, AreCheckedWhenRead) {
  Anchors good = AnchorsFor(Key("test_release").public_key());
  EXPECT_TRUE(ReadAnchors(SerializeCanonical(good)).ok());
  Anchors no_threshold = good;
  no_threshold.set_threshold(0);
  EXPECT_THAT(ReadAnchors(SerializeCanonical(no_threshold)).status().message(), HasSubstr("threshold"));
  Anchors short_key = good;
  short_key.mutable_anchors(0)->set_public_key("x");
  EXPECT_THAT(ReadAnchors(SerializeCanonical(short_key)).status().message(), HasSubstr("32 bytes"));
}

}  // namespace
}  // namespace tsmedia
