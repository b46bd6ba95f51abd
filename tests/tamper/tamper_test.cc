// Every byte of an image counts: a real medium with one bit flipped, anywhere, is refused, and the region that the plan
// has at that place is named. The image is read through an overlay, so that thousands of tampered media cost no disk.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/repeated_field.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/extent.h"
#include "tools/base/render.h"
#include "tools/crypto/key_file.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"
#include "tools/medium/verify.h"
#include "tools/plan/manifest.h"
#include "tools/plan/manifest.pb.h"
#include "tools/plan/plan.pb.h"
#include "tools/plan/plan_file.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

constexpr char kPublicKey[] = "testdata/keys/test_release.pub";
constexpr int kSeededFlips = 2000;
constexpr int kThreads = 2;
// Within the validity of the medium; tests don't depend on the clock.
constexpr int64_t kNow = 1790000000;

// A source with other bytes in some places.
class Overlay : public ByteSource {
 public:
  explicit Overlay(std::shared_ptr<const ByteSource> base) : base_(std::move(base)), size_(base_->size()) {}

  void Replace(uint64_t offset, std::string bytes) { patches_.emplace_back(offset, std::move(bytes)); }
  void Resize(uint64_t size) { size_ = size; }

  uint64_t size() const override { return size_; }
  const std::string& name() const override { return base_->name(); }

 private:
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override {
    std::fill(out.begin(), out.end(), 0);
    if (offset < base_->size()) {
      uint64_t count = std::min<uint64_t>(out.size(), base_->size() - offset);
      if (absl::Status status = base_->ReadAt(offset, out.first(count)); !status.ok()) {
        return status;
      }
    }
    for (const auto& [start, bytes] : patches_) {
      for (size_t i = 0; i < bytes.size(); ++i) {
        if (start + i >= offset && start + i - offset < out.size()) {
          out[start + i - offset] = static_cast<uint8_t>(bytes[i]);
        }
      }
    }
    return absl::OkStatus();
  }

  std::shared_ptr<const ByteSource> base_;
  uint64_t size_;
  std::vector<std::pair<uint64_t, std::string>> patches_;
};

// What verify says about an image: "" if it is intact, else everything that it names.
std::string Verdict(std::shared_ptr<const ByteSource> image, const Anchors& anchors) {
  absl::StatusOr<MediumViews> views = OpenMediumImage(std::move(image), /*is_device=*/false);
  if (!views.ok()) {
    return std::string(views.status().message());
  }
  absl::StatusOr<OpenedMedium> opened = AcceptMedium(*std::move(views), anchors, kNow);
  if (!opened.ok()) {
    return std::string(opened.status().message());
  }
  absl::StatusOr<VerifyResult> result = VerifyMedium(*opened->medium, opened->accepted, kThreads, nullptr);
  if (!result.ok()) {
    return std::string(result.status().message());
  }
  std::string verdict;
  for (const Finding& finding : result->findings) {
    absl::StrAppend(&verdict, finding.region, ": ", finding.problem, "\n");
  }
  return verdict;
}

std::string ImagePath(const std::string& name) {
  return absl::StrCat("tests/tamper/", name, name.ends_with("drive") ? ".img" : ".iso");
}

// The parameter is the name of a medium, in clear or protected, of discs or a drive; there is another one that differs
// in a value.
class TamperTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<FileSource>> file = FileSource::Open(ImagePath(GetParam()));
    ASSERT_TRUE(file.ok()) << file.status();
    // In memory: the overlay is read thousands of times.
    absl::StatusOr<std::string> bytes = (*file)->ReadString(0, (*file)->size());
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    image_ = std::make_shared<MemorySource>(*std::move(bytes), "medium.iso");
    absl::StatusOr<MediaPlan> plan = ReadPlan(absl::StrCat("tests/tamper/", GetParam(), ".plan.binpb"));
    ASSERT_TRUE(plan.ok()) << plan.status();
    absl::StatusOr<Layout> layout = LoadLayout(*plan, 1);
    ASSERT_TRUE(layout.ok()) << layout.status();
    layout_ = *std::move(layout);
    structures_ = plan->manifest().volumes(0).structures();
    absl::StatusOr<SignifyPublicKey> key = ReadPublicKey(kPublicKey);
    ASSERT_TRUE(key.ok()) << key.status();
    anchors_ = AnchorsFor(*key);
  }

  void ExpectNamed(uint64_t offset, int bit) const {
    auto overlay = std::make_shared<Overlay>(image_);
    std::string byte = *image_->ReadString(offset, 1);
    byte[0] = static_cast<char>(byte[0] ^ (1 << bit));
    overlay->Replace(offset, byte);
    const std::string verdict = Verdict(overlay, anchors_);
    const std::string region = RegionOf(offset);
    if (IsOnlyWay(region)) {
      EXPECT_NE(verdict, "") << "bit " << bit << " of byte " << offset;
    } else {
      EXPECT_THAT(verdict, HasSubstr(region)) << "bit " << bit << " of byte " << offset;
    }
  }

  // The padding between neighbouring directories belongs to their region.
  std::string RegionOf(uint64_t offset) const {
    const auto structure = std::ranges::find_if(structures_, [offset](const RegionEntry& region) {
      return region.offset() <= offset && offset - region.offset() < region.length();
    });
    return structure != structures_.end() ? structure->name() : RegionAt(layout_, offset).name;
  }

  // Whether nothing else leads to the manifest, which may then be out of reach. (An ISO has two trees of directories.)
  static bool IsOnlyWay(const std::string& region) {
    return region.starts_with("EFI system partition: FAT") || region == "EFI system partition: file allocation table 1";
  }

  std::shared_ptr<const ByteSource> image_;
  Layout layout_;
  google::protobuf::RepeatedPtrField<RegionEntry> structures_;
  Anchors anchors_;
};

TEST_P(TamperTest, TheMediumIsIntactAndAsThePlanSays) {
  EXPECT_EQ(Verdict(image_, anchors_), "");
  EXPECT_EQ(image_->size(), layout_.size);
}

TEST_P(TamperTest, FirstMiddleAndLastBitOfEveryRegion) {
  for (const Extent& extent : layout_.extents) {
    if (extent.length == 0) {
      continue;
    }
    ExpectNamed(extent.offset, 0);
    ExpectNamed(extent.offset + extent.length / 2, 3);
    ExpectNamed(extent.offset + extent.length - 1, 7);
  }
}

TEST_P(TamperTest, PaddingBehindEveryRegion) {
  uint64_t end = 0;
  for (const Extent& extent : layout_.extents) {
    if (extent.offset > end && end > 0) {
      ExpectNamed(end, 0);
      ExpectNamed(extent.offset - 1, 7);
    }
    end = extent.offset + extent.length;
  }
  if (end < image_->size()) {  // a drive ends with its partition table
    ExpectNamed(end, 1);
    ExpectNamed(image_->size() - 1, 7);
  }
}

TEST_P(TamperTest, SeededFlips) {
  std::mt19937_64 random(20260101);
  for (int i = 0; i < kSeededFlips; ++i) {
    ExpectNamed(random() % image_->size(), static_cast<int>(random() % 8));
  }
}

TEST_P(TamperTest, TruncatedAnywhere) {
  for (uint64_t size :
       {image_->size() - 1, image_->size() - 2048, image_->size() / 2, uint64_t{40000}, uint64_t{1000}, uint64_t{0}}) {
    auto overlay = std::make_shared<Overlay>(image_);
    overlay->Resize(size);
    EXPECT_NE(Verdict(overlay, anchors_), "") << size;
  }
}

TEST_P(TamperTest, AppendedData) {
  for (uint64_t more : {uint64_t{1}, uint64_t{2048}, kMiB}) {
    auto overlay = std::make_shared<Overlay>(image_);
    overlay->Resize(image_->size() + more);
    EXPECT_THAT(Verdict(overlay, anchors_), HasSubstr("follow the end of the image")) << more;
  }
}

TEST_P(TamperTest, SwappedPayloads) {
  std::vector<const Extent*> payloads;
  for (const Extent& extent : layout_.extents) {
    if (extent.region.starts_with("file /tsmedia/packages/")) {
      payloads.push_back(&extent);
    }
  }
  ASSERT_GE(payloads.size(), 2u);
  uint64_t length = std::min(payloads[0]->length, payloads[1]->length);
  auto overlay = std::make_shared<Overlay>(image_);
  overlay->Replace(payloads[0]->offset, *image_->ReadString(payloads[1]->offset, length));
  overlay->Replace(payloads[1]->offset, *image_->ReadString(payloads[0]->offset, length));
  std::string verdict = Verdict(overlay, anchors_);
  EXPECT_THAT(verdict, HasSubstr(payloads[0]->region));
  EXPECT_THAT(verdict, HasSubstr(payloads[1]->region));
}

TEST_P(TamperTest, FilesOfAnotherMedium) {
  absl::StatusOr<MediaPlan> other_plan = ReadPlan(absl::StrCat("tests/tamper/other_", GetParam(), ".plan.binpb"));
  ASSERT_TRUE(other_plan.ok()) << other_plan.status();
  absl::StatusOr<Layout> other_layout = LoadLayout(*other_plan, 1);
  ASSERT_TRUE(other_layout.ok());
  absl::StatusOr<std::unique_ptr<FileSource>> other = FileSource::Open(ImagePath("other_" + GetParam()));
  ASSERT_TRUE(other.ok()) << other.status();
  // The media differ in values of equal length: their files lie at the same places and have the same sizes.
  int different = 0;
  for (size_t i = 0; i < layout_.extents.size(); ++i) {
    const Extent& mine = layout_.extents[i];
    const Extent& theirs = other_layout->extents[i];
    ASSERT_EQ(mine.offset, theirs.offset);
    ASSERT_EQ(mine.length, theirs.length);
    const std::string bytes = *(*other)->ReadString(theirs.offset, theirs.length);
    if (mine.region != theirs.region || bytes == *image_->ReadString(mine.offset, mine.length)) {
      continue;
    }
    ++different;
    auto overlay = std::make_shared<Overlay>(image_);
    overlay->Replace(mine.offset, bytes);
    EXPECT_THAT(Verdict(overlay, anchors_), HasSubstr(mine.region));
  }
  EXPECT_GT(different, 3);
}

TEST_P(TamperTest, ManifestOfAnotherMedium) {
  absl::StatusOr<MediaPlan> other_plan = ReadPlan(absl::StrCat("tests/tamper/other_", GetParam(), ".plan.binpb"));
  ASSERT_TRUE(other_plan.ok()) << other_plan.status();
  absl::StatusOr<std::unique_ptr<FileSource>> other = FileSource::Open(ImagePath("other_" + GetParam()));
  ASSERT_TRUE(other.ok()) << other.status();
  auto overlay = std::make_shared<Overlay>(image_);
  absl::StatusOr<Layout> other_layout = LoadLayout(*other_plan, 1);
  ASSERT_TRUE(other_layout.ok());
  int replaced = 0;
  for (const char* region : {"file /tsmedia/manifest.binpb", "file /tsmedia/manifest.binpb.sig"}) {
    auto is_region = [&](const Extent& extent) { return extent.region == region; };
    auto mine = std::ranges::find_if(layout_.extents, is_region);
    auto theirs = std::ranges::find_if(other_layout->extents, is_region);
    ASSERT_NE(mine, layout_.extents.end());
    ASSERT_NE(theirs, other_layout->extents.end());
    // The two media differ in one value of equal length, so their manifests have one size and fit each other's place.
    ASSERT_EQ(mine->length, theirs->length);
    overlay->Replace(mine->offset, *(*other)->ReadString(theirs->offset, theirs->length));
    ++replaced;
  }
  EXPECT_EQ(replaced, 2);
  EXPECT_THAT(Verdict(overlay, anchors_), HasSubstr("/tsmedia/volume.binpb"));
}

INSTANTIATE_TEST_SUITE_P(Media, TamperTest, ::testing::Values("medium", "protected", "drive"),
                         [](const ::testing::TestParamInfo<std::string>& info) { return info.param; });

}  // namespace
}  // namespace tsmedia
