// Deployments on a machine whose devices are files, with somebody at a terminal.

#include "tools/agent/deployment.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tools/agent/continuation.h"
#include "tools/agent/dialog.h"
#include "tools/agent/disc_volumes.h"
#include "tools/agent/fake_media_devices.h"
#include "tools/agent/fake_root.h"
#include "tools/agent/fake_terminal.h"
#include "tools/agent/memory_medium.h"
#include "tools/agent/sample_medium.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/sha256.h"
#include "tools/content/pack.pb.h"
#include "tools/content/pack_info.h"
#include "tools/journal/journal.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"
#include "tools/medium/volumes.h"
#include "tools/plan/manifest.h"
#include "tools/plan/medium_paths.h"
#include "tools/sequence/canonical.h"
#include "tools/steps/fake_system.h"

namespace tsmedia {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kDeploy[] = R"(name: "Deploy"
    steps { name: "Partition" format_and_partition_disk { disk { } style: MBR
        partitions { type: PRIMARY size_mb: 20 file_system: EXT4 }
        partitions { type: PRIMARY rest: true file_system: EXT4 device_variable: "Root" } } }
    steps { name: "Apply" apply_operating_system_image { image: "LAB00001" destination { device_variable: "Root" }
        kernel_arguments: "site=%Site%" } }
    steps { name: "Restart" restart_computer { to: TARGET } })";

class DeploymentTest : public testing::Test {
 protected:
  DeploymentTest()
      : root_("deployment"),
        terminal_(root_),
        system_(root_.path() + "/machine"),
        log_([] { return absl::UnixEpoch(); }),
        last_records_(12),
        console_(Console::Open(root_.path())),
        console_log_(*console_) {
    system_.MakeDevice("vda1", 20);
    system_.MakeDevice("vda2", 100);
    manifest().set_context(std::string(kManifestContext));
    manifest().set_media_kind(STANDALONE);
    manifest().mutable_form()->set_format(ISO);
    manifest().set_media_id(std::string(32, 'i'));
    manifest().set_label("TEST");
    manifest().set_arch("x86_64");
    manifest().set_test_only(true);
    manifest().set_unattended(true);
    manifest().add_volumes()->set_number(1);
    accepted_.volume.set_context(std::string(kVolumeContext));
    accepted_.volume.set_media_id(manifest().media_id());
    accepted_.volume.set_number(1);
    accepted_.volume.set_count(1);
    accepted_.volume.set_label("TEST");
    log_.AddSink(LogLevel::kInfo, &last_records_);
    log_.AddSink(LogLevel::kDebug, &console_log_);
    variables_.set_context(std::string(kVariablesContext));
    inventory_.set_context(std::string(kInventoryContext));
    root_.Write("log.jsonl", "a record\n");
    root_.Write("agent", "the agent");
    root_.Write("anchors", SerializeCanonical(SampleAnchors()));
    // Nobody waits for ever in a test.
    system_.on_sleep = [this] {
      ASSERT_LT(system_.uptime, absl::Hours(1)) << terminal_.Shown();
      if (on_sleep_ != nullptr) {
        on_sleep_();
      }
    };
  }

  Manifest& manifest() { return accepted_.manifest.manifest; }

  void AddFile(std::string_view path, const std::string& content) {
    medium_.files[std::string(path)] = content;
    FileEntry* file = manifest().add_files();
    file->set_path(std::string(path));
    file->set_size(content.size());
    file->set_sha256(std::string(DigestText(Sha256(content))));
  }

  InventoryPackage* AddPackage(const std::string& id, const std::string& script) {
    const std::string tree = root_.path() + "/tree";
    std::filesystem::remove_all(tree);
    std::filesystem::create_directories(tree);
    EXPECT_EQ(
        RunProcess({.arguments = {"sh", "-ec", script + "; tar --sort=name -cf ../package.tar *"}, .directory = tree})
            ->exit_code,
        0);
    const std::string pack = root_.Read("package.tar");
    const std::string path = SegmentPath(id, "1", 0);
    medium_.files[path] = pack;
    PackageEntry* entry = manifest().add_packages();
    entry->set_package_id(id);
    entry->set_version("1");
    entry->set_size(pack.size());
    for (size_t offset = 0; offset < pack.size(); offset += kBlockSize) {
      entry->mutable_block_sha256()->append(DigestText(Sha256(pack.substr(offset, kBlockSize))));
    }
    SegmentEntry* segment = entry->add_segments();
    segment->set_volume(1);
    segment->set_path(path);
    segment->set_block_count(static_cast<uint32_t>((pack.size() + kBlockSize - 1) / kBlockSize));
    InventoryPackage* package = inventory_.add_packages();
    package->mutable_pack()->set_package_id(id);
    package->mutable_pack()->set_format(PackInfo::TREE_TAR);
    package->mutable_pack()->set_compression(PackInfo::NONE);
    package->mutable_pack()->set_stored_size(pack.size());
    package->mutable_pack()->set_block_sha256(entry->block_sha256());
    return package;
  }

  void AddImage() { AddPackage("LAB00001", "mkdir -p boot etc; echo k > boot/vmlinuz; echo i > boot/initrd.img"); }

  // Makes the medium.
  void Make(const std::string& sequence) {
    TaskSequence parsed;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(sequence, &parsed));
    // Ascending by path, as in every manifest.
    AddFile(kInventoryPath, SerializeCanonical(inventory_));
    AddFile(kSequencePath, WriteSequence(parsed).value());
    AddFile(kVariablesPath, SerializeCanonical(variables_));
    AddFile(kVolumePath, SerializeCanonical(accepted_.volume));
    for (const std::string& volume : later_volume_files_) {
      manifest().mutable_files()->rbegin()->add_volumes(static_cast<uint32_t>(manifest().files_size() - 3));
      AddFile(kVolumePath, volume);
    }
    if (!later_volume_files_.empty()) {
      manifest().mutable_files()->rbegin()->add_volumes(static_cast<uint32_t>(manifest().files_size() - 3));
    }
    std::sort(manifest().mutable_packages()->begin(), manifest().mutable_packages()->end(),
              [](const PackageEntry& a, const PackageEntry& b) { return a.package_id() < b.package_id(); });
    const std::string bytes = SerializeCanonical(manifest());
    medium_.files[std::string(kManifestPath)] = bytes;
    medium_.files[std::string(kSignaturePath)] = SampleSignature(bytes);
    accepted_.manifest.digest = Sha256(bytes);
    if (!damaged_.empty()) {
      medium_.files[damaged_].back() ^= 1;
    }
  }

  absl::StatusOr<Ending> Run(const std::string& sequence) {
    Make(sequence);
    return Boot();
  }

  // Starts the machine from the medium.
  absl::StatusOr<Ending> Boot() { return Deploy(Options()); }

  DeploymentOptions Options() {
    return {.volumes = volumes_in_use_,
            .accepted = &accepted_,
            .waited = waited_,
            .system = &system_,
            .grub = {.boot = std::string(512, 'b'), .core = std::string(2048, 'c')},
            .console = console_.get(),
            .keyboard = nullptr,
            .load_kernel =
                [this](const TargetRoot&, const TargetKernel& kernel, const std::string& command_line) {
                  loaded_ = kernel.kernel + " " + kernel.initrd + " " + command_line;
                  return load_status_;
                },
            .shell = shell_,
            .log = &log_,
            .last_records = &last_records_,
            .console_log = &console_log_,
            .log_file = root_.path() + "/log.jsonl",
            .launch_mode = "DVD",
            .programs = {.agent = root_.path() + "/agent", .anchors = root_.path() + "/anchors"}};
  }

  void SetVariable(const std::string& name, const std::string& value) {
    MediaVariable* variable = variables_.add_variables();
    variable->set_name(name);
    variable->set_value(value);
  }

  // Types `line` as soon as `text` has been shown.
  void WhenShown(const std::string& text, const std::string& line) {
    answers_.push_back({text, line});
    on_sleep_ = [this] {
      if (!answers_.empty() && terminal_.Shown().find(answers_[0].first) != std::string::npos) {
        terminal_.Type(answers_[0].second);
        answers_.erase(answers_.begin());
      }
    };
  }

  FakeRoot root_;
  FakeTerminal terminal_;
  FakeSystem system_;
  const std::shared_ptr<MemoryMedium> shared_medium_ = std::make_shared<MemoryMedium>();
  MemoryMedium& medium_ = *shared_medium_;
  SingleVolume volumes_{shared_medium_};
  VolumeProvider* volumes_in_use_ = &volumes_;
  std::function<absl::Duration()> waited_;
  AcceptedMedium accepted_;
  MediaVariables variables_;
  Inventory inventory_;
  Log log_;
  LastRecords last_records_;
  const std::unique_ptr<Console> console_;
  ConsoleLog console_log_;
  std::vector<std::string> later_volume_files_;  // of a set: volume.binpb of the second disc and so on
  std::string damaged_;                          // a file whose last byte is changed
  std::string loaded_;
  absl::Status load_status_;
  std::function<void()> on_sleep_;
  std::function<void()> shell_;
  std::vector<std::pair<std::string, std::string>> answers_;
};

TEST_F(DeploymentTest, UnattendedMediaDeployByThemselves) {
  AddImage();
  SetVariable("Site", "north");
  EXPECT_EQ(Run(kDeploy).value(), Ending::kStartTarget) << terminal_.Shown();
  EXPECT_EQ(loaded_, "/boot/vmlinuz /boot/initrd.img root=UUID=55554944-5555-4944-5555-494455554944 ro site=north");
  EXPECT_EQ(root_.Read("machine/mounted/dev/vda2/var/log/tsmedia/log.jsonl"), "a record\n");
  EXPECT_THAT(system_.mounts, IsEmpty());
  EXPECT_THAT(terminal_.Shown(), AllOf(HasSubstr("Task sequence: Deploy"), HasSubstr("image LAB00001 to /dev/vda2"),
                                       Not(HasSubstr("Press Enter"))));
}

TEST_F(DeploymentTest, WithoutKexecTheMachineRestarts) {
  AddImage();
  load_status_ = absl::PermissionDeniedError("not signed");
  EXPECT_EQ(Run(kDeploy).value(), Ending::kRestart);
  EXPECT_THAT(terminal_.Shown(), HasSubstr("Warning: not signed; remove the medium"));
}

TEST_F(DeploymentTest, NothingHappensBeforeSomebodyAgrees) {
  manifest().set_unattended(false);
  AddImage();
  WhenShown("Press Enter to begin", "what?");
  WhenShown("what?", "p");
  EXPECT_EQ(Run(kDeploy).value(), Ending::kPowerOff);
  EXPECT_THAT(system_.log, IsEmpty());
  EXPECT_EQ(terminal_.Shown().find("Partition"), std::string::npos);
}

TEST_F(DeploymentTest, EnterBegins) {
  manifest().set_unattended(false);
  AddImage();
  WhenShown("Press Enter to begin", "");
  EXPECT_EQ(Run(kDeploy).value(), Ending::kStartTarget);
}

TEST_F(DeploymentTest, MachinesWithoutDiskAreLeftAlone) {
  system_.facts.mutable_disks(0)->set_removable(true);
  AddImage();
  EXPECT_TRUE(absl::IsNotFound(Run(kDeploy).status()));
  EXPECT_THAT(terminal_.Shown(), HasSubstr("This deployment cannot begin: the machine has no fixed disk"));
}

TEST_F(DeploymentTest, DamagedSequencesAreNotRun) {
  AddImage();
  damaged_ = std::string(kSequencePath);
  EXPECT_TRUE(absl::IsDataLoss(Run(kDeploy).status()));
  EXPECT_THAT(system_.log, IsEmpty());
}

TEST_F(DeploymentTest, ErrorPageOffersAnotherTry) {
  AddImage();
  system_.result.exit_code = 5;
  WhenShown("try the step again", "t");
  on_sleep_ = [this, answer = on_sleep_]() mutable {
    answer();
    if (answers_.empty()) {
      system_.result.exit_code = 0;
    }
  };
  EXPECT_EQ(Run(kDeploy).value(), Ending::kStartTarget) << terminal_.Shown();
  EXPECT_THAT(
      terminal_.Shown(),
      AllOf(HasSubstr("---- Task sequence error ----"), HasSubstr("Step:    1 Partition (Format and Partition Disk)"),
            HasSubstr("Code:    0x80004005"), HasSubstr("Reason:  mkfs.ext4 failed with exit code 5"),
            HasSubstr("1 begins: Format and Partition Disk")));
}

TEST_F(DeploymentTest, ErrorPageNamesThePackageAndCloses) {
  AddImage();
  medium_.files[SegmentPath("LAB00001", "1", 0)][600] ^= 1;
  SetVariable("SMSTSErrorDialogTimeout", "30");
  EXPECT_FALSE(Run(kDeploy).ok());
  EXPECT_THAT(terminal_.Shown(), AllOf(HasSubstr("Package: LAB00001"), HasSubstr("Code:    0x80091007"),
                                       HasSubstr("within 30 s: power off")));
  EXPECT_GE(system_.uptime, absl::Seconds(30));
  EXPECT_LT(system_.uptime, absl::Seconds(40));
}

TEST_F(DeploymentTest, PrestartCommandSetsVariables) {
  AddImage();
  AddPackage("LAB00009", "echo x > file")->set_prestart_command("name-it %Site%");
  SetVariable("Site", "north");
  system_.result.settings = "OSDComputerName=pc-9\n";
  EXPECT_EQ(Run(kDeploy).value(), Ending::kStartTarget) << terminal_.Shown();
  EXPECT_EQ(system_.log[0], "run name-it north");
  EXPECT_EQ(root_.Read("machine/mounted/dev/vda2/etc/hostname"), "pc-9\n");
}

TEST_F(DeploymentTest, HiddenVariablesStayHidden) {
  AddImage();
  AddPackage("LAB00009", "echo x > file")->set_prestart_command("name-it");
  SetVariable("Password", "hunter22");
  variables_.mutable_variables(0)->set_hidden(true);
  EXPECT_FALSE(Run("name: 'Deploy' steps { name: 'bad' run_command_line { command_line: 'use %Password%' } }").ok());
  EXPECT_THAT(system_.last.environment, testing::Each(testing::Pair(testing::_, Not(HasSubstr("hunter22")))));
  EXPECT_THAT(terminal_.Shown(), AllOf(HasSubstr("variable Password is hidden"), Not(HasSubstr("hunter22"))));
  EXPECT_THAT(system_.log, testing::ElementsAre("run name-it"));
}

TEST_F(DeploymentTest, PrestartCommandThatFailsEndsIt) {
  AddImage();
  AddPackage("LAB00009", "echo x > file")->set_prestart_command("name-it");
  system_.result = {.exit_code = 2, .output_tail = "no name\n", .settings = ""};
  EXPECT_FALSE(Run(kDeploy).ok());
  EXPECT_THAT(terminal_.Shown(), HasSubstr("exit code 2; its output: no name"));
  EXPECT_THAT(system_.log, testing::ElementsAre("run name-it"));
}

TEST_F(DeploymentTest, MissingPackagesAreFoundBefore) {
  AddImage();
  medium_.files[SegmentPath("LAB00001", "1", 0)] += "x";
  EXPECT_TRUE(absl::IsDataLoss(Run(kDeploy).status()));
  EXPECT_THAT(terminal_.Shown(), HasSubstr("This deployment cannot begin: package LAB00001: file /"));
  EXPECT_THAT(system_.log, IsEmpty());
}

TEST_F(DeploymentTest, VerifiesEverythingFirstIfTheMediumSaysSo) {
  AddImage();
  manifest().set_verify_first(true);
  medium_.files[SegmentPath("LAB00001", "1", 0)][600] ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(Run(kDeploy).status()));
  EXPECT_THAT(terminal_.Shown(), HasSubstr("cannot begin: package LAB00001 version 1: block 0 is damaged"));
  EXPECT_THAT(system_.log, IsEmpty());
}

TEST_F(DeploymentTest, ErrorPageShowsTheLogAndRestarts) {
  AddImage();
  system_.fails = "mkfs.ext4";
  for (const char* key : {"l", "l", "r"}) {
    WhenShown("t Enter: try", key);
  }
  EXPECT_EQ(Run(kDeploy).value(), Ending::kRestart);
  EXPECT_THAT(terminal_.Shown(), AllOf(HasSubstr("---- Log, records 1 to "), HasSubstr("r Enter: restart")));
}

TEST_F(DeploymentTest, ErrorPageOffersAShellOnlyIfThereIsOne) {
  AddImage();
  system_.fails = "mkfs.ext4";
  int shells = 0;
  shell_ = [&shells] { ++shells; };
  WhenShown("s Enter: shell", "s");
  WhenShown("s Enter: shell", "p");
  EXPECT_FALSE(Run(kDeploy).ok());
  EXPECT_EQ(shells, 1);
}

TEST_F(DeploymentTest, MachinesWithTooLittleMemoryAreLeftAlone) {
  AddImage();
  system_.facts.set_memory_mb(512);
  manifest().mutable_boot()->set_minimum_memory_mb(576);
  EXPECT_TRUE(absl::IsResourceExhausted(Run(kDeploy).status()));
  EXPECT_THAT(terminal_.Shown(), HasSubstr("512 MB of memory, and the medium needs 576 MB"));
  EXPECT_THAT(system_.log, IsEmpty());
}

TEST_F(DeploymentTest, WithoutShellItsKeyMeansNothing) {
  AddImage();
  system_.fails = "mkfs.ext4";
  WhenShown("t Enter: try", "s");
  WhenShown("t Enter: try", "p");
  EXPECT_FALSE(Run(kDeploy).ok());
  EXPECT_THAT(terminal_.Shown(), Not(HasSubstr("shell")));
}

TEST_F(DeploymentTest, TheLogIsNotShownUnlessTheMediumWantsIt) {
  AddImage();
  EXPECT_EQ(Run(kDeploy).value(), Ending::kStartTarget);
  EXPECT_THAT(terminal_.Shown(), Not(HasSubstr("00:00:00")));
}

TEST_F(DeploymentTest, TheLogIsShownFromTheLevelThatTheMediumWants) {
  AddImage();
  SetVariable("TSMConsoleLogLevel", "info");
  EXPECT_EQ(Run(kDeploy).value(), Ending::kStartTarget);
  EXPECT_THAT(terminal_.Shown(), HasSubstr("00:00:00 info 1 begins: Format and Partition Disk"));
}

TEST_F(DeploymentTest, LogsAreCopiedToTheirPartition) {
  AddImage();
  system_.facts.set_serial_number("SN 42/7");
  system_.MakeDevice("sdz1", 40);
  root_.Write("machine/sys/class/block/sdz1", "");
  const std::string superblock = std::string(0x38, '\0') + "\x53\xef" + std::string(0x78 - 0x3a, '\0') + "TSMLOGS";
  ASSERT_TRUE(BlockDisk::Open(root_.path() + "/machine/dev/sdz1").value()->WriteAt(1024, AsBytes(superblock)).ok());
  EXPECT_EQ(Run(kDeploy).value(), Ending::kStartTarget) << terminal_.Shown();
  EXPECT_EQ(root_.Read("machine/mounted/dev/sdz1/tsmedia-SN-42-7.jsonl"), "a record\n");
  EXPECT_THAT(system_.mounts, IsEmpty());
}

TEST_F(DeploymentTest, UefiIsToldToStartTheDisk) {
  AddImage();
  system_.facts.set_uefi(true);
  system_.MakeDevice("vda1", 40);
  AddFile("EFI/BOOT/BOOTX64.EFI", "a loader");
  root_.Write("machine/sys/firmware/efi/efivars/nothing", "");
  EXPECT_EQ(Run(R"(name: "Deploy"
    steps { name: "Partition" format_and_partition_disk { disk { } style: GPT
        partitions { type: EFI size_mb: 40 file_system: FAT32 label: "EFI" }
        partitions { type: PRIMARY rest: true file_system: EXT4 device_variable: "Root" } } }
    steps { name: "Apply" apply_operating_system_image { image: "LAB00001" destination { device_variable: "Root" } } }
    steps { name: "Restart" restart_computer { to: TARGET } })")
                .value(),
            Ending::kRestart)
      << terminal_.Shown();
  EXPECT_EQ(loaded_, "");
  const std::string next = root_.Read("machine/sys/firmware/efi/efivars/BootNext-8be4df61-93ca-11d2-aa0d-00e098032b8c");
  EXPECT_EQ(next, std::string("\x07\0\0\0\0\0", 6));
}

// ---- Restarts -------------------------------------------------------------------------------------------------------

constexpr char kBack[] = R"(
    steps { name: "Back" restart_computer { to: BOOT_IMAGE } }
    steps { name: "Then" run_command_line { command_line: "then %Root%" } }
    steps { name: "Own" restart_computer { to: TARGET } })";

std::string WithoutRestart(std::string_view sequence) {
  return std::string(sequence.substr(0, sequence.rfind("steps {")));
}

TEST_F(DeploymentTest, GoesOnInTheBootImageAfterARestart) {
  AddImage();
  SetVariable("Site", "north");
  EXPECT_EQ(Run(WithoutRestart(kDeploy) + kBack).value(), Ending::kRestart) << terminal_.Shown();
  system_.log.clear();
  EXPECT_EQ(Boot().value(), Ending::kStartTarget) << terminal_.Shown();
  EXPECT_THAT(terminal_.Shown(), HasSubstr("It was begun on this machine, and goes on in 10 s."));
  EXPECT_EQ(system_.log,
            (std::vector<std::string>{"mount /dev/vda2 /target ext4", "run then /dev/vda2", "unmount /target"}));
  EXPECT_EQ(loaded_, "/boot/vmlinuz /boot/initrd.img root=UUID=55554944-5555-4944-5555-494455554944 ro site=north");
}

TEST_F(DeploymentTest, GoesOnWhereverTheDiskIsNow) {
  AddImage();
  EXPECT_EQ(Run(WithoutRestart(kDeploy) + kBack).value(), Ending::kRestart) << terminal_.Shown();
  for (const char* partition : {"", "1", "2"}) {
    std::filesystem::rename(root_.path() + "/machine/dev/vda" + partition,
                            root_.path() + "/machine/dev/vdb" + partition);
  }
  std::filesystem::rename(root_.path() + "/machine/mounted/dev/vda2", root_.path() + "/machine/mounted/dev/vdb2");
  system_.facts.mutable_disks(0)->set_device("/dev/vdb");
  system_.log.clear();
  EXPECT_EQ(Boot().value(), Ending::kStartTarget) << terminal_.Shown();
  EXPECT_THAT(system_.log, testing::Contains("run then /dev/vdb2"));
}

TEST_F(DeploymentTest, ADeploymentThatWasBegunCanBeBegunAnew) {
  AddImage();
  EXPECT_EQ(Run(WithoutRestart(kDeploy) + kBack).value(), Ending::kRestart) << terminal_.Shown();
  system_.log.clear();
  WhenShown("goes on in 10 s", "n");
  EXPECT_EQ(Boot().value(), Ending::kRestart);
  EXPECT_THAT(system_.log, testing::Contains("mount /dev/vda2 /target ext4"));
  EXPECT_THAT(system_.log, Not(testing::Contains("run then /dev/vda2")));
}

TEST_F(DeploymentTest, JournalsThatWereChangedAreNotGoneOnFrom) {
  AddImage();
  EXPECT_EQ(Run(WithoutRestart(kDeploy) + kBack).value(), Ending::kRestart) << terminal_.Shown();
  {
    const std::unique_ptr<BlockDisk> disk = BlockDisk::Open(root_.path() + "/machine/dev/vda").value();
    const uint64_t record = kJournalOffset + kSegmentSize + kSegmentHeaderSize + 40;
    ASSERT_TRUE(disk->WriteAt(record, AsBytes("changed")).ok());
    ASSERT_TRUE(disk->WriteAt(record - kSegmentSize, AsBytes("changed")).ok());
  }
  EXPECT_EQ(Boot().value(), Ending::kRestart);
  EXPECT_THAT(terminal_.Shown(), HasSubstr("cannot go on: the journal on "));
}

TEST_F(DeploymentTest, MachinesThatAreDeployedAreNotDeployedAgain) {
  AddImage();
  EXPECT_EQ(Run(kDeploy).value(), Ending::kStartTarget) << terminal_.Shown();
  system_.log.clear();
  loaded_.clear();
  EXPECT_EQ(Boot().value(), Ending::kStartTarget);
  EXPECT_THAT(terminal_.Shown(), HasSubstr("This machine was deployed from this medium."));
  EXPECT_THAT(system_.log, testing::ElementsAre("mount /dev/vda2 /target ext4", "unmount /target"));
  EXPECT_THAT(loaded_, HasSubstr("/boot/vmlinuz"));
}

TEST_F(DeploymentTest, MachinesThatAreDeployedAreDeployedAnewIfSomebodyWantsIt) {
  AddImage();
  EXPECT_EQ(Run(kDeploy).value(), Ending::kStartTarget) << terminal_.Shown();
  system_.log.clear();
  WhenShown("n Enter: deploy the machine anew", "n");
  EXPECT_EQ(Boot().value(), Ending::kStartTarget);
  EXPECT_THAT(system_.log, testing::Contains(testing::StartsWith("run mkfs.ext4")));
}

TEST_F(DeploymentTest, RestartsIntoTheBootImageNeedADisk) {
  AddImage();
  EXPECT_FALSE(Run(R"(name: "Deploy" steps { name: "Back" restart_computer { to: BOOT_IMAGE } }
                      steps { name: "Then" run_command_line { command_line: "then" } })")
                   .ok());
  EXPECT_THAT(terminal_.Shown(), HasSubstr("there is no disk yet that the task sequence has formatted"));
}

constexpr char kRest[] = R"(
    steps { name: "Applications" install_application { applications: "LAB00020" } }
    steps { name: "Command" run_command_line { command_line: "use %_SMSTSInWinPE%" package: "LAB00010"
        root: TARGET_ROOT } }
    steps { name: "Off" run_command_line { command_line: "off" package: "LAB00099" } disabled: true })";

class ContinuationTest : public DeploymentTest {
 protected:
  // Deploys kDeploy and `rest`, then goes on in the deployed operating system.
  absl::Status RunBoth(const std::string& rest) {
    AddImage();
    for (const char* id : {"LAB00010", "LAB00099"}) {
      AddPackage(id, absl::StrCat("echo ", id, " > file"));
    }
    InventoryPackage* application = AddPackage("LAB00020", "echo app > setup");
    application->set_install_command("sh setup");
    application->add_dependencies("LAB00021");
    AddPackage("LAB00021", "echo library > setup")->set_install_command("sh setup-library");
    EXPECT_EQ(Run(kDeploy + rest).value(), Ending::kStartTarget) << terminal_.Shown();
    EXPECT_TRUE(absl::StrContains(root_.Read(kUnitFile), "ExecStart=/var/lib/tsmedia/agent --continue"));
    EXPECT_EQ(root_.Read(kDirectory + "/agent"), "the agent");
    system_.log.clear();
    return GoOn();
  }

  absl::Status GoOn() {
    return Continue({.root = root_.path() + "/" + kTarget,
                     .system = &system_,
                     .console = console_.get(),
                     .log = &log_,
                     .last_records = &last_records_,
                     .console_log = &console_log_,
                     .log_file = root_.path() + "/log.jsonl",
                     .restart = [this](const std::string& disk, const std::string&) {
                       restarts_.push_back(disk);
                       return absl::OkStatus();
                     }});
  }

  bool IsGone() const {
    return !std::filesystem::exists(root_.path() + "/" + kDirectory) &&
           !std::filesystem::exists(root_.path() + "/" + kUnitFile);
  }

  const std::string kTarget = "machine/mounted/dev/vda2";
  const std::string kDirectory = kTarget + "/var/lib/tsmedia";
  const std::string kUnitFile = kTarget + "/etc/systemd/system/tsmedia-continue.service";
  std::vector<std::string> restarts_;
};

TEST_F(ContinuationTest, GoesOnInTheDeployedOperatingSystem) {
  const absl::Status status = RunBoth(kRest);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(system_.log, testing::ElementsAre("run sh setup-library", "run sh setup", "run use false"));
  EXPECT_EQ(system_.last.root, "");
  EXPECT_THAT(terminal_.Shown(), HasSubstr("The task sequence is finished."));
  EXPECT_TRUE(IsGone());
  EXPECT_EQ(ReadJournalHeader(*BlockDisk::Open(root_.path() + "/machine/dev/vda").value())->phase(),
            JournalHeader::FINISHED);
}

TEST_F(ContinuationTest, StagesOnlyWhatIsNeeded) {
  AddImage();
  for (const char* id : {"LAB00010", "LAB00020", "LAB00099"}) {
    AddPackage(id, "echo x > file");
  }
  EXPECT_EQ(Run(std::string(kDeploy) + "steps { name: 'c' run_command_line { command_line: 'c' package: 'LAB00010' } }")
                .value(),
            Ending::kStartTarget);
  EXPECT_EQ(root_.Read(kDirectory + "/agent"), "the agent");
  EXPECT_TRUE(std::filesystem::exists(root_.path() + "/" + kDirectory + "/medium/tsmedia/packages/LAB00010"));
  for (const char* id : {"LAB00001", "LAB00020", "LAB00099"}) {
    EXPECT_FALSE(std::filesystem::exists(root_.path() + "/" + kDirectory + "/medium/tsmedia/packages/" + id)) << id;
  }
}

TEST_F(ContinuationTest, FailuresEndItAndLeaveTheLog) {
  AddPackage("LAB00098", "echo x > file");
  const std::string rest = "steps { name: 'bad' install_package { package: 'LAB00098' command_line: 'bad' } }";
  // mkfs succeeds, the command does not.
  system_.fails = "bad";
  EXPECT_FALSE(RunBoth(rest).ok());
  EXPECT_THAT(terminal_.Shown(), AllOf(HasSubstr("Step:    4 bad"), HasSubstr("the command ended with exit code 9"),
                                       HasSubstr("p Enter: end the task sequence")));
  EXPECT_TRUE(IsGone());
  EXPECT_EQ(root_.Read(kTarget + "/var/log/tsmedia/log.jsonl"), "a record\n");
}

TEST_F(ContinuationTest, FailedStepsCanBeTriedAgain) {
  AddPackage("LAB00098", "echo x > file");
  system_.fails = "bad";
  WhenShown("Step:    4 bad", "t");
  on_sleep_ = [this, answer = on_sleep_]() mutable {
    answer();
    if (answers_.empty()) {
      system_.fails = "";
    }
  };
  EXPECT_TRUE(RunBoth("steps { name: 'bad' install_package { package: 'LAB00098' command_line: 'bad' } }").ok());
  EXPECT_THAT(system_.log, testing::ElementsAre("run bad", "run bad"));
}

TEST_F(ContinuationTest, RestartsAgain) {
  EXPECT_TRUE(RunBoth("steps { name: 'r' restart_computer { to: TARGET } } "
                      "steps { name: 'last' run_command_line { command_line: 'last' } }")
                  .ok());
  EXPECT_THAT(restarts_, testing::ElementsAre("/dev/vda"));
  EXPECT_THAT(system_.log, IsEmpty());
  EXPECT_FALSE(IsGone());
  EXPECT_TRUE(GoOn().ok());
  EXPECT_THAT(system_.log, testing::ElementsAre("run last"));
  EXPECT_TRUE(IsGone());
}

TEST_F(ContinuationTest, GoesBackToTheBootImage) {
  EXPECT_TRUE(RunBoth("steps { name: 'r' restart_computer { to: BOOT_IMAGE } } "
                      "steps { name: 'last' run_command_line { command_line: 'last' } }")
                  .ok());
  EXPECT_THAT(restarts_, testing::ElementsAre(""));
  EXPECT_EQ(Boot().value(), Ending::kStartTarget) << terminal_.Shown();
  EXPECT_THAT(system_.log, testing::Contains("run last"));
  EXPECT_TRUE(IsGone());
}

// A machine that was switched off starts from the medium again, if that is first in the firmware's order.
TEST_F(ContinuationTest, TheMediumStartsTheOperatingSystemThatIsInTheMiddleOfIt) {
  AddImage();
  EXPECT_EQ(Run(std::string(kDeploy) + "steps { name: 'c' run_command_line { command_line: 'c' } }").value(),
            Ending::kStartTarget);
  system_.log.clear();
  EXPECT_EQ(Boot().value(), Ending::kStartTarget);
  EXPECT_THAT(terminal_.Shown(), HasSubstr("goes on in the operating system that it has deployed"));
  EXPECT_THAT(system_.log, testing::ElementsAre("mount /dev/vda2 /target ext4", "unmount /target"));
  system_.log.clear();
  EXPECT_TRUE(GoOn().ok());
  EXPECT_THAT(system_.log, testing::ElementsAre("run c"));
}

TEST_F(ContinuationTest, DamagedPackagesAreNotUsed) {
  AddImage();
  AddPackage("LAB00010", "echo x > file");
  EXPECT_EQ(
      Run(std::string(kDeploy) + "steps { name: 'c' run_command_line { command_line: 'use' package: 'LAB00010' } }")
          .value(),
      Ending::kStartTarget);
  const std::string pack = absl::StrCat(kDirectory, "/medium/", SegmentPath("LAB00010", "1", 0));
  std::string bytes = root_.Read(pack);
  bytes[600] ^= 1;
  root_.Write(pack, bytes);
  system_.log.clear();
  EXPECT_FALSE(GoOn().ok());
  EXPECT_THAT(terminal_.Shown(), HasSubstr("0x80091007"));
  EXPECT_THAT(system_.log, IsEmpty());
}

// The power failed between the end of the run and the removal of what it left.
TEST_F(ContinuationTest, WhatAFinishedRunLeftIsRemoved) {
  AddImage();
  EXPECT_EQ(Run(std::string(kDeploy) + "steps { name: 'c' run_command_line { command_line: 'c' } }").value(),
            Ending::kStartTarget);
  std::filesystem::copy(root_.path() + "/" + kDirectory, root_.path() + "/left",
                        std::filesystem::copy_options::recursive);
  EXPECT_TRUE(GoOn().ok());
  std::filesystem::copy(root_.path() + "/left", root_.path() + "/" + kDirectory,
                        std::filesystem::copy_options::recursive);
  system_.log.clear();
  EXPECT_TRUE(GoOn().ok());
  EXPECT_TRUE(IsGone());
  EXPECT_THAT(system_.log, IsEmpty());
}

// The power failed while the records of a finished run were being removed.
TEST_F(ContinuationTest, RecordsThatAFinishedRunLeftAreRemoved) {
  AddImage();
  EXPECT_EQ(Run(kDeploy).value(), Ending::kStartTarget);
  const std::string device = root_.path() + "/machine/dev/vda";
  const JournalHeader header = ReadJournalHeader(*BlockDisk::Open(device).value()).value();
  for (uint64_t segment = 0; segment < kJournalSegments; ++segment) {
    ASSERT_TRUE(BlockDisk::Open(device)
                    .value()
                    ->WriteAt(kJournalOffset + segment * kSegmentSize + kSegmentHeaderSize, AsBytes("a record"))
                    .ok());
  }
  EXPECT_EQ(Boot().value(), Ending::kStartTarget);
  const std::unique_ptr<BlockDisk> disk = BlockDisk::Open(device).value();
  EXPECT_EQ(ReadJournalHeader(*disk)->generation(), header.generation());
  for (uint64_t segment = 0; segment < kJournalSegments; ++segment) {
    EXPECT_EQ(disk->ReadString(kJournalOffset + segment * kSegmentSize + kSegmentHeaderSize, 8).value(),
              std::string(8, '\0'));
  }
}

// ---- Power cuts -----------------------------------------------------------------------------------------------------

// A machine that loses with its power what was not flushed: all files of the operating system that were written since
// the last Sync. The journal is flushed whenever it is written.
class PowerCutTest : public ContinuationTest {
 protected:
  using Files = std::map<std::string, std::string>;
  // What is on the disk: the files of the operating system, and what is before the first partition.
  struct Disk {
    Files files;
    std::string start;
  };

  PowerCutTest() {
    system_.on_sync = [this] { syncs_.push_back({ReadFiles(), ReadStart()}); };
    system_.on_run = [this](const ProcessRequest& request) {
      if (request.arguments[0] == "mkfs.ext4") {
        std::filesystem::remove_all(root_.path() + "/machine/mounted" + request.arguments.back());
      } else {
        root_.Write(absl::StrCat(kTarget, "/made/", request.arguments[0]), "made");
      }
    };
    // A command that was interrupted: somebody says that it may be run again.
    on_sleep_ = [this] {
      if (terminal_.Shown().find("Without an answer within", answered_) != std::string::npos) {
        answered_ = terminal_.Shown().size();
        terminal_.Type("t");
      }
    };
  }

  std::string device() const { return root_.path() + "/machine/dev/vda"; }
  std::string ReadStart() const { return BlockDisk::OpenShared(device()).value()->ReadString(0, kMiB).value(); }

  // Path -> content, or target of a link. Without what differs from run to run.
  Files ReadFiles() const {
    Files files;
    std::error_code error;
    const std::string top = root_.path() + "/" + kTarget;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(top, error)) {
      const std::string path = entry.path().string().substr(top.size());
      if (entry.is_symlink()) {
        files[path] = "-> " + std::filesystem::read_symlink(entry.path()).string();
      } else if (entry.is_regular_file() && path != "/etc/machine-id" && !absl::EndsWith(path, ".jsonl")) {
        files[path] = root_.Read(kTarget + path);
      }
    }
    return files;
  }

  void Restore(const Disk& disk) {
    std::filesystem::remove_all(root_.path() + "/" + kTarget);
    for (const auto& [path, content] : disk.files) {
      root_.Write(kTarget + path, content);
      if (absl::StartsWith(content, "-> ")) {
        std::filesystem::remove(root_.path() + "/" + kTarget + path);
        std::filesystem::create_symlink(content.substr(3), root_.path() + "/" + kTarget + path);
      }
    }
    ASSERT_TRUE(BlockDisk::OpenShared(device()).value()->WriteAt(0, AsBytes(disk.start)).ok());
    system_.mounts.clear();
    system_.uptime = absl::ZeroDuration();
  }

  // Starts the machine until its deployment is at its end.
  void StartUntilTheEnd() {
    for (int starts = 0; starts < 5; ++starts) {
      const absl::StatusOr<Ending> ending = Boot();
      ASSERT_TRUE(ending.ok()) << ending.status() << terminal_.Shown();
      if (*ending == Ending::kStartTarget && std::filesystem::exists(root_.path() + "/" + kUnitFile)) {
        ASSERT_TRUE(GoOn().ok()) << terminal_.Shown();
      }
      const absl::StatusOr<JournalHeader> header = ReadJournalHeader(*BlockDisk::OpenShared(device()).value());
      if (header.ok() && header->phase() == JournalHeader::FINISHED && IsGone()) {
        return;
      }
    }
    FAIL() << terminal_.Shown();
  }

  std::vector<Disk> syncs_;
  size_t answered_ = 0;
};

TEST_F(PowerCutTest, TheResultIsThatOfAnUndisturbedRun) {
  AddImage();
  AddPackage("LAB00010", "echo x > file");
  Make(WithoutRestart(kDeploy) + R"(
      steps { name: "Note" run_command_line { command_line: "note" root: TARGET_ROOT } }
      steps { name: "Restart" restart_computer { to: TARGET } }
      steps { name: "First" run_command_line { command_line: "first" package: "LAB00010" } }
      steps { name: "Again" restart_computer { to: TARGET } }
      steps { name: "Back" restart_computer { to: BOOT_IMAGE } }
      steps { name: "Second" run_command_line { command_line: "second" } }
      steps { name: "Last" restart_computer { to: TARGET } }
      steps { name: "Third" run_command_line { command_line: "third" } })");
  StartUntilTheEnd();
  const Files undisturbed = ReadFiles();
  EXPECT_THAT(undisturbed, testing::Contains(testing::Key("/made/third")));
  syncs_.push_back({undisturbed, ReadStart()});
  const std::vector<Disk> disks = syncs_;
  ASSERT_GT(disks.size(), 15u);
  for (size_t i = 0; i + 1 < disks.size(); ++i) {
    // Before the journal is written, and after that.
    for (const std::string* start : {&disks[i].start, &disks[i + 1].start}) {
      SCOPED_TRACE(absl::StrCat("cut after flush ", i, start == &disks[i].start ? "" : " and the journal"));
      Restore({disks[i].files, *start});
      ASSERT_NO_FATAL_FAILURE(StartUntilTheEnd());
      EXPECT_EQ(ReadFiles(), undisturbed);
    }
  }
}

TEST_F(PowerCutTest, ARunThatWasAtItsEndIsFinished) {
  AddImage();
  Make(std::string(kDeploy));
  StartUntilTheEnd();
  syncs_.push_back({ReadFiles(), ReadStart()});
  const std::vector<Disk> disks = syncs_;
  for (size_t i = 0; i < disks.size(); ++i) {
    SCOPED_TRACE(absl::StrCat("cut after flush ", i));
    Restore(disks[i]);
    ASSERT_NO_FATAL_FAILURE(StartUntilTheEnd());
  }
}

TEST_F(ContinuationTest, ARunThatWentBackToTheBootImageStaysThere) {
  EXPECT_TRUE(RunBoth("steps { name: 'r' restart_computer { to: BOOT_IMAGE } } "
                      "steps { name: 'last' run_command_line { command_line: 'last' } }")
                  .ok());
  EXPECT_FALSE(GoOn().ok());
  EXPECT_THAT(terminal_.Shown(), HasSubstr("start the machine from its medium"));
  EXPECT_FALSE(IsGone());
}

TEST_F(DeploymentTest, DamagedVariablesAreFoundBeforeAnybodyIsAsked) {
  AddImage();
  SetVariable("Site", "north");
  damaged_ = std::string(kVariablesPath);
  EXPECT_TRUE(absl::IsDataLoss(Run(kDeploy).status()));
  EXPECT_THAT(terminal_.Shown(), AllOf(HasSubstr("This deployment cannot begin: "), HasSubstr("variables.binpb"),
                                       Not(HasSubstr("Task sequence:"))));
}

TEST_F(ContinuationTest, AnotherManifestIsNotGoneOnWith) {
  AddImage();
  EXPECT_EQ(Run(std::string(kDeploy) + "steps { name: 'c' run_command_line { command_line: 'use' } }").value(),
            Ending::kStartTarget);
  // Signed by the same key, for another medium.
  manifest().set_label("OTHER");
  const std::string bytes = SerializeCanonical(manifest());
  root_.Write(absl::StrCat(kDirectory, "/medium/", kManifestPath), bytes);
  root_.Write(absl::StrCat(kDirectory, "/medium/", kSignaturePath), SampleSignature(bytes));
  system_.log.clear();
  EXPECT_FALSE(GoOn().ok());
  EXPECT_THAT(terminal_.Shown(), HasSubstr("its journal is not there"));
  EXPECT_THAT(system_.log, IsEmpty());
}

// ---- Sets -----------------------------------------------------------------------------------------------------------

// A medium of three discs, and one drive. The operating system's image lies on the first and the second one.
class SetDeploymentTest : public ContinuationTest {
 protected:
  void AddPackages() {
    AddPackage("LAB00001",
               "mkdir -p boot etc; echo k > boot/vmlinuz; echo i > boot/initrd.img; head -c 5000000 "
               "/dev/zero > etc/zeros");
    Split("LAB00001");
    AddPackage("LAB00010", "echo LAB00010 > file");
    Move("LAB00010", 3);
    InventoryPackage* application = AddPackage("LAB00020", "echo app > setup");
    application->set_install_command("sh setup");
  }

  PackageEntry& Entry(const std::string& id) {
    return *std::find_if(manifest().mutable_packages()->begin(), manifest().mutable_packages()->end(),
                         [&id](const PackageEntry& package) { return package.package_id() == id; });
  }

  void Move(const std::string& id, uint32_t volume) { Entry(id).mutable_segments(0)->set_volume(volume); }

  // Puts what follows the first block of a package on the second disc.
  void Split(const std::string& id) {
    std::string& first = medium_.files[SegmentPath(id, "1", 0)];
    medium_.files[SegmentPath(id, "1", 1)] = first.substr(kBlockSize);
    first.resize(kBlockSize);
    SegmentEntry* rest = Entry(id).add_segments();
    rest->set_volume(2);
    rest->set_path(SegmentPath(id, "1", 1));
    rest->set_first_block(1);
    rest->set_block_count(Entry(id).segments(0).block_count() - 1);
    Entry(id).mutable_segments(0)->set_block_count(1);
  }

  // Burns the discs of the medium, and starts the machine from the first.
  absl::StatusOr<Ending> RunSet(const std::string& sequence) {
    for (uint32_t number : {2u, 3u}) {
      manifest().add_volumes()->set_number(number);
    }
    accepted_.volume.set_count(3);
    std::vector<std::string> volume_files;
    for (uint32_t number : {3u, 2u, 1u}) {
      accepted_.volume.set_number(number);
      volume_files.insert(volume_files.begin(), SerializeCanonical(accepted_.volume));
    }
    for (uint32_t number : {2u, 3u}) {
      later_volume_files_.push_back(volume_files[number - 1]);
    }
    Make(sequence);
    for (uint32_t number : {1u, 2u, 3u}) {
      discs_.push_back(SampleIso(FilesOf(number, volume_files[number - 1])));
    }
    devices_.Insert("sr0", discs_[0]);
    return BootSet();
  }

  absl::StatusOr<Ending> BootSet() {
    absl::StatusOr<MediumViews> views = OpenMediumImage(*devices_.Open("sr0"), /*is_device=*/true);
    EXPECT_TRUE(views.ok()) << views.status();
    absl::StatusOr<OpenedMedium> opened = AcceptMedium(*std::move(views), SampleAnchors(), kSampleBegin);
    EXPECT_TRUE(opened.ok()) << opened.status();
    accepted_ = std::move(opened->accepted);
    const auto uptime = [this] { return system_.Uptime(); };
    Dialog dialog(*console_, uptime, [this](absl::Duration duration) { system_.Sleep(duration); });
    DiscVolumes volumes(accepted_, std::move(opened->medium), "sr0", devices_, dialog, uptime);
    volumes_in_use_ = &volumes;
    waited_ = [&volumes] { return volumes.Waited(); };
    absl::StatusOr<Ending> ending = Deploy(Options());
    volumes_in_use_ = nullptr;
    waited_ = nullptr;
    return ending;
  }

  std::map<std::string, std::string> FilesOf(uint32_t number, const std::string& volume_file) {
    std::map<std::string, std::string> files;
    for (std::string_view path : {kManifestPath, kSignaturePath}) {
      files[std::string(path)] = medium_.files[std::string(path)];
    }
    files[std::string(kVolumePath)] = volume_file;
    if (number == 1) {
      for (std::string_view path : {kInventoryPath, kSequencePath, kVariablesPath}) {
        files[std::string(path)] = medium_.files[std::string(path)];
      }
    }
    for (const PackageEntry& package : manifest().packages()) {
      for (const SegmentEntry& segment : package.segments()) {
        if (segment.volume() == number) {
          files[segment.path()] = medium_.files[segment.path()];
        }
      }
    }
    return files;
  }

  // What somebody does so many seconds after a disc was asked for, once.
  struct Change {
    std::string asked;  // "disc 2"
    int seconds;
    std::function<void()> what;
  };

  void WhenAsked(const std::string& disc, int seconds, std::function<void()> what) {
    changes_.push_back({disc, seconds, std::move(what)});
    on_sleep_ = [this] {
      if (changes_.empty() || !absl::StrContains(terminal_.Shown(), "Insert " + changes_[0].asked)) {
        asked_at_ = system_.uptime;
      } else if (system_.uptime - asked_at_ >= absl::Seconds(changes_[0].seconds)) {
        asked_at_ = system_.uptime;
        const Change change = changes_[0];
        changes_.erase(changes_.begin());
        change.what();
      }
    };
  }

  // How often a disc was asked for.
  int Asked(int disc) {
    int count = 0;
    const std::string text = absl::StrCat("Insert disc ", disc, " of 3 (\"TEST_", disc, "of3\")");
    const std::string& shown = terminal_.Shown();
    for (size_t at = shown.find(text); at != std::string::npos; at = shown.find(text, at + 1)) {
      ++count;
    }
    return count;
  }

  std::vector<int> AllAsked() { return {Asked(1), Asked(2), Asked(3)}; }

  void Insert(int disc) { devices_.Insert("sr0", discs_[static_cast<size_t>(disc) - 1]); }

  FakeMediaDevices devices_;
  std::vector<std::string> discs_;
  std::vector<Change> changes_;
  absl::Duration asked_at_;
};

TEST_F(SetDeploymentTest, AsksForEachDiscOnceWhileASequenceRuns) {
  AddPackages();
  WhenAsked("disc 2", 900, [this] { Insert(3); });
  WhenAsked("disc 2", 60, [this] { Insert(2); });
  WhenAsked("disc 1", 5, [this] { Insert(1); });
  WhenAsked("disc 3", 5, [this] { devices_.Insert("sr0", SampleIso(SampleFiles("OTHER"))); });
  WhenAsked("disc 3", 30, [this] { Insert(3); });
  // The step has less time than the disc takes.
  const std::string sequence =
      absl::StrReplaceAll(kDeploy, {{"name: \"Apply\"", "name: \"Apply\" timeout_seconds: 300"}});
  EXPECT_EQ(RunSet(sequence + kRest).value(), Ending::kStartTarget) << terminal_.Shown();
  // What the rest needs is on the first and the third.
  EXPECT_THAT(AllAsked(), testing::ElementsAre(1, 1, 1));
  EXPECT_THAT(terminal_.Shown(), AllOf(HasSubstr("On sr0 is disc 3 of this set; disc 2 is needed."),
                                       HasSubstr("On sr0 is volume 1 of another medium: label OTHER")));
  EXPECT_THAT(devices_.ejected(), testing::ElementsAre("sr0", "sr0", "sr0"));
  EXPECT_EQ(std::filesystem::file_size(root_.path() + "/" + kTarget + "/etc/zeros"), 5000000);
  system_.log.clear();
  const absl::Status status = GoOn();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(system_.log, testing::ElementsAre("run sh setup", "run use false"));
}

TEST_F(SetDeploymentTest, WhatWasStagedNeedsNoDisc) {
  AddPackages();
  devices_.Insert("sr1", "");
  WhenAsked("disc 2", 1, [this] { Insert(2); });
  WhenAsked("disc 3", 1, [this] { Insert(3); });
  // Nothing of the first disc is needed any more, neither is the disc.
  const std::string rest = "steps { name: 'c' run_command_line { command_line: 'c' package: 'LAB00010' } }";
  EXPECT_EQ(RunSet(kDeploy + rest).value(), Ending::kStartTarget) << terminal_.Shown();
  EXPECT_THAT(AllAsked(), testing::ElementsAre(0, 1, 1));
  EXPECT_TRUE(GoOn().ok());
}

TEST_F(SetDeploymentTest, SomebodyWhoGivesUpSeesTheErrorPageAndCanTryAgain) {
  AddPackages();
  WhenAsked("disc 2", 5, [this] { terminal_.Type("g"); });
  WhenAsked("disc 2", 5, [this] { terminal_.Type("t"); });
  WhenAsked("disc 1", 5, [this] { Insert(1); });
  WhenAsked("disc 2", 5, [this] { Insert(2); });
  EXPECT_EQ(RunSet(kDeploy).value(), Ending::kStartTarget) << terminal_.Shown();
  EXPECT_THAT(terminal_.Shown(), HasSubstr("Reason:  "));
  EXPECT_THAT(terminal_.Shown(), HasSubstr("disc 2 of 3 (\"TEST_2of3\") was not inserted"));
}

TEST_F(SetDeploymentTest, VerifyingFirstReadsEachDiscOnce) {
  manifest().set_verify_first(true);
  AddPackages();
  AddPackage("LAB00011", "echo x > file");
  Move("LAB00011", 2);
  for (int disc : {2, 3, 1, 2}) {
    WhenAsked(absl::StrCat("disc ", disc), 5, [this, disc] { Insert(disc); });
  }
  EXPECT_EQ(RunSet(kDeploy).value(), Ending::kStartTarget) << terminal_.Shown();
  // Verified: 1, 2, 3. The image: 1, 2.
  EXPECT_THAT(AllAsked(), testing::ElementsAre(1, 2, 1));
}

TEST_F(SetDeploymentTest, DamageOnALaterDiscIsFoundFirst) {
  manifest().set_verify_first(true);
  AddPackages();
  damaged_ = SegmentPath("LAB00010", "1", 0);
  WhenAsked("disc 2", 5, [this] { Insert(2); });
  WhenAsked("disc 3", 5, [this] { Insert(3); });
  EXPECT_TRUE(absl::IsDataLoss(RunSet(kDeploy).status()));
  EXPECT_THAT(terminal_.Shown(),
              HasSubstr("cannot begin: package LAB00010 version 1: block 0 is damaged (file /tsmedia/"
                        "packages/LAB00010/1/payload.00000 of volume 3"));
  EXPECT_THAT(system_.log, IsEmpty());
}

TEST_F(SetDeploymentTest, OtherDrivesAreLookedAtBeforeAnybodyIsAsked) {
  AddPackages();
  medium_.files[SegmentPath("LAB00010", "1", 0)] += "x";
  // Not on a disc that is at hand: nobody knows yet.
  WhenAsked("disc 2", 1, [this] { Insert(2); });
  EXPECT_EQ(RunSet(kDeploy).value(), Ending::kStartTarget) << terminal_.Shown();
  // At hand, it is found before anything is changed.
  system_.log.clear();
  Insert(1);
  devices_.Insert("sr1", discs_[2]);
  devices_.Insert("sdb", discs_[1]);
  WhenShown("deploy the machine anew", "n");
  EXPECT_TRUE(absl::IsDataLoss(BootSet().status())) << terminal_.Shown();
  EXPECT_THAT(AllAsked(), testing::ElementsAre(0, 1, 0));
}

}  // namespace
}  // namespace tsmedia
