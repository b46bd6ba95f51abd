#include "tools/agent/agent.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/agent/console.h"
#include "tools/agent/fake_root.h"
#include "tools/agent/fake_terminal.h"
#include "tools/agent/kernel_modules.h"
#include "tools/agent/media_devices.h"
#include "tools/agent/sample_medium.h"
#include "tools/base/canonical_proto.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A machine that is a directory, and whose time passes only when the agent sleeps.
class AgentTest : public testing::Test {
 protected:
  AgentTest() : root_(testing::UnitTest::GetInstance()->current_test_info()->name()) {
    root_.Write("sys/class/tty/console/active", "ttyS0\n");
    root_.Write("dev/ttyS0", "");
    root_.Write("etc/tsmedia/anchors.binpb", SerializeCanonical(SampleAnchors()));
  }

  void Attach(const std::string& device, const std::string& bytes) {
    root_.Write("dev/" + device, bytes);
    root_.Write("sys/class/block/" + device + "/size", "1\n");
  }

  // Runs the agent and returns its status; what it said is said_.
  absl::Status Run(int64_t now = kSampleBegin) {
    now_ = now;
    const Machine machine = {.root = root_.path(),
                             .now = [this] { return now_; },
                             .uptime = [this] { return uptime_; },
                             .sleep =
                                 [this](absl::Duration duration) {
                                   uptime_ += duration;
                                   if (on_sleep_) {
                                     on_sleep_();
                                   }
                                 },
                             .set_clock =
                                 [this](int64_t seconds) {
                                   now_ = seconds;
                                   return absl::OkStatus();
                                 }};
    ModuleLoader modules(*ModuleIndex::Parse("kernel/usb-storage.ko:\n", "alias usb:* usb_storage\n"), "/lib/modules/6",
                         [](const std::string&) { return absl::OkStatus(); });
    const std::unique_ptr<Console> console = Console::Open(root_.path());
    LinuxMediaDevices devices(root_.path(), [] {}, machine.sleep);
    const absl::Status status = FindMedium(machine, modules, devices, *console).status();
    said_ = terminal_ == nullptr ? root_.Read("dev/ttyS0") : terminal_->Shown();
    return status;
  }

  // Types `lines` one after the other, the next each time that `prompt` is shown.
  void Type(const std::string& prompt, std::vector<std::string> lines) {
    std::filesystem::remove(root_.path() + "/dev/ttyS0");
    terminal_ = std::make_unique<FakeTerminal>(root_);
    on_sleep_ = [this, prompt, lines, next = size_t{0}, seen = size_t{0}]() mutable {
      ASSERT_LT(uptime_, absl::Hours(1)) << terminal_->Shown();
      const size_t shown = terminal_->Shown().find(prompt, seen);
      if (next < lines.size() && shown != std::string::npos) {
        seen = shown + prompt.size();
        terminal_->Type(lines[next++]);
      }
    };
  }

  FakeRoot root_;
  std::unique_ptr<FakeTerminal> terminal_;
  int64_t now_ = 0;
  absl::Duration uptime_;
  std::function<void()> on_sleep_;
  std::string said_;
};

TEST_F(AgentTest, SaysWhatItFound) {
  Attach("sr0", SampleIso(SampleFiles("BRANCH01")));
  EXPECT_TRUE(Run().ok());
  EXPECT_THAT(said_, HasSubstr("Medium on sr0\n"));
  // The first half of SHA-256("BRANCH01").
  EXPECT_THAT(said_, HasSubstr("  Media ID: 2d2ee3e0ece2c321f93dfe27289e7fd3\n"));
  EXPECT_THAT(said_, HasSubstr("  Label:    BRANCH01\n"));
  EXPECT_THAT(said_, HasSubstr("  Kind:     stand-alone media\n"));
  EXPECT_THAT(said_, HasSubstr("  Volume:   1 of 1\n"));
  EXPECT_THAT(said_, HasSubstr("Verdict: accepted; the manifest is signed"));
  EXPECT_THAT(said_, Not(HasSubstr("Challenge")));
  EXPECT_GE(uptime_, kSettleTime);
}

TEST_F(AgentTest, AnswersTheChallenge) {
  Attach("sr0", SampleIso(SampleFiles("BRANCH01")));
  root_.Write(std::string(kChallengePath).substr(1), "0123abcd\n");
  EXPECT_TRUE(Run().ok());
  EXPECT_THAT(said_, HasSubstr("Challenge: 0123abcd\n"));
}

TEST_F(AgentTest, WaitsForAMediumThatComesLate) {
  root_.Write("sys/devices/usb1/modalias", "usb:v0\n");
  on_sleep_ = [this] {
    if (uptime_ >= absl::Seconds(30) && root_.Read("dev/sda").empty()) {
      Attach("sda", SampleIso(SampleFiles("BRANCH01")));
    }
  };
  EXPECT_TRUE(Run().ok());
  EXPECT_THAT(said_, HasSubstr("Medium on sda"));
  EXPECT_GE(uptime_, absl::Seconds(30) + kSettleTime);
}

TEST_F(AgentTest, AMediumThatComesRightAfterTheFirstIsSeen) {
  Attach("sr0", SampleIso(SampleFiles("NEW", /*unattended=*/true)));
  on_sleep_ = [this] {
    if (uptime_ >= absl::Seconds(2) && root_.Read("dev/sda").empty()) {
      Attach("sda", SampleIso(SampleFiles("OLD")));
    }
  };
  EXPECT_EQ(Run().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(said_, HasSubstr("Medium on sda"));
  EXPECT_THAT(said_, HasSubstr("Medium on sr0"));
  EXPECT_THAT(said_, HasSubstr("Verdict: refused; several deployment media are attached"));
}

TEST_F(AgentTest, SomebodyChoosesFromSeveralMedia) {
  Attach("sr0", SampleIso(SampleFiles("NEW")));
  Attach("sda", SampleIso(SampleFiles("OLD")));
  Type("ype ", {"3", "x", "2"});
  EXPECT_TRUE(Run().ok());
  EXPECT_THAT(said_, HasSubstr("  1  NEW, "));
  EXPECT_THAT(said_, HasSubstr("Type a number from 1 to 2:"));
  EXPECT_THAT(said_, HasSubstr("Verdict: accepted"));
}

TEST_F(AgentTest, GivesUpWithoutMedium) {
  Attach("sda", std::string(65536, 'x'));
  EXPECT_EQ(Run().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(said_, HasSubstr("Verdict: refused; no deployment medium was found (looked at sda).\n"));
  EXPECT_GE(uptime_, kSearchTime);
}

TEST_F(AgentTest, GivesUpWithoutAnyDisk) {
  EXPECT_EQ(Run().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(said_, HasSubstr("this machine shows no disk and no optical drive"));
}

TEST_F(AgentTest, RefusesATamperedMedium) {
  auto files = SampleFiles("BRANCH01");
  files["tsmedia/manifest.binpb"][60] ^= 1;
  Attach("sr0", SampleIso(files));
  EXPECT_EQ(Run().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(said_, HasSubstr("Refused: the medium on sr0"));
  EXPECT_THAT(said_, HasSubstr("Verdict: refused;"));
  EXPECT_THAT(said_, Not(HasSubstr("Label:")));
}

TEST_F(AgentTest, RefusesAMediumOutsideOfItsPeriod) {
  Attach("sr0", SampleIso(SampleFiles("BRANCH01")));
  EXPECT_FALSE(Run(kSampleEnd + 1).ok());
  EXPECT_THAT(said_, HasSubstr("Verdict: refused; the medium was valid until"));
}

TEST_F(AgentTest, UnattendedMediaAreRefusedWhenTheClockIsWrong) {
  Attach("sr0", SampleIso(SampleFiles("BRANCH01", /*unattended=*/true)));
  EXPECT_FALSE(Run(kSampleBegin - 1).ok());
  EXPECT_THAT(said_, HasSubstr("Verdict: refused; the clock of this machine is wrong"));
}

TEST_F(AgentTest, SomebodySetsTheClock) {
  Attach("sr0", SampleIso(SampleFiles("BRANCH01")));
  Type("Type date and time", {"tomorrow", "2001-01-01 00:00", "2026-05-06 07:08"});
  EXPECT_TRUE(Run(kSampleBegin - 1).ok());
  EXPECT_THAT(said_, HasSubstr("This is no date and time"));
  EXPECT_EQ(now_, 1778051280);
}

TEST_F(AgentTest, TimesAfterThePeriodAreNoWayRoundIt) {
  Attach("sr0", SampleIso(SampleFiles("BRANCH01")));
  Type("Type date and time", {"2030-01-01 00:00"});
  EXPECT_FALSE(Run(kSampleBegin - 1).ok());
  EXPECT_THAT(said_, HasSubstr("Verdict: refused; the medium was valid until"));
}

TEST_F(AgentTest, NobodyHasToSetTheClock) {
  Attach("sr0", SampleIso(SampleFiles("BRANCH01")));
  Type("Type date and time", {"p"});
  EXPECT_FALSE(Run(kSampleBegin - 1).ok());
  EXPECT_THAT(said_, HasSubstr("Verdict: refused; the clock of this machine is wrong"));
}

TEST_F(AgentTest, SaysThatTheBootImageIsBroken) {
  root_.Write("etc/tsmedia/anchors.binpb", "nonsense");
  EXPECT_FALSE(Run().ok());
  EXPECT_THAT(said_, HasSubstr("Verdict: refused;"));
}

TEST_F(AgentTest, ALabelCannotForgeAVerdict) {
  Attach("sr0", SampleIso(SampleFiles("X\r\nVerdict: accepted;")));
  Run(kSampleEnd + 1).IgnoreError();
  EXPECT_THAT(said_, HasSubstr("Label:    X??Verdict: accepted;\n"));
  EXPECT_THAT(said_, Not(HasSubstr("\nVerdict: accepted")));
}

}  // namespace
}  // namespace tsmedia
