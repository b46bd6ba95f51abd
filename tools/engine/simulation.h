// Running a task sequence on a machine that is only described. Nothing is done; that is said.

#ifndef TSMEDIA_TOOLS_ENGINE_SIMULATION_H_
#define TSMEDIA_TOOLS_ENGINE_SIMULATION_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/engine/effects.h"
#include "tools/engine/engine.h"
#include "tools/engine/simulation.pb.h"
#include "tools/engine/variable_store.h"

namespace tsmedia {

// Largest description of a machine, in bytes.
inline constexpr uint64_t kMaxSimulationSize = uint64_t{4} << 20;

// ParseSimulatedMachine reads the text form. InvalidArgument names line and column of what is wrong.
absl::StatusOr<SimulatedMachine> ParseSimulatedMachine(std::string_view text);

// SimulatedEffects does nothing, and answers as `machine` says. Its time stands still but for what steps take and for
// sleeping.
class SimulatedEffects : public Effects {
 public:
  explicit SimulatedEffects(SimulatedMachine machine);

  const MachineFacts& Facts() override { return machine_.machine(); }
  bool FileExists(const std::string& path) override { return files_.contains(path); }
  bool FolderExists(const std::string& path) override { return folders_.contains(path); }
  absl::Duration Uptime() override { return uptime_; }
  void Sleep(absl::Duration duration) override { uptime_ += duration; }
  absl::Status FormatDisk(const FormatRequest& request, StepMonitor& monitor) override;
  absl::Status ApplyOperatingSystem(const OperatingSystemRequest& request, StepMonitor& monitor) override;
  absl::Status ApplyData(const ImageRequest& request, StepMonitor& monitor) override;
  absl::Status ApplyDrivers(const std::string& package, StepMonitor& monitor) override;
  absl::Status ApplyNetwork(const NetworkRequest& request, StepMonitor& monitor) override;
  absl::StatusOr<CommandResult> RunCommand(const CommandRequest& request, StepMonitor& monitor) override;

  // What was done, in the words of SimulatedAnswer.call.
  const std::vector<std::string>& calls() const { return calls_; }

 private:
  // Finds the answer to a call, and lets its time pass.
  absl::StatusOr<SimulatedAnswer> Answer(const std::string& call, StepMonitor& monitor);
  SimulatedAnswer Find(const std::string& call);

  SimulatedMachine machine_;
  std::vector<uint32_t> given_;  // how often each answer was given
  std::set<std::string> files_;
  std::set<std::string> folders_;
  absl::Duration uptime_;
  std::vector<std::string> calls_;
};

// RunSimulation runs a sequence from its start to its end or its first failure, through restarts: at each of them the
// engine's state is written and read again, as on a machine. `variables` are the medium's; those of the machine are
// added here. InvalidArgument for a variable that cannot be one.
absl::StatusOr<Outcome> RunSimulation(const Engine::Surroundings& surroundings, VariableStore variables,
                                      const SimulatedMachine& machine);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_SIMULATION_H_
