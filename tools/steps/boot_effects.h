// The effects of a task sequence on the machine, in the boot image.

#ifndef TSMEDIA_TOOLS_STEPS_BOOT_EFFECTS_H_
#define TSMEDIA_TOOLS_STEPS_BOOT_EFFECTS_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/base/byte_source.h"
#include "tools/content/byte_stream.h"
#include "tools/content/pack.pb.h"
#include "tools/engine/effects.h"
#include "tools/steps/block_disk.h"
#include "tools/steps/boot_loader.h"
#include "tools/steps/file_system.h"
#include "tools/steps/process.h"
#include "tools/steps/target_root.h"

namespace tsmedia {

// BootSystem is what the effects need of the running system; tests replace it.
class BootSystem {
 public:
  virtual ~BootSystem() = default;
  virtual const MachineFacts& Facts() = 0;
  virtual absl::Duration Uptime() = 0;
  virtual void Sleep(absl::Duration duration) = 0;
  virtual int64_t Now() = 0;  // seconds since 1970
  virtual std::array<uint8_t, 16> Random() = 0;
  // Path returns where a path of the running system is: itself on a machine.
  virtual std::string Path(std::string_view path) = 0;
  // Mount mounts a device, or a file system of the kernel's own ("proc", "sysfs"), or with type "bind" a directory.
  // `directory` is made if it is not there.
  virtual absl::Status Mount(const std::string& device, const std::string& directory, const std::string& type) = 0;
  virtual absl::Status Unmount(const std::string& directory) = 0;
  // Sync returns when everything that was written is on the disks.
  virtual void Sync() = 0;
  virtual absl::StatusOr<ProcessResult> Run(const ProcessRequest& request) = 0;
};

// A package of the medium.
struct StoredPackage {
  PackInfo info;
  // The pack's bytes as they were packed: verified, decrypted. They are read once, from the first to the last.
  std::unique_ptr<ByteSource> pack;
  // Whether one thread must read it: it lies on several discs, and nobody is to be asked for one of them twice.
  bool in_order = false;
};
using PackageOpener = std::function<absl::StatusOr<StoredPackage>(const std::string& package_id)>;

// What makes disks start, from boot image and medium.
struct BootFiles {
  GrubImages grub;                               // for BIOS; empty if the boot image has none
  std::map<std::string, std::string> efi_files;  // absolute path on the EFI system partition -> content
};

class BootEffects : public Effects {
 public:
  // `say` gets the output of programs, by lines. Everything must outlive the effects.
  BootEffects(BootSystem& system, PackageOpener packages, BootFiles boot_files,
              std::function<void(std::string_view)> say)
      : system_(system), packages_(std::move(packages)), boot_files_(std::move(boot_files)), say_(std::move(say)) {}

  const MachineFacts& Facts() override { return system_.Facts(); }
  bool FileExists(const std::string& path) override;
  bool FolderExists(const std::string& path) override;
  absl::Duration Uptime() override { return system_.Uptime(); }
  void Sleep(absl::Duration duration) override { system_.Sleep(duration); }
  absl::Status FormatDisk(const FormatRequest& request, StepMonitor& monitor) override;
  absl::Status ApplyOperatingSystem(const OperatingSystemRequest& request, StepMonitor& monitor) override;
  absl::Status ApplyData(const ImageRequest& request, StepMonitor& monitor) override;
  absl::Status ApplyDrivers(const std::string& package, StepMonitor& monitor) override;
  absl::Status ApplyNetwork(const NetworkRequest& request, StepMonitor& monitor) override;
  absl::StatusOr<CommandResult> RunCommand(const CommandRequest& request, StepMonitor& monitor) override;

  // How the operating system that was applied last is started, as long as it is mounted.
  struct TargetStart {
    std::string device;  // of the root partition
    std::string kernel_arguments;
    TargetKernel kernel;
    std::string command_line;
  };
  const std::optional<TargetStart>& target_start() const { return target_start_; }

  // AdoptTarget mounts an operating system that was applied before a restart at kTargetRoot; ReleaseTarget unmounts it,
  // for a restart.
  absl::Status AdoptTarget(const std::string& device, const std::string& kernel_arguments);
  absl::Status ReleaseTarget();

 private:
  absl::Status MakeFileSystem(const FormatRequest& request, const PlannedPartition& partition);
  absl::Status RunProgram(const std::vector<std::string>& arguments, const std::string& root = "");
  // Writes an image to a partition that is mounted at `directory` afterwards.
  absl::Status WriteImage(const ImageRequest& request, const std::string& directory, StepMonitor& monitor);
  absl::Status WriteRawImage(ByteStream& image, const std::string& device);
  absl::Status MountPartition(const std::string& device, const std::string& directory);
  absl::Status InstallBiosLoader(const OperatingSystemRequest& request);
  absl::Status InstallEfiLoader(const StatePartition& esp, std::string_view root_uuid);
  // Finds out how the operating system is started that is mounted.
  absl::Status FindStart(const std::string& device, const std::string& kernel_arguments, const TargetRoot& root);
  absl::Status Configure(const OperatingSystemRequest& request, const StatePartition* esp);
  absl::StatusOr<FileSystem> Probe(const std::string& device);
  absl::StatusOr<std::unique_ptr<TargetRoot>> OpenTarget();
  absl::StatusOr<std::string> StagePackage(const CommandRequest& request, StepMonitor& monitor);
  absl::StatusOr<CommandResult> RunStaged(const CommandRequest& request, const std::string& directory,
                                          StepMonitor& monitor);

  BootSystem& system_;
  const PackageOpener packages_;
  const BootFiles boot_files_;
  const std::function<void(std::string_view)> say_;
  bool target_mounted_ = false;
  std::optional<TargetStart> target_start_;
};

// DiskOf returns the disk of a partition's device: /dev/sda2 -> /dev/sda, /dev/nvme0n1p2 -> /dev/nvme0n1.
std::string DiskOf(std::string_view partition_device);

// ParseSettings reads what a command wrote to TSMEDIA_SET_FD: lines NAME=VALUE, in which `\n` stands for a line feed
// and
// `\\` for a backslash. InvalidArgument for a line without `=`.
absl::StatusOr<std::vector<NameValue>> ParseSettings(std::string_view text);

// FormatSettings is its inverse.
std::string FormatSettings(const std::vector<NameValue>& settings);

// LastCharacters returns the last 1,000 characters of a program's output, as UTF-8 whatever it is.
std::string LastCharacters(std::string_view output);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_STEPS_BOOT_EFFECTS_H_
