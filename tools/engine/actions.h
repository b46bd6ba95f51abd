// Carrying out one step: its texts are expanded, its disk and partition found, and the machine told what to do.

#ifndef TSMEDIA_TOOLS_ENGINE_ACTIONS_H_
#define TSMEDIA_TOOLS_ENGINE_ACTIONS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/repeated_field.h"
#include "tools/engine/applications.h"
#include "tools/engine/effects.h"
#include "tools/engine/variable_store.h"
#include "tools/sequence/options.pb.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {

// A restart that a step asks for.
struct RestartRequest {
  StepRule::Environment to = StepRule::ENVIRONMENT_UNSPECIFIED;
  std::string message = {};  // shown before; "": restart at once
  absl::Duration message_time = {};
  bool repeat_step = false;  // after the restart, the same step again instead of the next one
};

// How a step, or one attempt at it, ended.
struct StepResult {
  bool succeeded = false;
  int32_t code = 0;          // a command's exit code, or that of ResultCode
  std::string message = {};  // "" if there is nothing to say
  std::optional<RestartRequest> restart = {};
  bool interrupted = false;  // by a machine that stopped: nobody knows how far the step came

  static StepResult FromStatus(const absl::Status& status);
};

// What steps leave behind for later ones, besides variables.
struct RunRecord {
  StepRule::Environment environment = StepRule::BOOT;
  std::vector<StatePartition> partitions = {};
  std::vector<std::string> installed_applications = {};
};

// ActionRunner runs the actions of steps that are neither groups nor child sequences.
class ActionRunner {
 public:
  // `say` gets the lines of Event::kDetail and Event::kVariable. Everything must outlive the runner.
  struct Reporter {
    std::function<void(const std::string&)> detail;
    std::function<void(const std::string&)> variable;
  };
  ActionRunner(const Applications& applications, VariableStore& variables, RunRecord& record, Effects& effects,
               Reporter report)
      : applications_(applications),
        variables_(variables),
        record_(record),
        effects_(effects),
        report_(std::move(report)) {}

  // Run makes one attempt.
  StepResult Run(const Step& step, StepMonitor& monitor);

  // SetVariable sets a variable for a step, and reports it.
  absl::Status SetVariable(const std::string& name, const std::string& value, bool hidden);

 private:
  // A command of a step, before its texts are expanded.
  struct Command {
    std::string command_line = {};
    std::string package = {};
    std::string start_in = {};
    RunCommandLine::Root root = RunCommandLine::RUNNING;
    std::vector<uint32_t> success_codes = {};
    std::string output_variable = {};
    std::vector<std::string> hidden_variables = {};
  };

  absl::Status Format(const FormatAndPartitionDisk& plan, StepMonitor& monitor);
  absl::Status RecordPartitions(const FormatAndPartitionDisk& plan, const FormatRequest& request);
  absl::StatusOr<std::string> FindDestination(const Destination& destination) const;
  void RecordImage(const std::string& device);
  absl::Status ApplyImage(const ApplyOperatingSystemImage& apply, StepMonitor& monitor);
  absl::Status ApplyImage(const ApplyDataImage& apply, StepMonitor& monitor);
  absl::Status ApplyNetwork(const ApplyNetworkSettings& settings, StepMonitor& monitor);
  StepResult RunCommand(const Command& command, StepMonitor& monitor);
  absl::StatusOr<CommandRequest> PrepareCommand(const Command& command) const;
  absl::Status TakeOutput(const Command& command, const CommandResult& result);
  StepResult InstallApplications(const InstallApplication& install, StepMonitor& monitor);
  StepResult InstallOne(const std::string& id, StepMonitor& monitor);
  absl::Status SetDynamic(const SetDynamicVariables& dynamic);
  absl::Status Assign(const std::string& name, const std::string& text, bool hidden);
  StepResult Restart(const RestartComputer& restart) const;
  std::optional<RestartRequest> TakeRestartVariables();

  const Applications& applications_;
  VariableStore& variables_;
  RunRecord& record_;
  Effects& effects_;
  Reporter report_;
};

// IsSafeToRepeat returns whether a step that was interrupted at any point may be run again from its start without
// anybody being asked. The sequence's schema says so for each kind of step, its author for commands and installers.
bool IsSafeToRepeat(const Step& step);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_ACTIONS_H_
