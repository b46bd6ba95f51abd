// The effects on a machine whose devices are files and whose programs are recorded.

#include "tools/steps/boot_effects.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
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
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/engine/partition_layout.h"
#include "tools/engine/variable_store.h"
#include "tools/fat/fat_reader.h"
#include "tools/gpt/gpt.h"
#include "tools/steps/fake_system.h"

namespace tsmedia {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

std::string ReadFile(const std::string& path) { return ReadWholeFile(path, kMiB).value_or("(none)"); }

class NoMonitor : public StepMonitor {
 public:
  absl::Status Progress(uint64_t done, uint64_t total) override {
    EXPECT_LE(done, total);
    return progress;
  }
  absl::Duration TimeLeft() override { return absl::Seconds(77); }
  absl::Status progress;
};

class BootEffectsTest : public testing::Test {
 protected:
  BootEffectsTest()
      : directory_(testing::TempDir() + "/boot_effects"),
        system_(directory_),
        effects_(
            system_, [this](const std::string& id) { return OpenPackage(id); },
            {.grub = {.boot = std::string(512, 'b'), .core = std::string(4096, 'c')},
             .efi_files = {{"/EFI/BOOT/BOOTX64.EFI", "shim"}}},
            [](std::string_view) {}) {}

  // Makes a package from a tree that a script builds.
  void Package(const std::string& id, const std::string& script, PackInfo::Format format = PackInfo::TREE_TAR) {
    const std::string tree = directory_ + "/tree";
    fs::remove_all(tree);
    fs::create_directories(tree);
    absl::StatusOr<ProcessResult> made =
        RunProcess({.arguments = {"sh", "-ec", script + "; tar --sort=name -cf ../package.tar *"}, .directory = tree});
    ASSERT_TRUE(made.ok() && made->exit_code == 0) << script;
    packages_[id] = {format, ReadFile(directory_ + "/package.tar")};
  }

  absl::StatusOr<StoredPackage> OpenPackage(const std::string& id) {
    if (!packages_.contains(id)) {
      return absl::NotFoundError("no package " + id);
    }
    StoredPackage package;
    package.info.set_package_id(id);
    package.info.set_format(packages_[id].first);
    package.info.set_compression(PackInfo::NONE);
    package.info.add_entries()->set_path("image.tar");
    package.pack = std::make_unique<MemorySource>(packages_[id].second, id);
    return package;
  }

  FormatRequest Plan(const std::string& plan) {
    FormatAndPartitionDisk parsed;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(plan, &parsed));
    FormatRequest request = {.disk = system_.facts.disks(0), .style = parsed.style()};
    request.partitions = LayOutPartitions(parsed, request.disk, VariableStore()).value();
    for (const PlannedPartition& partition : request.partitions) {
      system_.MakeDevice(partition.device.substr(5), partition.size / kMiB);
    }
    return request;
  }

  // The request for the last partition of a plan that was carried out.
  static OperatingSystemRequest Apply(const FormatRequest& plan, const std::string& package) {
    OperatingSystemRequest request = {
        .image = {.package = package, .device = plan.partitions.back().device, .wipe = true}};
    for (const PlannedPartition& partition : plan.partitions) {
      StatePartition& made = request.partitions.emplace_back();
      made.set_device(partition.device);
      made.set_disk(plan.disk.device());
      made.set_type(partition.type);
      made.set_label(partition.label);
    }
    return request;
  }

  std::string Target(const std::string& path) { return ReadFile(directory_ + "/mounted/dev/vda2" + path); }

  const std::string directory_;
  FakeSystem system_;
  NoMonitor monitor_;
  std::map<std::string, std::pair<PackInfo::Format, std::string>> packages_;
  BootEffects effects_;
};

constexpr char kImage[] =
    "mkdir -p boot etc usr/lib/systemd/system; echo k > boot/vmlinuz; echo i > boot/initrd.img; "
    "echo 'LABEL=x / ext4 defaults 0 1' > etc/fstab; touch usr/lib/systemd/system/systemd-networkd.service; "
    "ln -s usr/lib lib";
constexpr char kUefiPlan[] = R"(style: GPT
    partitions { type: EFI size_mb: 64 file_system: FAT32 label: "EFI" }
    partitions { type: PRIMARY rest: true file_system: EXT4 label: "root" })";

TEST_F(BootEffectsTest, DeploysToAnEmptyDiskUnderUefi) {
  system_.facts.set_uefi(true);
  Package("LAB00001", kImage);
  const FormatRequest plan = Plan(kUefiPlan);
  ASSERT_TRUE(effects_.FormatDisk(plan, monitor_).ok());
  EXPECT_THAT(system_.log, ElementsAre("run mkfs.ext4 -q -F -L root /dev/vda2"));

  OperatingSystemRequest request = Apply(plan, "LAB00001");
  request.computer_name = "pc-17";
  request.kernel_arguments = "quiet";
  const absl::Status status = effects_.ApplyOperatingSystem(request, monitor_);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Target("/etc/hostname"), "pc-17\n");
  EXPECT_THAT(Target("/etc/fstab"), HasSubstr("UUID=55554944-5555-4944-5555-494455554944 / ext4"));
  EXPECT_THAT(Target("/etc/fstab"), HasSubstr(" /boot/efi vfat"));
  EXPECT_EQ(Target("/etc/machine-id").size(), 33u);
  EXPECT_THAT(Target("/boot/grub/tsmedia.cfg"), HasSubstr("'ro' 'quiet'\ninitrd '/boot/initrd.img'"));

  std::unique_ptr<FileSource> esp = FileSource::Open(directory_ + "/dev/vda1").value();
  std::unique_ptr<FatReader> reader = FatReader::Open(esp.get()).value();
  EXPECT_TRUE(reader->Lookup("/EFI/BOOT/BOOTX64.EFI").ok());
  EXPECT_TRUE(reader->Lookup("/boot/grub/grub.cfg").ok());
  EXPECT_EQ(reader->label(), "EFI");
  EXPECT_TRUE(ReadGpt(*FileSource::Open(directory_ + "/dev/vda").value(), 512).ok());

  ASSERT_TRUE(effects_.ReleaseTarget().ok());
  EXPECT_THAT(system_.mounts, IsEmpty());
}

TEST_F(BootEffectsTest, InstallsGrubUnderBios) {
  Package("LAB00001", kImage);
  const FormatRequest plan = Plan(R"(style: MBR partitions { type: PRIMARY size_mb: 50 file_system: EXT4 }
                                     partitions { type: PRIMARY rest: true file_system: EXT4 active: true })");
  ASSERT_TRUE(effects_.FormatDisk(plan, monitor_).ok());
  ASSERT_TRUE(effects_.ApplyOperatingSystem(Apply(plan, "LAB00001"), monitor_).ok());
  std::unique_ptr<FileSource> disk = FileSource::Open(directory_ + "/dev/vda").value();
  EXPECT_EQ(disk->ReadString(0, 4).value(), "bbbb");
  EXPECT_EQ(disk->ReadString(512, 4).value(), "cccc");
  EXPECT_EQ(Target("/etc/hostname"), "(none)");
}

TEST_F(BootEffectsTest, UefiNeedsAnEfiPartition) {
  system_.facts.set_uefi(true);
  Package("LAB00001", kImage);
  const FormatRequest plan = Plan("style: GPT partitions { type: PRIMARY rest: true file_system: EXT4 }");
  ASSERT_TRUE(effects_.FormatDisk(plan, monitor_).ok());
  const absl::Status status = effects_.ApplyOperatingSystem(Apply(plan, "LAB00001"), monitor_);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(status.message(), HasSubstr("let Format and Partition Disk make one there"));
}

TEST_F(BootEffectsTest, ReplacesWhatWasOnThePartition) {
  Package("LAB00001", kImage);
  const FormatRequest plan = Plan(kUefiPlan);
  ASSERT_TRUE(effects_.FormatDisk(plan, monitor_).ok());
  fs::create_directories(directory_ + "/mounted/dev/vda2/home/old");
  packages_["LAB00002"] = {PackInfo::SINGLE_FILE, packages_["LAB00001"].second};
  ASSERT_TRUE(effects_.ApplyData({.package = "LAB00002", .device = "/dev/vda2", .wipe = true}, monitor_).ok());
  EXPECT_FALSE(fs::exists(directory_ + "/mounted/dev/vda2/home"));
  EXPECT_TRUE(fs::exists(directory_ + "/mounted/dev/vda2/lost+found"));
  EXPECT_EQ(Target("/boot/vmlinuz"), "k\n");
  EXPECT_THAT(system_.mounts, IsEmpty());
}

TEST_F(BootEffectsTest, RawImagesGoToThePartition) {
  std::string image(3 * kMiB, 'r');
  image.replace(1024 + 0x38, 2, "\x53\xef");
  packages_["LAB00002"] = {PackInfo::SINGLE_FILE, image};
  Plan(kUefiPlan);
  ASSERT_TRUE(effects_.ApplyData({.package = "LAB00002", .device = "/dev/vda2"}, monitor_).ok());
  EXPECT_EQ(FileSource::Open(directory_ + "/dev/vda2").value()->ReadString(2 * kMiB, 4).value(), "rrrr");
}

TEST_F(BootEffectsTest, StopsWhenItsTimeIsOver) {
  Package("LAB00001", kImage);
  const FormatRequest plan = Plan(kUefiPlan);
  ASSERT_TRUE(effects_.FormatDisk(plan, monitor_).ok());
  monitor_.progress = absl::DeadlineExceededError("over");
  EXPECT_TRUE(absl::IsDeadlineExceeded(effects_.ApplyData({.package = "LAB00001", .device = "/dev/vda2"}, monitor_)));
}

TEST_F(BootEffectsTest, DriversAndNetworkNeedAnOperatingSystem) {
  system_.facts.set_uefi(true);
  Package("LAB00003", "mkdir -p lib/firmware; echo f > lib/firmware/blob");
  EXPECT_TRUE(absl::IsFailedPrecondition(effects_.ApplyDrivers("LAB00003", monitor_)));
  EXPECT_TRUE(absl::IsFailedPrecondition(effects_.ApplyNetwork({}, monitor_)));
  Package("LAB00001", kImage);
  const FormatRequest plan = Plan(kUefiPlan);
  ASSERT_TRUE(effects_.FormatDisk(plan, monitor_).ok());
  ASSERT_TRUE(effects_.ApplyOperatingSystem(Apply(plan, "LAB00001"), monitor_).ok());
  ASSERT_TRUE(effects_.ApplyDrivers("LAB00003", monitor_).ok());
  EXPECT_EQ(Target("/usr/lib/firmware/blob"), "f\n");  // the image's /lib is a link
  ASSERT_TRUE(effects_.ApplyNetwork({}, monitor_).ok());
  EXPECT_THAT(Target("/etc/systemd/network/90-tsmedia-others.network"), HasSubstr("DHCP=yes"));
  // Formatting the disk again lets go of it.
  ASSERT_TRUE(effects_.FormatDisk(plan, monitor_).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(effects_.ApplyNetwork({}, monitor_)));
}

TEST_F(BootEffectsTest, RunsCommandsInTheBootImage) {
  Package("LAB00010", "mkdir bin; echo tool > bin/tool");
  system_.result = {.exit_code = 3, .output_tail = "out\n", .settings = "A=1\nB=two\\nlines\n"};
  const absl::StatusOr<CommandResult> result = effects_.RunCommand({.arguments = {"tool", "x"},
                                                                    .package = "LAB00010",
                                                                    .start_in = "bin",
                                                                    .variables = {{"OSDComputer-Name", "pc"}},
                                                                    .hidden_variables = {{"Password", "a\nb"}}},
                                                                   monitor_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->output_tail, "out\n");
  EXPECT_THAT(result->variables, ElementsAre(NameValue("A", "1"), NameValue("B", "two\nlines")));
  EXPECT_EQ(system_.last.root, "");
  EXPECT_TRUE(absl::EndsWith(system_.last.directory, "/run/tsmedia/packages/LAB00010/bin"));
  EXPECT_THAT(system_.last.environment, Contains(NameValue("TS_OSDComputer_Name", "pc")));
  EXPECT_EQ(system_.last.hidden, "Password=a\\nb\n");
  EXPECT_EQ(system_.last.time_limit, absl::Seconds(77));
  EXPECT_FALSE(fs::exists(directory_ + "/run/tsmedia/packages/LAB00010"));
}

TEST_F(BootEffectsTest, RunsCommandsInTheTarget) {
  system_.facts.set_uefi(true);
  Package("LAB00010", "mkdir bin; echo tool > bin/tool");
  const CommandRequest request = {.arguments = {"tool"}, .package = "LAB00010", .root = RunCommandLine::TARGET_ROOT};
  EXPECT_TRUE(absl::IsFailedPrecondition(effects_.RunCommand(request, monitor_).status()));
  Package("LAB00001", kImage);
  const FormatRequest plan = Plan(kUefiPlan);
  ASSERT_TRUE(effects_.FormatDisk(plan, monitor_).ok());
  ASSERT_TRUE(effects_.ApplyOperatingSystem(Apply(plan, "LAB00001"), monitor_).ok());
  system_.log.clear();
  ASSERT_TRUE(effects_.RunCommand(request, monitor_).ok());
  EXPECT_EQ(system_.last.root, directory_ + "/mounted/dev/vda2");
  EXPECT_EQ(system_.last.directory, "/var/lib/tsmedia/packages/LAB00010");
  EXPECT_THAT(system_.log,
              ElementsAre("mount proc /target/proc proc", "mount sysfs /target/sys sysfs",
                          "mount /dev /target/dev bind", "mount tmpfs /target/run tmpfs", "run tool",
                          "unmount /target/run", "unmount /target/dev", "unmount /target/sys", "unmount /target/proc"));
  EXPECT_FALSE(fs::exists(directory_ + "/mounted/dev/vda2/var/lib/tsmedia/packages/LAB00010"));
}

TEST_F(BootEffectsTest, ProgramsThatFailAreErrors) {
  system_.result.exit_code = 1;
  const absl::Status status = effects_.FormatDisk(Plan(kUefiPlan), monitor_);
  EXPECT_THAT(status.message(), HasSubstr("mkfs.ext4 failed with exit code 1"));
}

TEST(BootEffectsHelpersTest, DisksOfPartitions) {
  EXPECT_EQ(DiskOf("/dev/sda2"), "/dev/sda");
  EXPECT_EQ(DiskOf("/dev/nvme0n1p12"), "/dev/nvme0n1");
  EXPECT_EQ(DiskOf("/dev/mmcblk0p1"), "/dev/mmcblk0");
  EXPECT_EQ(DiskOf("/dev/sdp3"), "/dev/sdp");
  EXPECT_EQ(DiskOf(""), "");
}

TEST(BootEffectsHelpersTest, Settings) {
  const std::vector<NameValue> settings = {{"A", "x=y"}, {"B", "one\ntwo\\n"}, {"C", ""}};
  EXPECT_EQ(ParseSettings(FormatSettings(settings)).value(), settings);
  EXPECT_FALSE(ParseSettings("no equals sign\n").ok());
}

TEST(BootEffectsHelpersTest, LastCharacters) {
  EXPECT_EQ(LastCharacters("abc"), "abc");
  std::string text = "x";
  for (int i = 0; i < 1000; ++i) {
    text += "\xc3\xa4";
  }
  EXPECT_EQ(LastCharacters(text), text.substr(1));
  EXPECT_EQ(LastCharacters(std::string("a\xff\0b", 4)), "a??b");
}

}  // namespace
}  // namespace tsmedia
