#include "tools/agent/medium_finder.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/agent/sample_medium.h"
#include "tools/base/byte_source.h"
#include "tools/medium/sample_drive.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Devices as they would be below /dev.
class MediumFinderTest : public testing::Test {
 protected:
  MediumFinderTest()
      : finder_(SampleAnchors(), kSampleBegin,
                [this](const std::string& device) -> absl::StatusOr<std::unique_ptr<ByteSource>> {
                  ++opened_[device];
                  const auto found = devices_.find(device);
                  if (found == devices_.end()) {
                    return absl::NotFoundError("no disc in the drive");
                  }
                  return std::make_unique<MemorySource>(found->second, device);
                }) {}

  void Examine() {
    std::vector<std::string> names;
    for (const auto& [name, bytes] : devices_) {
      names.push_back(name);
    }
    finder_.Examine(names);
  }

  std::map<std::string, std::string> devices_;
  std::map<std::string, int> opened_;
  MediumFinder finder_;
};

TEST_F(MediumFinderTest, FindsTheMediumAmongOtherDisks) {
  devices_ = {{"sda", std::string(1 << 20, '\0')},
              {"sda1", SampleIso({{".disk/info", "Debian"}})},
              {"sr0", SampleIso(SampleFiles("BRANCH01"))}};
  Examine();
  const auto candidates = finder_.Candidates();
  ASSERT_TRUE(candidates.ok()) << candidates.status();
  ASSERT_THAT(*candidates, SizeIs(1));
  EXPECT_EQ(candidates->front()->device, "sr0");
  EXPECT_EQ(candidates->front()->medium->manifest.manifest.label(), "BRANCH01");
  EXPECT_EQ(candidates->front()->medium->volume.number(), 1u);
  EXPECT_THAT(finder_.found(), SizeIs(1));
  EXPECT_THAT(finder_.unreadable(), IsEmpty());
}

TEST_F(MediumFinderTest, NothingIsFoundOnNothing) {
  devices_ = {{"sda", std::string(1 << 20, '\0')}};
  Examine();
  EXPECT_EQ(finder_.Candidates().status(), absl::NotFoundError("no deployment medium was found"));
}

TEST_F(MediumFinderTest, EqualMediaAreOne) {
  const std::string iso = SampleIso(SampleFiles("BRANCH01"));
  devices_ = {{"sdb", iso}, {"sdb1", iso}, {"sr0", iso}};
  Examine();
  EXPECT_THAT(finder_.found(), SizeIs(3));
  const auto candidates = finder_.Candidates();
  ASSERT_TRUE(candidates.ok()) << candidates.status();
  ASSERT_THAT(*candidates, SizeIs(1));
  EXPECT_EQ(candidates->front()->device, "sdb");
}

TEST_F(MediumFinderTest, SticksWithCopiedFilesAreMedia) {
  devices_ = {{"sdb", std::string(1 << 20, '\0')}, {"sdb1", SampleBytes(SampleFat(SampleFiles("BRANCH01"), 512))}};
  Examine();
  const auto candidates = finder_.Candidates();
  ASSERT_TRUE(candidates.ok()) << candidates.status();
  EXPECT_EQ(candidates->front()->device, "sdb1");
}

TEST_F(MediumFinderTest, ADriveStandsForItsPartitions) {
  const auto files = SampleFiles("BRANCH01", /*unattended=*/false, USB);
  devices_ = {{"sdb1", SampleBytes(SampleFat(files, 512))}};
  Examine();
  devices_["sdb"] = SampleBytes(SampleDrive({files, {{"tsmedia/packages/x", "x"}}}, 512));
  devices_["sdb2"] = SampleBytes(SampleFat({{"tsmedia/packages/x", "x"}}, 512));
  Examine();
  EXPECT_THAT(finder_.found(), SizeIs(2));
  const auto candidates = finder_.Candidates();
  ASSERT_TRUE(candidates.ok()) << candidates.status();
  ASSERT_THAT(*candidates, SizeIs(1));
  EXPECT_EQ(candidates->front()->device, "sdb");
  EXPECT_THAT(finder_.unreadable(), IsEmpty());
}

// Which stick is sda differs from start to start: the numbers that a technician learns must not.
TEST_F(MediumFinderTest, DifferentMediaAreToChooseFromInTheSameOrderOnWhateverDevices) {
  const std::string lab = SampleIso(SampleFiles("LAB"));
  const std::string office = SampleIso(SampleFiles("OFFICE"));
  for (const bool swapped : {false, true}) {
    devices_ = {{"sda", swapped ? lab : office}, {"sdb", swapped ? office : lab}};
    MediumFinder::Opener open = [this](const std::string& device) -> absl::StatusOr<std::unique_ptr<ByteSource>> {
      return std::make_unique<MemorySource>(devices_.at(device), device);
    };
    MediumFinder finder(SampleAnchors(), kSampleBegin, std::move(open));
    finder.Examine({"sda", "sdb"});
    const auto candidates = finder.Candidates();
    ASSERT_TRUE(candidates.ok()) << candidates.status();
    ASSERT_THAT(*candidates, SizeIs(2));
    EXPECT_EQ(candidates->at(0)->medium->manifest.manifest.label(), "LAB");
    EXPECT_EQ(candidates->at(1)->medium->manifest.manifest.label(), "OFFICE");
  }
}

TEST_F(MediumFinderTest, ATamperedMediumIsRefused) {
  auto files = SampleFiles("BRANCH01");
  files["tsmedia/manifest.binpb"].back() ^= 1;
  devices_ = {{"sr0", SampleIso(files)}};
  Examine();
  const absl::Status status = finder_.Candidates().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the medium on sr0: "));
  EXPECT_THAT(std::string(status.message()), HasSubstr("signature is not valid"));
}

TEST_F(MediumFinderTest, AMediumWithoutSignatureIsRefusedAndNotOverlooked) {
  auto files = SampleFiles("BRANCH01");
  files.erase("tsmedia/manifest.binpb.sig");
  devices_ = {{"sr0", SampleIso(files)}};
  Examine();
  EXPECT_EQ(finder_.Candidates().status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(MediumFinderTest, ARefusedMediumDoesNotHideAnAcceptedOne) {
  auto files = SampleFiles("BRANCH01");
  files["tsmedia/manifest.binpb"].back() ^= 1;
  devices_ = {{"sdb", SampleIso(files)}, {"sr0", SampleIso(SampleFiles("BRANCH01"))}};
  Examine();
  const auto candidates = finder_.Candidates();
  ASSERT_TRUE(candidates.ok()) << candidates.status();
  ASSERT_THAT(*candidates, SizeIs(1));
  EXPECT_EQ(candidates->front()->device, "sr0");
}

TEST_F(MediumFinderTest, AVolumeOfAnotherMediumIsRefused) {
  auto files = SampleFiles("BRANCH01");
  files["tsmedia/volume.binpb"] = SampleFiles("BRANCH02")["tsmedia/volume.binpb"];
  devices_ = {{"sr0", SampleIso(files)}};
  Examine();
  EXPECT_FALSE(finder_.Candidates().ok());
}

TEST_F(MediumFinderTest, DevicesAreExaminedOnceAndAgainWhenTheyComeBack) {
  devices_ = {{"sr0", SampleIso(SampleFiles("BRANCH01"))}};
  Examine();
  Examine();
  EXPECT_EQ(opened_["sr0"], 1);
  finder_.Examine({});
  EXPECT_THAT(finder_.found(), IsEmpty());
  Examine();
  EXPECT_EQ(opened_["sr0"], 2);
  EXPECT_TRUE(finder_.Candidates().ok());
}

TEST_F(MediumFinderTest, ADriveWithoutDiscIsTriedAgain) {
  finder_.Examine({"sr0"});
  finder_.Examine({"sr0"});
  EXPECT_EQ(opened_["sr0"], 2);
}

}  // namespace
}  // namespace tsmedia
