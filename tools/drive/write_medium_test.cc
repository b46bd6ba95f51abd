#include "tools/drive/write_medium.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/agent/sample_medium.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/extent.h"
#include "tools/base/layout_source.h"
#include "tools/base/render.h"
#include "tools/drive/memory_target.h"
#include "tools/gpt/gpt.h"
#include "tools/gpt/gpt_layout.h"
#include "tools/iso9660/iso_layout.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr uint64_t kImageEnd = 40 * kKiB;  // room for a backup GPT behind an image
constexpr uint64_t kSpare = 50 * 512;      // what the device is larger than the image

// Bytes that look random, another sequence for each seed.
std::string Noise(size_t size, uint32_t seed) {
  std::minstd_rand random(seed);
  std::string bytes(size, '\0');
  std::ranges::generate(bytes, [&random] { return static_cast<char>(random() >> 8); });
  return bytes;
}

absl::StatusOr<std::shared_ptr<const ByteSource>> NoInputs(const std::string& name) {
  return absl::NotFoundError(name);
}

// A signed medium with a payload, and a GPT around it.
Layout SampleLayout(const std::string& label, const std::string& payload) {
  std::vector<IsoFile> files;
  for (const auto& [path, bytes] : SampleFiles(label)) {
    files.push_back({"/" + path, bytes.size(), InlineBytes{bytes}});
  }
  files.push_back({"/tsmedia/packages/AAA00001/1/payload.00000", payload.size(), InlineBytes{payload}});
  IsoOptions options;
  options.label = label;
  Layout layout = LayoutIso(options, std::move(files)).value();
  // Where the table of a disk with larger sectors would be. It is the same in all samples.
  const std::string boot_program = Noise(kKiB, 3);
  layout.extents.insert(layout.extents.begin(),
                        {20 * kKiB, boot_program.size(), InlineBytes{boot_program}, "boot program", true});
  Gpt gpt = {.sector_size = 512, .sectors = (layout.size + kImageEnd) / 512, .boot_code = "boot code"};
  gpt.disk_id[0] = static_cast<uint8_t>(label[0]);
  gpt.partitions = {{.number = 1, .type = EfiSystemType(), .first_lba = 200, .last_lba = 300, .name = "part"}};
  EXPECT_TRUE(AddGpt(gpt, &layout).ok());
  return layout;
}

std::string RenderAll(const Layout& layout) {
  StringSink sink;
  EXPECT_TRUE(Render(layout, std::map<std::string, const ByteSource*>(), 0, layout.size, &sink).ok());
  return sink.TakeBytes();
}

bool IsAccepted(const std::string& device) {
  absl::StatusOr<MediumViews> views = OpenMediumImage(std::make_shared<MemorySource>(device), /*is_device=*/true);
  return views.ok() && AcceptMedium(*std::move(views), SampleAnchors(), kSampleBegin).ok();
}

// A device with less memory than it says: beyond it begins from the start again.
class SmallTarget : public MemoryTarget {
 public:
  using MemoryTarget::MemoryTarget;

 private:
  static constexpr uint64_t kRealSize = 128 * kKiB;
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override {
    for (size_t at = 0; at < out.size(); ++at) {
      out[at] = memory_[(offset + at) % kRealSize];
    }
    return absl::OkStatus();
  }
  absl::Status DoWriteAt(uint64_t offset, ByteSpan bytes) override {
    for (size_t at = 0; at < bytes.size(); ++at) {
      memory_[(offset + at) % kRealSize] = bytes[at];
    }
    return absl::OkStatus();
  }
  std::vector<uint8_t> memory_ = std::vector<uint8_t>(kRealSize);
};

class WriteMediumTest : public ::testing::Test {
 protected:
  WriteMediumTest() {
    old_device_ = RenderAll(old_);
    old_device_.resize(new_.size, 'o');
    old_device_.append(kSpare, 'x');
    MemoryTarget target(old_device_);
    EXPECT_TRUE(WriteMedium(new_, NoInputs, options_, &target).ok());
    new_device_ = target.bytes();
  }

  using Function = absl::StatusOr<WriteResult> (*)(const Layout&, const OpenInput&, const PieceOptions&, BlockTarget*);

  // What is on a device after something went wrong is nothing, or exactly one of the two media.
  void ExpectSafe(const std::string& device, const std::string& what) const {
    if (IsAccepted(device)) {
      EXPECT_TRUE(device == old_device_ || device == new_device_) << what << ": a damaged medium is accepted";
    }
  }

  void TestFaults(Function function) const {
    MemoryTarget healthy(old_device_);
    ASSERT_TRUE(function(new_, NoInputs, options_, &healthy).ok());
    ASSERT_EQ(healthy.bytes(), new_device_);
    for (int call = 0; call < healthy.calls(); ++call) {
      for (Fault fault : {Fault::kFail, Fault::kTear, Fault::kDrop, Fault::kFlip}) {
        const std::string what = absl::StrCat("call ", call, ", fault ", static_cast<int>(fault));
        MemoryTarget target(old_device_);
        target.SetFault(call, fault);
        absl::StatusOr<WriteResult> result = function(new_, NoInputs, options_, &target);
        if (result.ok()) {
          EXPECT_TRUE(target.bytes() == new_device_) << what << ": reported as success";
          continue;
        }
        EXPECT_THAT(result.status().message(), AllOf(HasSubstr("/dev/fake: "), HasSubstr("offset "))) << what;
        ExpectSafe(target.bytes(), what);
        EXPECT_FALSE(IsAccepted(target.bytes()) && target.bytes() != old_device_) << what << ": " << result.status();
      }
    }
  }

  void TestKills(Function function) const {
    MemoryTarget healthy(old_device_);
    ASSERT_TRUE(function(new_, NoInputs, options_, &healthy).ok());
    for (int call = 0; call < healthy.calls(); ++call) {
      const std::string what = absl::StrCat("killed in call ", call);
      MemoryTarget target(old_device_);
      target.SetFault(call, Fault::kDie);
      EXPECT_FALSE(function(new_, NoInputs, options_, &target).ok()) << what;
      ExpectSafe(target.bytes(), what);
      for (uint32_t seed = 1; seed <= 4; ++seed) {
        ExpectSafe(target.LosePower(seed), absl::StrCat(what, ", power lost, seed ", seed));
      }
    }
  }

  const Layout old_ = SampleLayout("OLD", Noise(100 * kKiB, 1));
  // Similar: the last third differs, and everything behind it is somewhere else.
  const Layout new_ = SampleLayout("NEW", Noise(100 * kKiB, 1).substr(0, 70 * kKiB) + Noise(37 * kKiB, 2));
  const PieceOptions options_ = {.threads = 1, .piece_size = 2 * kGrainSize};
  std::string old_device_;
  std::string new_device_;
};

TEST_F(WriteMediumTest, TheDeviceHoldsTheImage) {
  const std::string image = RenderAll(new_);
  EXPECT_TRUE(IsAccepted(new_device_));
  // MBR and primary GPT are those of a larger disk, the backup has left the image.
  const size_t table = 34 * 512;
  const size_t backup = image.size() - 33 * 512;
  EXPECT_EQ(new_device_.substr(table, backup - table), image.substr(table, backup - table));
  EXPECT_EQ(new_device_.substr(0, 440), image.substr(0, 440));
  const MemorySource source(new_device_);
  absl::StatusOr<Gpt> gpt = ReadGpt(source, 512);
  ASSERT_TRUE(gpt.ok()) << gpt.status();
  ASSERT_EQ(gpt->partitions.size(), 1u);
  EXPECT_EQ(gpt->partitions[0].first_lba, 200u);
  // Header and MBR say where the disk ends: byte 32 of the header is AlternateLBA, byte 458 of the MBR a size.
  const uint64_t last = new_device_.size() / 512 - 1;
  EXPECT_EQ(LoadLittle<uint64_t>(AsBytes(new_device_).data() + 512 + 32), last);
  EXPECT_EQ(LoadLittle<uint32_t>(AsBytes(new_device_).data() + 458), last);
  EXPECT_EQ(new_device_.substr(last * 512, 8), "EFI PART");
}

TEST_F(WriteMediumTest, ADeviceOfTheImagesSizeHoldsExactlyTheImage) {
  MemoryTarget target(std::string(new_.size, 'x'));
  absl::StatusOr<WriteResult> result = WriteMedium(new_, NoInputs, options_, &target);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(target.bytes(), RenderAll(new_));
  EXPECT_EQ(result->size, new_.size);
  EXPECT_EQ(result->written, new_.size);
}

TEST_F(WriteMediumTest, TooSmall) {
  MemoryTarget target(std::string(new_.size - 512, 'x'));
  absl::StatusOr<WriteResult> result = WriteMedium(new_, NoInputs, options_, &target);
  EXPECT_TRUE(absl::IsFailedPrecondition(result.status()));
  EXPECT_THAT(result.status().message(), AllOf(HasSubstr("/dev/fake: too small"), HasSubstr(absl::StrCat(new_.size))));
  EXPECT_EQ(target.writes(), 0);
}

TEST_F(WriteMediumTest, WhatHasNoSignatureIsNoMedium) {
  Layout layout = new_;
  std::erase_if(layout.extents, [](const Extent& extent) { return extent.region.ends_with(kSignaturePath); });
  MemoryTarget target(old_device_);
  EXPECT_TRUE(absl::IsInvalidArgument(WriteMedium(layout, NoInputs, options_, &target).status()));
  EXPECT_EQ(target.writes(), 0);
}

TEST_F(WriteMediumTest, UpdateOfTheSameWritesNothing) {
  MemoryTarget target(new_device_);
  absl::StatusOr<WriteResult> result = UpdateMedium(new_, NoInputs, options_, &target);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->written, 0u);
  EXPECT_EQ(target.writes(), 0);
}

TEST_F(WriteMediumTest, UpdateWritesWhatDiffers) {
  MemoryTarget target(old_device_);
  absl::StatusOr<WriteResult> result = UpdateMedium(new_, NoInputs, options_, &target);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(target.bytes(), new_device_);
  EXPECT_GT(result->written, 37 * kKiB);
  EXPECT_LT(result->written, result->size / 2);
}

TEST_F(WriteMediumTest, UpdateRepairsOneByte) {
  for (uint64_t offset : {uint64_t{3}, uint64_t{600}, uint64_t{16 * 2048 + 9}, uint64_t{new_.size / 2},
                          uint64_t{new_device_.size() - 100}}) {
    std::string damaged = new_device_;
    damaged[offset] ^= 1;
    MemoryTarget target(damaged);
    absl::StatusOr<WriteResult> result = UpdateMedium(new_, NoInputs, options_, &target);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_TRUE(target.bytes() == new_device_) << offset;
    EXPECT_GT(result->written, 0u);
  }
}

TEST_F(WriteMediumTest, ADeviceWithLessMemoryThanItSaysIsFound) {
  SmallTarget target(std::string(new_.size, '\0'));
  absl::StatusOr<WriteResult> result = WriteMedium(new_, NoInputs, options_, &target);
  EXPECT_TRUE(absl::IsDataLoss(result.status()));
  EXPECT_THAT(result.status().message(), HasSubstr("less memory than it says"));
}

TEST_F(WriteMediumTest, ProgressReachesItsEnd) {
  std::map<std::string, std::pair<uint64_t, uint64_t>> last;
  PieceOptions options = options_;
  options.progress = [&last](std::string_view what, uint64_t done, uint64_t total) {
    last[std::string(what)] = {done, total};
  };
  MemoryTarget target(old_device_);
  ASSERT_TRUE(UpdateMedium(new_, NoInputs, options, &target).ok());
  ASSERT_EQ(last.size(), 3u);
  for (const auto& [what, progress] : last) {
    EXPECT_EQ(progress.first, progress.second) << what;
  }
  EXPECT_EQ(last["comparing"].second, new_.size);
  EXPECT_EQ(last["writing"], last["reading back"]);
}

TEST_F(WriteMediumTest, EveryFaultOfWriting) { TestFaults(WriteMedium); }
TEST_F(WriteMediumTest, EveryFaultOfUpdating) { TestFaults(UpdateMedium); }
TEST_F(WriteMediumTest, KilledAnywhereWhileWriting) { TestKills(WriteMedium); }
TEST_F(WriteMediumTest, KilledAnywhereWhileUpdating) { TestKills(UpdateMedium); }

}  // namespace
}  // namespace tsmedia
