// The running boot image, as the effects of steps use it.

#ifndef TSMEDIA_TOOLS_AGENT_LINUX_SYSTEM_H_
#define TSMEDIA_TOOLS_AGENT_LINUX_SYSTEM_H_

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/agent/machine_facts.h"
#include "tools/steps/boot_effects.h"
#include "tools/steps/process.h"
#include "tools/steps/target_root.h"

namespace tsmedia {

class LinuxSystem : public BootSystem {
 public:
  // `medium_disks` are the names (as below /dev) of the disks with the medium.
  explicit LinuxSystem(std::set<std::string> medium_disks);

  const MachineFacts& Facts() override { return facts_; }
  absl::Duration Uptime() override;
  void Sleep(absl::Duration duration) override;
  int64_t Now() override;
  std::array<uint8_t, 16> Random() override;
  std::string Path(std::string_view path) override { return std::string(path); }
  absl::Status Mount(const std::string& device, const std::string& directory, const std::string& type) override;
  absl::Status Unmount(const std::string& directory) override;
  void Sync() override;
  absl::StatusOr<ProcessResult> Run(const ProcessRequest& request) override { return RunProcess(request); }

 private:
  const MachineFacts facts_;
};

// LoadKernel prepares the kernel of an operating system to be started in place of the running one (kexec), as a restart
// through the firmware would start the medium again. It must be signed where Secure Boot is enforced.
absl::Status LoadKernel(const TargetRoot& root, const TargetKernel& kernel, const std::string& command_line);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_LINUX_SYSTEM_H_
