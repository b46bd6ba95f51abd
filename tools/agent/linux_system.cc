#include "tools/agent/linux_system.h"

#include <linux/kexec.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "openssl/rand.h"
#include "tools/base/status_macros.h"
#include "tools/base/unique_fd.h"

namespace tsmedia {

LinuxSystem::LinuxSystem(std::set<std::string> medium_disks) : facts_(ReadMachineFacts("", medium_disks)) {}

absl::Duration LinuxSystem::Uptime() {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return absl::DurationFromTimespec(time);
}

void LinuxSystem::Sleep(absl::Duration duration) { absl::SleepFor(duration); }

int64_t LinuxSystem::Now() { return absl::ToUnixSeconds(absl::Now()); }

std::array<uint8_t, 16> LinuxSystem::Random() {
  std::array<uint8_t, 16> bytes;
  RAND_bytes(bytes.data(), bytes.size());  // ends the process rather than fail
  return bytes;
}

absl::Status LinuxSystem::Mount(const std::string& device, const std::string& directory, const std::string& type) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);  // if it can't be made, mount says so
  const bool bind = type == "bind";
  if (mount(device.c_str(), directory.c_str(), bind ? nullptr : type.c_str(), bind ? MS_BIND : MS_NOATIME, nullptr) !=
      0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot mount ", device, " as ", type));
  }
  return absl::OkStatus();
}

absl::Status LinuxSystem::Unmount(const std::string& directory) {
  return umount2(directory.c_str(), 0) == 0 ? absl::OkStatus()
                                            : absl::ErrnoToStatus(errno, absl::StrCat("cannot unmount ", directory));
}

void LinuxSystem::Sync() { sync(); }

absl::Status LoadKernel(const TargetRoot& root, const TargetKernel& kernel, const std::string& command_line) {
  TSM_ASSIGN_OR_RETURN(const UniqueFd kernel_file, root.OpenFile(kernel.kernel));
  UniqueFd initrd_file;
  if (!kernel.initrd.empty()) {
    TSM_ASSIGN_OR_RETURN(initrd_file, root.OpenFile(kernel.initrd));
  }
  const unsigned long flags = kernel.initrd.empty() ? KEXEC_FILE_NO_INITRAMFS : 0;
  if (syscall(SYS_kexec_file_load, kernel_file.get(), initrd_file.get(), command_line.size() + 1, command_line.c_str(),
              flags) != 0) {
    return absl::ErrnoToStatus(errno, "the kernel of the deployed operating system cannot be started from here");
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
