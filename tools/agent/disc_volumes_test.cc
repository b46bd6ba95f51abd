// Discs of a set, asked for one after the other.

#include "tools/agent/disc_volumes.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/agent/console.h"
#include "tools/agent/dialog.h"
#include "tools/agent/fake_media_devices.h"
#include "tools/agent/fake_root.h"
#include "tools/agent/fake_terminal.h"
#include "tools/agent/sample_medium.h"
#include "tools/base/byte_source.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class DiscVolumesTest : public testing::Test {
 protected:
  DiscVolumesTest()
      : root_("disc_volumes"),
        terminal_(root_),
        console_(Console::Open(root_.path())),
        dialog_(*console_, [this] { return uptime_; }, [this](absl::Duration duration) { Sleep(duration); }) {
    for (const auto& files : SampleSet("BRANCH01", 3)) {
      discs_.push_back(SampleIso(files));
    }
    devices_.Insert("sr0", discs_[0]);
    Start();
  }

  void Sleep(absl::Duration duration) {
    uptime_ += duration;
    ASSERT_LT(uptime_, absl::Hours(1)) << terminal_.Shown();
    for (size_t i = 0; i < plans_.size(); ++i) {
      if (uptime_ >= plans_[i].first) {
        std::exchange(plans_[i].second, [] {})();
      }
    }
  }

  // The machine has accepted what is in sr0.
  void Start() {
    absl::StatusOr<MediumViews> views = OpenMediumImage(*devices_.Open("sr0"), /*is_device=*/true);
    ASSERT_TRUE(views.ok()) << views.status();
    absl::StatusOr<OpenedMedium> opened = AcceptMedium(*std::move(views), SampleAnchors(), kSampleBegin);
    ASSERT_TRUE(opened.ok()) << opened.status();
    accepted_ = std::move(opened->accepted);
    volumes_ = std::make_unique<DiscVolumes>(accepted_, std::move(opened->medium), "sr0", devices_, dialog_,
                                             [this] { return uptime_; });
  }

  // Somebody does something after so many seconds.
  void After(int seconds, std::function<void()> what) {
    plans_.emplace_back(uptime_ + absl::Seconds(seconds), std::move(what));
  }

  // Which volume Open returns, or the error.
  std::string Open(uint32_t number) {
    absl::StatusOr<std::shared_ptr<const Medium>> medium = volumes_->Open(number);
    if (!medium.ok()) {
      return std::string(medium.status().message());
    }
    const std::string file = *(*(*medium)->OpenFile(kVolumePath))->ReadString(0, 60);
    const auto set = SampleSet("BRANCH01", 3);
    for (size_t i = 0; i < set.size(); ++i) {
      if (set[i].at(std::string(kVolumePath)).starts_with(file)) {
        return std::to_string(i + 1);
      }
    }
    return "another one";
  }

  FakeRoot root_;
  FakeTerminal terminal_;
  std::unique_ptr<Console> console_;
  absl::Duration uptime_ = absl::Seconds(100);
  Dialog dialog_;
  FakeMediaDevices devices_;
  std::vector<std::string> discs_;
  AcceptedMedium accepted_;
  std::unique_ptr<DiscVolumes> volumes_;
  std::vector<std::pair<absl::Duration, std::function<void()>>> plans_;
};

TEST_F(DiscVolumesTest, TheDiscInTheDriveIsUsedAsItIs) {
  const int opened = devices_.opened("sr0");
  EXPECT_EQ(Open(1), "1");
  EXPECT_EQ(Open(1), "1");
  EXPECT_EQ(devices_.opened("sr0"), opened);
  EXPECT_EQ(terminal_.Shown(), "");
  EXPECT_EQ(volumes_->Waited(), absl::ZeroDuration());
}

TEST_F(DiscVolumesTest, AnotherDriveMayHaveIt) {
  devices_.Insert("sr1", discs_[1]);
  devices_.Insert("sdb", discs_[2]);
  EXPECT_THAT(volumes_->AtHand(), ElementsAre(1, 2, 3));
  EXPECT_EQ(Open(2), "2");
  EXPECT_EQ(Open(3), "3");
  EXPECT_EQ(Open(1), "1");
  EXPECT_EQ(terminal_.Shown(), "");
  EXPECT_THAT(devices_.ejected(), IsEmpty());
}

TEST_F(DiscVolumesTest, AsksForADiscAndGoesOnByItself) {
  After(30, [this] { devices_.Insert("sr0", discs_[1]); });
  EXPECT_EQ(Open(2), "2");
  EXPECT_THAT(terminal_.Shown(), AllOf(HasSubstr("Insert disc 2 of 3 (\"BRANCH01_2of3\") into a drive"),
                                       HasSubstr("Found disc 2 of 3 (\"BRANCH01_2of3\") on sr0.")));
  // The drive was not locked by anything that still reads.
  EXPECT_THAT(devices_.ejected(), ElementsAre("sr0"));
  EXPECT_THAT(volumes_->AtHand(), ElementsAre(2));
  EXPECT_GE(volumes_->Waited(), absl::Seconds(30));
  EXPECT_LT(volumes_->Waited(), absl::Seconds(35));
}

TEST_F(DiscVolumesTest, DiscsThatAreNotNeededAreNamed) {
  After(5, [this] { devices_.Insert("sr0", discs_[2]); });
  After(20, [this] { devices_.Insert("sr0", SampleIso(SampleFiles("OTHER"))); });
  After(30, [this] { devices_.Insert("sr0", std::string(100000, 'x')); });
  After(40, [this] { devices_.Insert("sr0", discs_[1]); });
  EXPECT_EQ(Open(2), "2");
  const std::string shown = terminal_.Shown();
  EXPECT_THAT(shown, AllOf(HasSubstr("On sr0 is disc 3 of this set; disc 2 is needed."),
                           HasSubstr("On sr0 is volume 1 of another medium: label OTHER, media ID "),
                           HasSubstr("The disc in sr0 cannot be used: sr0: is neither an ISO 9660 image")));
  // Each once, however long it lies there.
  const std::string named = "is disc 3 of this set";
  EXPECT_EQ(shown.find(named), shown.rfind(named));
}

TEST_F(DiscVolumesTest, ADiscWithAnotherManifestIsForeignWhateverItIsCalled) {
  // An older one of the same name: its volume.binpb would do.
  auto files = SampleSet("BRANCH01", 3)[1];
  files[std::string(kManifestPath)] = SampleSet("BRANCH01", 2)[1][std::string(kManifestPath)];
  After(5, [this, &files] { devices_.Insert("sr0", SampleIso(files)); });
  After(10, [this] { devices_.Insert("sr0", discs_[1]); });
  EXPECT_EQ(Open(2), "2");
  EXPECT_THAT(terminal_.Shown(), HasSubstr("of another medium: label BRANCH01"));
}

TEST_F(DiscVolumesTest, AVolumeThatIsNotListedIsRefused) {
  auto files = SampleSet("BRANCH01", 3)[1];
  files[std::string(kVolumePath)].back() ^= 1;
  After(5, [this, &files] { devices_.Insert("sr0", SampleIso(files)); });
  After(10, [this] { devices_.Insert("sr0", discs_[1]); });
  EXPECT_EQ(Open(2), "2");
  EXPECT_THAT(terminal_.Shown(), HasSubstr("The disc in sr0 cannot be used: file /tsmedia/volume.binpb: damaged"));
}

TEST_F(DiscVolumesTest, SticksThatAreAttachedLaterDo) {
  devices_.Insert("sda", std::string(100000, 'x'));
  After(5, [this] { devices_.Insert("sdb", std::string(100000, 'y')); });
  After(10, [this] { devices_.Insert("sdc", discs_[1]); });
  EXPECT_EQ(Open(2), "2");
  EXPECT_THAT(terminal_.Shown(), AllOf(Not(HasSubstr("cannot be used")), HasSubstr("on sdc.")));
}

TEST_F(DiscVolumesTest, SomebodyGivesUp) {
  After(5, [this] { terminal_.Type("what?"); });
  After(10, [this] { terminal_.Type("g"); });
  const absl::Status status = volumes_->Open(2).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(status.message(), "disc 2 of 3 (\"BRANCH01_2of3\") was not inserted");
  // Another try asks again.
  After(5, [this] { devices_.Insert("sr0", discs_[1]); });
  EXPECT_EQ(Open(2), "2");
}

TEST_F(DiscVolumesTest, ADiscThatWasTakenOutIsOpenedAnew) {
  devices_.Insert("sr0", discs_[0]);
  const int opened = devices_.opened("sr0");
  EXPECT_EQ(Open(1), "1");
  EXPECT_GT(devices_.opened("sr0"), opened);
  devices_.Insert("sr0", discs_[1]);
  After(5, [this] { devices_.Insert("sr0", discs_[0]); });
  EXPECT_EQ(Open(1), "1");
  EXPECT_THAT(terminal_.Shown(), HasSubstr("Insert disc 1 of 3"));
}

TEST_F(DiscVolumesTest, WithoutADiscNothingIsClosedOrOpened) {
  devices_.AddEmptyDrive("sr0");
  devices_.Remove("sr0");
  devices_.AddEmptyDrive("sr0");
  const int opened = devices_.opened("sr0");
  After(20, [this] { devices_.Insert("sr1", discs_[1]); });
  EXPECT_EQ(Open(2), "2");
  EXPECT_EQ(devices_.opened("sr0"), opened);
}

}  // namespace
}  // namespace tsmedia
