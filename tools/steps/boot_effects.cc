#include "tools/steps/boot_effects.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/base/bytes.h"
#include "tools/base/read_ahead_source.h"
#include "tools/base/status_macros.h"
#include "tools/base/utf8.h"
#include "tools/content/ahead_stream.h"
#include "tools/content/pack_reader.h"
#include "tools/content/tar_format.h"
#include "tools/content/unpack.h"
#include "tools/engine/disks.h"
#include "tools/steps/disk_format.h"
#include "tools/steps/image_unpack.h"
#include "tools/steps/target_config.h"

namespace tsmedia {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDataMount = "/run/tsmedia/data";
constexpr std::string_view kStaging = "/run/tsmedia/packages";
constexpr std::string_view kEspMountPoint = "/boot/efi";
constexpr absl::Duration kDeviceTime = absl::Seconds(10);  // a partition's device appears within this time
constexpr absl::Duration kDevicePause = absl::Milliseconds(50);
constexpr size_t kRawPart = size_t{1} << 20;
constexpr size_t kOutputCharacters = 1000;

// ---- Reading packs --------------------------------------------------------------------------------------------------

// That verify and decrypt the blocks of a package.
constexpr int kReadingThreads = 2;

// Tells how much of a package has been used.
class MonitoredStream : public ByteStream {
 public:
  MonitoredStream(ByteStream* stream, uint64_t size, StepMonitor& monitor)
      : stream_(stream), size_(size), monitor_(monitor) {}

  absl::StatusOr<size_t> Read(MutableByteSpan out) override {
    TSM_RETURN_IF_ERROR(monitor_.Progress(std::min(done_, size_), size_));
    TSM_ASSIGN_OR_RETURN(const size_t count, stream_->Read(out));
    done_ += count;
    return count;
  }
  const std::string& name() const override { return stream_->name(); }

 private:
  ByteStream* const stream_;
  const uint64_t size_;
  StepMonitor& monitor_;
  uint64_t done_ = 0;
};

// The plain content of a package, as it is read and verified.
class PackageStream {
 public:
  PackageStream(StoredPackage package, StepMonitor& monitor)
      : package_(std::move(package)),
        ahead_(package_.pack.get(), package_.in_order ? 1 : kReadingThreads),
        reader_(&ahead_, package_.info.compression()),
        content_(&reader_),
        monitored_(&content_, package_.info.unpacked_size(), monitor) {}

  const PackInfo& info() const { return package_.info; }
  ByteStream& stream() { return monitored_; }

 private:
  const StoredPackage package_;
  // Verifying and decrypting, decompressing, and writing are on threads of their own.
  const ReadAheadSource ahead_;
  PackReader reader_;
  AheadStream content_;
  MonitoredStream monitored_;
};

// A stream whose beginning was looked at.
class PeekedStream : public ByteStream {
 public:
  PeekedStream(std::string head, ByteStream& rest) : head_(std::move(head)), rest_(rest) {}

  absl::StatusOr<size_t> Read(MutableByteSpan out) override {
    if (position_ == head_.size()) {
      return rest_.Read(out);
    }
    const size_t size = std::min(out.size(), head_.size() - position_);
    std::copy_n(AsBytes(head_).begin() + static_cast<ptrdiff_t>(position_), size, out.begin());
    position_ += size;
    return size;
  }
  const std::string& name() const override { return rest_.name(); }

 private:
  const std::string head_;
  size_t position_ = 0;
  ByteStream& rest_;
};

bool LooksLikeTar(std::string_view head) {
  return head.size() > kTarMagic.offset + 5 && head.substr(kTarMagic.offset, 5) == "ustar";
}

// ---- Partitions -----------------------------------------------------------------------------------------------------

const StatePartition* FindEsp(const std::vector<StatePartition>& partitions, std::string_view disk) {
  auto esp = std::find_if(partitions.begin(), partitions.end(), [disk](const StatePartition& partition) {
    return partition.type() == Partition::EFI && partition.disk() == disk;
  });
  return esp == partitions.end() ? nullptr : &*esp;
}

bool HasBiosBoot(const std::vector<StatePartition>& partitions, std::string_view disk) {
  return std::any_of(partitions.begin(), partitions.end(), [disk](const StatePartition& partition) {
    return partition.type() == Partition::BIOS_BOOT && partition.disk() == disk;
  });
}

// Removes what is in a directory, but for what every new ext4 file system has.
absl::Status Empty(const std::string& directory) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().filename() != "lost+found") {
      fs::remove_all(entry.path(), error);
      if (error) {
        return absl::InternalError(absl::StrCat("cannot delete ", entry.path().string(), ": ", error.message()));
      }
    }
  }
  return error ? absl::InternalError(absl::StrCat("cannot read ", directory, ": ", error.message())) : absl::OkStatus();
}

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  return error ? absl::InternalError(absl::StrCat("cannot make the folder ", path, ": ", error.message()))
               : absl::OkStatus();
}

// The name that a variable has in a command's environment: TS_OSDComputerName.
std::string EnvironmentName(std::string_view variable) {
  return absl::StrCat("TS_", absl::StrReplaceAll(variable, {{"-", "_"}}));
}

}  // namespace

// ---- Helpers --------------------------------------------------------------------------------------------------------

std::string DiskOf(std::string_view partition_device) {
  const size_t last = partition_device.find_last_not_of("0123456789");
  std::string_view disk = partition_device.substr(0, last == std::string_view::npos ? 0 : last + 1);
  const bool has_p =
      disk.size() > 1 && disk.back() == 'p' && absl::ascii_isdigit(static_cast<uint8_t>(disk[disk.size() - 2]));
  return std::string(has_p ? disk.substr(0, disk.size() - 1) : disk);
}

absl::StatusOr<std::vector<NameValue>> ParseSettings(std::string_view text) {
  std::vector<NameValue> settings;
  for (std::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      return absl::InvalidArgumentError("the command set a variable with a line that is not NAME=VALUE");
    }
    std::string value = absl::StrReplaceAll(line.substr(equals + 1), {{"\\\\", "\\"}, {"\\n", "\n"}});
    settings.push_back({std::string(line.substr(0, equals)), std::move(value)});
  }
  return settings;
}

std::string FormatSettings(const std::vector<NameValue>& settings) {
  std::string text;
  for (const auto& [name, value] : settings) {
    absl::StrAppend(&text, name, "=", absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"\n", "\\n"}}), "\n");
  }
  return text;
}

std::string LastCharacters(std::string_view output) {
  size_t begin = output.size();
  for (size_t characters = 0; begin > 0 && characters < kOutputCharacters; ++characters) {
    do {
      --begin;
    } while (begin > 0 && (static_cast<unsigned char>(output[begin]) & 0xc0) == 0x80);
  }
  std::string text(output.substr(begin));
  if (!IsValidUtf8(text)) {
    std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  }
  std::replace(text.begin(), text.end(), '\0', '?');
  return text;
}

bool BootEffects::FileExists(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(system_.Path(path), error);
}

bool BootEffects::FolderExists(const std::string& path) {
  std::error_code error;
  return fs::is_directory(system_.Path(path), error);
}

absl::Status BootEffects::RunProgram(const std::vector<std::string>& arguments, const std::string& root) {
  TSM_ASSIGN_OR_RETURN(const ProcessResult result,
                       system_.Run({.arguments = arguments, .root = root, .on_line = say_}));
  return result.exit_code == 0 ? absl::OkStatus()
                               : absl::InternalError(absl::StrCat(arguments[0], " failed with exit code ",
                                                                  result.exit_code, "; the log has its output"));
}

absl::StatusOr<FileSystem> BootEffects::Probe(const std::string& device) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> partition, FileSource::Open(system_.Path(device)));
  return ProbeFileSystem(*partition);
}

// ---- Format and Partition Disk --------------------------------------------------------------------------------------

absl::Status BootEffects::FormatDisk(const FormatRequest& request, StepMonitor& monitor) {
  TSM_RETURN_IF_ERROR(ReleaseTarget());
  {
    TSM_ASSIGN_OR_RETURN(const std::unique_ptr<BlockDisk> disk, BlockDisk::Open(system_.Path(request.disk.device())));
    TSM_RETURN_IF_ERROR(PartitionDisk(request, [this] { return system_.Random(); }, *disk));
  }
  uint64_t done = 0;
  for (const PlannedPartition& partition : request.partitions) {
    TSM_RETURN_IF_ERROR(monitor.Progress(done++, request.partitions.size()));
    TSM_RETURN_IF_ERROR(MakeFileSystem(request, partition));
  }
  return absl::OkStatus();
}

absl::Status BootEffects::MakeFileSystem(const FormatRequest& request, const PlannedPartition& partition) {
  const std::string device = system_.Path(partition.device);
  const absl::Duration end = system_.Uptime() + kDeviceTime;
  std::error_code error;
  while (!fs::exists(device, error)) {
    if (system_.Uptime() >= end) {
      return absl::NotFoundError(absl::StrCat("the partition ", partition.device, " did not appear"));
    }
    system_.Sleep(kDevicePause);
  }
  if (partition.file_system == Partition::FAT32) {
    TSM_ASSIGN_OR_RETURN(const std::unique_ptr<BlockDisk> disk, BlockDisk::Open(device));
    return FormatFat32(
        {.label = partition.label,
         .sector_size = SectorSize(request.disk),
         .offset = partition.offset,
         .now = system_.Now(),
         .files = {}},
        [this] { return system_.Random(); }, *disk);
  }
  const std::vector<std::string> command = FormatCommand(partition, SectorSize(request.disk));
  return command.empty() ? absl::OkStatus() : RunProgram(command);
}

// ---- Images ---------------------------------------------------------------------------------------------------------

absl::Status BootEffects::MountPartition(const std::string& device, const std::string& directory) {
  TSM_ASSIGN_OR_RETURN(const FileSystem file_system, Probe(device));
  // The kernel's driver for NTFS has another name than the file system.
  return system_.Mount(device, directory, file_system.type == "ntfs" ? "ntfs3" : file_system.type);
}

absl::Status BootEffects::AdoptTarget(const std::string& device, const std::string& kernel_arguments) {
  TSM_RETURN_IF_ERROR(ReleaseTarget());
  TSM_RETURN_IF_ERROR(MountPartition(device, std::string(kTargetRoot)));
  target_mounted_ = true;
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<TargetRoot> root, OpenTarget());
  return FindStart(device, kernel_arguments, *root);
}

absl::Status BootEffects::FindStart(const std::string& device, const std::string& kernel_arguments,
                                    const TargetRoot& root) {
  TSM_ASSIGN_OR_RETURN(const FileSystem file_system, Probe(device));
  TSM_ASSIGN_OR_RETURN(TargetKernel kernel, FindKernel(root));
  target_start_ = TargetStart{.device = device,
                              .kernel_arguments = kernel_arguments,
                              .kernel = std::move(kernel),
                              .command_line = KernelCommandLine(file_system.uuid, kernel_arguments)};
  return absl::OkStatus();
}

absl::Status BootEffects::ReleaseTarget() {
  if (!target_mounted_) {
    return absl::OkStatus();
  }
  TSM_RETURN_IF_ERROR(system_.Unmount(std::string(kTargetRoot)));
  target_mounted_ = false;
  target_start_.reset();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<TargetRoot>> BootEffects::OpenTarget() {
  if (!target_mounted_) {
    return absl::FailedPreconditionError("no operating system was applied, or its disk was formatted since");
  }
  return TargetRoot::Open(system_.Path(kTargetRoot));
}

absl::Status BootEffects::WriteRawImage(ByteStream& image, const std::string& device) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<BlockDisk> disk, BlockDisk::Open(system_.Path(device)));
  DiskSink sink(disk.get(), 0);
  std::vector<uint8_t> part(kRawPart);
  while (true) {
    TSM_ASSIGN_OR_RETURN(const size_t size, ReadUpTo(image, absl::MakeSpan(part)));
    if (size == 0) {
      return disk->Flush();
    }
    TSM_RETURN_IF_ERROR(sink.Append(ByteSpan(part.data(), size)));
  }
}

absl::Status BootEffects::WriteImage(const ImageRequest& request, const std::string& directory, StepMonitor& monitor) {
  TSM_ASSIGN_OR_RETURN(StoredPackage stored, packages_(request.package));
  PackageStream package(std::move(stored), monitor);
  std::vector<uint8_t> head(kTarBlockSize);
  TSM_ASSIGN_OR_RETURN(const size_t size, ReadUpTo(package.stream(), absl::MakeSpan(head)));
  PeekedStream content(std::string(AsText(ByteSpan(head.data(), size))), package.stream());
  const bool is_tar =
      package.info().format() == PackInfo::TREE_TAR || LooksLikeTar(AsText(ByteSpan(head.data(), size)));
  if (!is_tar) {
    TSM_RETURN_IF_ERROR(WriteRawImage(content, request.device));
    return MountPartition(request.device, directory);
  }
  TSM_RETURN_IF_ERROR(MountPartition(request.device, directory));
  absl::Status status = request.wipe ? Empty(system_.Path(directory)) : absl::OkStatus();
  if (status.ok()) {
    status = UnpackImage(content, system_.Path(directory));
  }
  if (!status.ok()) {
    system_.Unmount(directory).IgnoreError();
  }
  return status;
}

absl::Status BootEffects::ApplyOperatingSystem(const OperatingSystemRequest& request, StepMonitor& monitor) {
  TSM_RETURN_IF_ERROR(ReleaseTarget());
  const std::string disk = DiskOf(request.image.device);
  const StatePartition* esp = FindEsp(request.partitions, disk);
  const bool uefi = Facts().uefi();
  if (uefi && esp == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(
        "UEFI started the machine, and no step of this sequence made an EFI partition on ", disk,
        " from which it could start; let Format and Partition Disk make one there: one of before is left as it is"));
  }
  // While a partition of the disk is mounted, the disk itself cannot be written to.
  if (!uefi || HasBiosBoot(request.partitions, disk)) {
    TSM_RETURN_IF_ERROR(InstallBiosLoader(request));
  }
  TSM_RETURN_IF_ERROR(WriteImage(request.image, std::string(kTargetRoot), monitor));
  target_mounted_ = true;
  return Configure(request, esp);
}

absl::Status BootEffects::InstallBiosLoader(const OperatingSystemRequest& request) {
  if (boot_files_.grub.core.empty()) {
    return absl::FailedPreconditionError("the boot image has no boot loader for BIOS machines");
  }
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<BlockDisk> disk,
                       BlockDisk::Open(system_.Path(DiskOf(request.image.device))));
  return InstallGrub(boot_files_.grub, *disk);
}

absl::Status BootEffects::InstallEfiLoader(const StatePartition& esp, std::string_view root_uuid) {
  if (boot_files_.efi_files.empty()) {
    return absl::FailedPreconditionError("the medium has no boot loader for UEFI machines");
  }
  const MachineFacts& facts = Facts();
  auto disk_facts = std::find_if(facts.disks().begin(), facts.disks().end(),
                                 [&esp](const DiskFacts& disk) { return disk.device() == esp.disk(); });
  Fat32Request request = {.label = esp.label(),
                          .sector_size = disk_facts == facts.disks().end() ? 512 : SectorSize(*disk_facts),
                          .now = system_.Now(),
                          .files = boot_files_.efi_files};
  request.files["/boot/grub/grub.cfg"] = EspGrubConfig(root_uuid);
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<BlockDisk> device, BlockDisk::Open(system_.Path(esp.device())));
  return FormatFat32(request, [this] { return system_.Random(); }, *device);
}

absl::Status BootEffects::Configure(const OperatingSystemRequest& request, const StatePartition* esp) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<TargetRoot> root, OpenTarget());
  TSM_ASSIGN_OR_RETURN(const FileSystem root_file_system, Probe(request.image.device));
  std::vector<MountPoint> mounts = {{"/", root_file_system}};
  if (esp != nullptr) {
    TSM_RETURN_IF_ERROR(InstallEfiLoader(*esp, root_file_system.uuid));
    TSM_ASSIGN_OR_RETURN(const FileSystem esp_file_system, Probe(esp->device()));
    mounts.push_back({std::string(kEspMountPoint), esp_file_system});
    TSM_RETURN_IF_ERROR(MakeFolder(absl::StrCat(root->directory(), kEspMountPoint)));
  }
  TSM_RETURN_IF_ERROR(WriteFstab(mounts, *root));
  if (!request.computer_name.empty()) {
    TSM_RETURN_IF_ERROR(SetComputerName(request.computer_name, *root));
  }
  TSM_RETURN_IF_ERROR(SetMachineId([this] { return system_.Random(); }, *root));
  TSM_RETURN_IF_ERROR(FindStart(request.image.device, request.kernel_arguments, *root));
  TSM_ASSIGN_OR_RETURN(const std::string config, TargetGrubConfig(target_start_->kernel, target_start_->command_line));
  return root->Write(kTargetGrubConfig, config);
}

absl::Status BootEffects::ApplyData(const ImageRequest& request, StepMonitor& monitor) {
  const std::string directory(kDataMount);
  TSM_RETURN_IF_ERROR(WriteImage(request, directory, monitor));
  return system_.Unmount(directory);
}

// ---- Drivers and network --------------------------------------------------------------------------------------------

absl::Status BootEffects::ApplyDrivers(const std::string& package_id, StepMonitor& monitor) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<TargetRoot> root, OpenTarget());
  TSM_ASSIGN_OR_RETURN(StoredPackage stored, packages_(package_id));
  PackageStream package(std::move(stored), monitor);
  // In systems with a merged /usr the folder of drivers is a link.
  const bool merged = root->ReadLink("/lib") == "usr/lib";
  TSM_RETURN_IF_ERROR(UnpackImage(
      package.stream(), root->directory(),
      merged ? std::map<std::string, std::string>{{"lib", "usr/lib"}} : std::map<std::string, std::string>()));
  bool has_modules = false;
  for (const PackEntry& entry : package.info().entries()) {
    has_modules = has_modules || absl::StrContains(entry.path(), "lib/modules/");
  }
  for (const std::string& release : has_modules ? root->List("/lib/modules") : std::vector<std::string>()) {
    TSM_RETURN_IF_ERROR(RunProgram({"depmod", "-a", release}, root->directory()));
  }
  return absl::OkStatus();
}

absl::Status BootEffects::ApplyNetwork(const NetworkRequest& request, StepMonitor&) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<TargetRoot> root, OpenTarget());
  return WriteNetworkSettings(request.settings, Facts(), *root);
}

// ---- Commands -------------------------------------------------------------------------------------------------------

// Unpacks the command's package; returns its folder, as the command sees it.
absl::StatusOr<std::string> BootEffects::StagePackage(const CommandRequest& request, StepMonitor& monitor) {
  const std::string base = request.root == RunCommandLine::TARGET_ROOT
                               ? absl::StrCat(system_.Path(kTargetRoot), "/var/lib/tsmedia/packages")
                               : system_.Path(kStaging);
  TSM_RETURN_IF_ERROR(MakeFolder(base));
  TSM_ASSIGN_OR_RETURN(StoredPackage stored, packages_(request.package));
  PackageStream package(std::move(stored), monitor);
  const std::string folder = absl::StrCat(base, "/", request.package);
  std::error_code error;
  fs::remove_all(folder, error);  // of a run that was interrupted
  if (package.info().format() == PackInfo::TREE_TAR) {
    TSM_RETURN_IF_ERROR(UnpackTar(package.stream(), folder));
    return folder;
  }
  TSM_RETURN_IF_ERROR(MakeFolder(folder));
  const std::string name = fs::path(package.info().entries(0).path()).filename();
  TSM_RETURN_IF_ERROR(UnpackFile(package.stream(), absl::StrCat(folder, "/", name)));
  return folder;
}

absl::StatusOr<CommandResult> BootEffects::RunCommand(const CommandRequest& request, StepMonitor& monitor) {
  if (request.root == RunCommandLine::TARGET_ROOT) {
    TSM_RETURN_IF_ERROR(OpenTarget().status());
  }
  std::string folder;
  const absl::Cleanup remove = [&folder] {
    std::error_code error;
    if (!folder.empty()) {
      fs::remove_all(folder, error);
    }
  };
  if (!request.package.empty()) {
    TSM_ASSIGN_OR_RETURN(folder, StagePackage(request, monitor));
  }
  if (request.root != RunCommandLine::TARGET_ROOT) {
    return RunStaged(request, folder, monitor);
  }
  // A command in the new operating system finds there what it would find when that runs.
  const std::string target(kTargetRoot);
  const std::vector<std::pair<std::string, std::string>> mounts = {
      {"/proc", "proc"}, {"/sys", "sysfs"}, {"/dev", "bind"}, {"/run", "tmpfs"}};
  std::vector<std::string> mounted;
  const absl::Cleanup unmount = [this, &mounted] {
    for (auto directory = mounted.rbegin(); directory != mounted.rend(); ++directory) {
      system_.Unmount(*directory).IgnoreError();
    }
  };
  for (const auto& [directory, type] : mounts) {
    TSM_RETURN_IF_ERROR(system_.Mount(type == "bind" ? directory : type, target + directory, type));
    mounted.push_back(target + directory);
  }
  return RunStaged(request, std::string(absl::StripPrefix(folder, system_.Path(kTargetRoot))), monitor);
}

absl::StatusOr<CommandResult> BootEffects::RunStaged(const CommandRequest& request, const std::string& directory,
                                                     StepMonitor& monitor) {
  ProcessRequest process = {.arguments = request.arguments,
                            .root = request.root == RunCommandLine::TARGET_ROOT ? system_.Path(kTargetRoot) : "",
                            .directory = directory,
                            .hidden = FormatSettings(request.hidden_variables),
                            .time_limit = monitor.TimeLeft(),
                            .on_line = say_};
  if (!request.start_in.empty()) {
    const bool relative = request.start_in[0] != '/';
    process.directory = relative ? absl::StrCat(directory, "/", request.start_in) : request.start_in;
  }
  for (const auto& [name, value] : request.variables) {
    process.environment.push_back({EnvironmentName(name), value});
  }
  TSM_ASSIGN_OR_RETURN(const ProcessResult ended, system_.Run(process));
  CommandResult result = {.exit_code = ended.exit_code, .output_tail = LastCharacters(ended.output_tail)};
  TSM_ASSIGN_OR_RETURN(result.variables, ParseSettings(ended.settings));
  return result;
}

}  // namespace tsmedia
