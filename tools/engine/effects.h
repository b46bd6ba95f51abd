// What a task sequence does to a machine. The engine decides what is done and with which values; an implementation of
// Effects does it: the agent's on the machine itself, that of `mediactl simulate` in words only.

#ifndef TSMEDIA_TOOLS_ENGINE_EFFECTS_H_
#define TSMEDIA_TOOLS_ENGINE_EFFECTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/engine/facts.pb.h"
#include "tools/engine/partition_layout.h"
#include "tools/engine/state.pb.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {

// Where the boot image sees the operating system that was applied: the value of OSDTargetSystemRoot there.
inline constexpr std::string_view kTargetRoot = "/target";

// MachineView answers the questions of conditions.
class MachineView {
 public:
  virtual ~MachineView() = default;
  // Facts may change while the sequence runs, as that of a network cable does.
  virtual const MachineFacts& Facts() = 0;
  virtual bool FileExists(const std::string& path) = 0;
  virtual bool FolderExists(const std::string& path) = 0;
};

// StepMonitor is given to whatever may take long.
class StepMonitor {
 public:
  virtual ~StepMonitor() = default;
  // Progress tells how far the work is, in bytes. DeadlineExceeded: the step's time is over, stop and return this.
  virtual absl::Status Progress(uint64_t done, uint64_t total) = 0;
  // TimeLeft returns how long the step may take from now on; infinite without a limit.
  virtual absl::Duration TimeLeft() = 0;
};

using NameValue = std::pair<std::string, std::string>;

struct CommandRequest {
  std::vector<std::string> arguments = {};  // the first is the program
  std::string package = {};                 // its files are the working directory; "": none
  std::string start_in = {};                // "": the package's files, else the root
  RunCommandLine::Root root = RunCommandLine::RUNNING;
  std::vector<NameValue> variables = {};         // that the command may read: all that are not hidden
  std::vector<NameValue> hidden_variables = {};  // that it gets on the descriptor TSMEDIA_HIDDEN_FD
};

struct CommandResult {
  int exit_code = 0;
  std::string output_tail = {};           // the last 1,000 characters of its standard output, as UTF-8
  std::vector<NameValue> variables = {};  // that the command set, in this order
};

struct FormatRequest {
  DiskFacts disk = {};
  FormatAndPartitionDisk::Style style = FormatAndPartitionDisk::STYLE_UNSPECIFIED;
  std::vector<PlannedPartition> partitions = {};
};

struct ImageRequest {
  std::string package = {};
  uint32_t index = 0;       // 0: that of the package
  std::string device = {};  // of the partition
  bool wipe = false;        // delete what is on the partition first
};

struct OperatingSystemRequest {
  ImageRequest image = {};
  std::string kernel_arguments = {};
  std::string computer_name = {};               // "": the image keeps its own
  std::vector<StatePartition> partitions = {};  // that the sequence has made, for boot loader and fstab
};

// NetworkRequest is an ApplyNetworkSettings whose texts are expanded.
struct NetworkRequest {
  ApplyNetworkSettings settings = {};
};

// Effects changes the machine. Every call but Sleep may take long, reports to `monitor`, and returns once it has
// succeeded or failed for good; a status' message is one clause that is shown to people. A call that was interrupted
// may be made again from the start.
class Effects : public MachineView {
 public:
  virtual absl::Duration Uptime() = 0;  // never goes back
  virtual void Sleep(absl::Duration duration) = 0;

  // Formatting destroys all that is on the disk, whatever becomes of the call.
  virtual absl::Status FormatDisk(const FormatRequest& request, StepMonitor& monitor) = 0;
  // Afterwards the boot image sees the operating system at kTargetRoot.
  virtual absl::Status ApplyOperatingSystem(const OperatingSystemRequest& request, StepMonitor& monitor) = 0;
  virtual absl::Status ApplyData(const ImageRequest& request, StepMonitor& monitor) = 0;
  virtual absl::Status ApplyDrivers(const std::string& package, StepMonitor& monitor) = 0;
  virtual absl::Status ApplyNetwork(const NetworkRequest& request, StepMonitor& monitor) = 0;
  // An error means that the command could not be started or was stopped; else it ended with some exit code.
  virtual absl::StatusOr<CommandResult> RunCommand(const CommandRequest& request, StepMonitor& monitor) = 0;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_EFFECTS_H_
