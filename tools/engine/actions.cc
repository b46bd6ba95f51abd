#include "tools/engine/actions.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/base/status_macros.h"
#include "tools/engine/command_line.h"
#include "tools/engine/conditions.h"
#include "tools/engine/disks.h"
#include "tools/engine/readiness.h"
#include "tools/engine/result_code.h"
#include "tools/sequence/schema.h"

namespace tsmedia {
namespace {

// Default of RestartComputer.message_timeout_seconds, and of the reference's step.
constexpr int kMessageSeconds = 60;

StepResult Failed(const absl::Status& status) { return StepResult::FromStatus(status); }

bool IsImageFileSystem(Partition::FileSystem file_system) {
  return file_system == Partition::EXT4 || file_system == Partition::NTFS;
}

// Whether the rules of the schema let this step run here.
absl::Status CheckEnvironment(const Step& step, StepRule::Environment environment) {
  const google::protobuf::FieldDescriptor* action = ActionField(step);
  if (action == nullptr || IsRefused(action)) {
    return absl::InvalidArgumentError("this agent does not know what the step does");
  }
  const auto& environments = RuleOf(action).environments();
  if (environments.empty() || std::find(environments.begin(), environments.end(), environment) != environments.end()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat(RuleOf(action).title(), " does not run in the ",
                   environment == StepRule::BOOT ? "boot image" : "deployed operating system"));
}

bool IsSuccessCode(const std::vector<uint32_t>& success_codes, int exit_code) {
  if (success_codes.empty()) {
    return exit_code == 0 || exit_code == kRestartRequired;
  }
  return std::find(success_codes.begin(), success_codes.end(), static_cast<uint32_t>(exit_code)) != success_codes.end();
}

// Expands every text of an adapter.
void ExpandAdapter(const VariableStore& variables, NetworkAdapter* adapter) {
  auto expand = [&variables](std::string* text) { *text = variables.Expand(*text).text; };
  expand(adapter->mutable_mac_address());
  expand(adapter->mutable_name());
  for (auto* list : {adapter->mutable_addresses(), adapter->mutable_gateways(), adapter->mutable_dns_servers()}) {
    for (std::string& text : *list) {
      expand(&text);
    }
    // A variable without a value stands for an address that is not there.
    list->erase(std::remove(list->begin(), list->end(), ""), list->end());
  }
}

std::string DescribeAdapter(const NetworkAdapter& adapter) {
  std::string text = absl::StrCat("adapter ",
                                  !adapter.mac_address().empty() ? adapter.mac_address()
                                  : !adapter.name().empty()      ? adapter.name()
                                                                 : "first wired one with a link",
                                  ":");
  absl::StrAppend(&text, adapter.dhcp() ? " DHCP" : "");
  auto add = [&text](std::string_view what, const auto& values) {
    absl::StrAppend(&text, values.empty() ? "" : what, absl::StrJoin(values, ", "));
  };
  add(" addresses ", adapter.addresses());
  add(" gateways ", adapter.gateways());
  add(" name servers ", adapter.dns_servers());
  return text;
}

}  // namespace

StepResult StepResult::FromStatus(const absl::Status& status) {
  return {.succeeded = status.ok(), .code = ResultCode(status), .message = std::string(status.message())};
}

StepResult ActionRunner::Run(const Step& step, StepMonitor& monitor) {
  if (absl::Status fits = CheckEnvironment(step, record_.environment); !fits.ok()) {
    return Failed(fits);
  }
  switch (step.action_case()) {
    case Step::kFormatAndPartitionDisk:
      return StepResult::FromStatus(Format(step.format_and_partition_disk(), monitor));
    case Step::kApplyOperatingSystemImage:
      return StepResult::FromStatus(ApplyImage(step.apply_operating_system_image(), monitor));
    case Step::kApplyDataImage:
      return StepResult::FromStatus(ApplyImage(step.apply_data_image(), monitor));
    case Step::kApplyDriverPackage:
      return StepResult::FromStatus(effects_.ApplyDrivers(step.apply_driver_package().package(), monitor));
    case Step::kApplyNetworkSettings:
      return StepResult::FromStatus(ApplyNetwork(step.apply_network_settings(), monitor));
    case Step::kRunCommandLine: {
      const RunCommandLine& run = step.run_command_line();
      return RunCommand({.command_line = run.command_line(),
                         .package = run.package(),
                         .start_in = run.start_in(),
                         .root = run.root(),
                         .success_codes = {run.success_codes().begin(), run.success_codes().end()},
                         .output_variable = run.output_variable(),
                         .hidden_variables = {run.hidden_variables().begin(), run.hidden_variables().end()}},
                        monitor);
    }
    case Step::kInstallApplication:
      return InstallApplications(step.install_application(), monitor);
    case Step::kInstallPackage: {
      const InstallPackage& install = step.install_package();
      return RunCommand({.command_line = install.command_line(),
                         .package = install.package(),
                         .success_codes = {install.success_codes().begin(), install.success_codes().end()}},
                        monitor);
    }
    case Step::kSetTaskSequenceVariable: {
      const SetTaskSequenceVariable& set = step.set_task_sequence_variable();
      return StepResult::FromStatus(Assign(set.variable(), set.value(), set.hidden()));
    }
    case Step::kSetDynamicVariables:
      return StepResult::FromStatus(SetDynamic(step.set_dynamic_variables()));
    case Step::kCheckReadiness:
      return StepResult::FromStatus(CheckMachine(step.check_readiness(), effects_.Facts(), variables_));
    case Step::kRestartComputer:
      return Restart(step.restart_computer());
    default:
      return Failed(absl::UnimplementedError("this agent cannot carry out the step"));
  }
}

// ---- Disks and images -----------------------------------------------------------------------------------------------

absl::Status ActionRunner::Format(const FormatAndPartitionDisk& plan, StepMonitor& monitor) {
  TSM_ASSIGN_OR_RETURN(const NumberedDisk disk, SelectDisk(plan.disk(), effects_.Facts(), variables_));
  FormatRequest request = {.disk = *disk.disk, .style = plan.style()};
  TSM_ASSIGN_OR_RETURN(request.partitions, LayOutPartitions(plan, *disk.disk, variables_));
  report_.detail(absl::StrCat(DescribeDisk(disk), ": ", FormatAndPartitionDisk::Style_Name(plan.style())));
  for (const PlannedPartition& partition : request.partitions) {
    report_.detail(DescribePartition(partition));
  }
  // From here on what was on the disk is lost, also what this sequence put there.
  std::erase_if(record_.partitions,
                [&request](const StatePartition& old) { return old.disk() == request.disk.device(); });
  TSM_RETURN_IF_ERROR(effects_.FormatDisk(request, monitor));
  return RecordPartitions(plan, request);
}

absl::Status ActionRunner::RecordPartitions(const FormatAndPartitionDisk& plan, const FormatRequest& request) {
  for (const PlannedPartition& partition : request.partitions) {
    StatePartition record;
    record.set_device(partition.device);
    record.set_disk(request.disk.device());
    record.set_number(partition.number);
    record.set_type(partition.type);
    record.set_file_system(partition.file_system);
    record.set_label(partition.label);
    record_.partitions.push_back(std::move(record));
    const std::string& variable = plan.partitions(static_cast<int>(partition.number) - 1).device_variable();
    if (!variable.empty()) {
      TSM_RETURN_IF_ERROR(SetVariable(variable, partition.device, false));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ActionRunner::FindDestination(const Destination& destination) const {
  switch (destination.where_case()) {
    case Destination::kNextAvailable: {
      auto next = std::find_if(record_.partitions.begin(), record_.partitions.end(), [](const StatePartition& made) {
        return IsImageFileSystem(made.file_system()) && !made.has_image();
      });
      if (next == record_.partitions.end()) {
        return absl::NotFoundError("no formatted partition is left that has received no image yet");
      }
      return next->device();
    }
    case Destination::kPartition: {
      TSM_ASSIGN_OR_RETURN(const NumberedDisk disk,
                           SelectDisk(destination.partition().disk(), effects_.Facts(), variables_));
      return PartitionDevice(disk.disk->device(), destination.partition().number());
    }
    case Destination::kDeviceVariable: {
      std::string device = variables_.Get(destination.device_variable());
      if (device.empty()) {
        return absl::NotFoundError(absl::StrCat("variable ", destination.device_variable(),
                                                ", which should hold the partition's device, has no value"));
      }
      return device;
    }
    case Destination::WHERE_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("the step does not say where the image goes");
}

void ActionRunner::RecordImage(const std::string& device) {
  for (StatePartition& partition : record_.partitions) {
    if (partition.device() == device) {
      partition.set_has_image(true);
    }
  }
}

absl::Status ActionRunner::ApplyImage(const ApplyOperatingSystemImage& apply, StepMonitor& monitor) {
  OperatingSystemRequest request = {.image = {.package = apply.image(), .index = apply.index(), .wipe = true}};
  TSM_ASSIGN_OR_RETURN(request.image.device, FindDestination(apply.destination()));
  TSM_ASSIGN_OR_RETURN(request.kernel_arguments, variables_.ExpandShown(apply.kernel_arguments()));
  request.computer_name = variables_.Get("OSDComputerName");
  request.partitions = record_.partitions;
  report_.detail(absl::StrCat("image ", apply.image(), " to ", request.image.device));
  if (!request.computer_name.empty()) {
    report_.detail(absl::StrCat("computer name ", request.computer_name));
  }
  if (!request.kernel_arguments.empty()) {
    report_.detail(absl::StrCat("kernel arguments ", request.kernel_arguments));
  }
  TSM_RETURN_IF_ERROR(effects_.ApplyOperatingSystem(request, monitor));
  RecordImage(request.image.device);
  TSM_RETURN_IF_ERROR(SetVariable("OSDTargetSystemDrive", request.image.device, false));
  return SetVariable("OSDTargetSystemRoot", std::string(kTargetRoot), false);
}

absl::Status ActionRunner::ApplyImage(const ApplyDataImage& apply, StepMonitor& monitor) {
  ImageRequest request = {.package = apply.image(), .index = apply.index(), .wipe = apply.wipe_partition()};
  TSM_ASSIGN_OR_RETURN(request.device, FindDestination(apply.destination()));
  report_.detail(absl::StrCat("image ", apply.image(), " to ", request.device,
                              request.wipe ? ", whose content is deleted first" : ""));
  TSM_RETURN_IF_ERROR(effects_.ApplyData(request, monitor));
  RecordImage(request.device);
  return absl::OkStatus();
}

absl::Status ActionRunner::ApplyNetwork(const ApplyNetworkSettings& settings, StepMonitor& monitor) {
  NetworkRequest request = {.settings = settings};
  for (NetworkAdapter& adapter : *request.settings.mutable_adapters()) {
    ExpandAdapter(variables_, &adapter);
    report_.detail(DescribeAdapter(adapter));
  }
  auto* domains = request.settings.mutable_search_domains();
  for (std::string& domain : *domains) {
    domain = variables_.Expand(domain).text;
  }
  domains->erase(std::remove(domains->begin(), domains->end(), ""), domains->end());
  if (!domains->empty()) {
    report_.detail(absl::StrCat("search domains ", absl::StrJoin(*domains, ", ")));
  }
  return effects_.ApplyNetwork(request, monitor);
}

// ---- Commands -------------------------------------------------------------------------------------------------------

absl::StatusOr<CommandRequest> ActionRunner::PrepareCommand(const Command& command) const {
  CommandRequest request = {.package = command.package, .root = command.root};
  TSM_ASSIGN_OR_RETURN(request.arguments, ExpandCommandLine(command.command_line, variables_));
  TSM_ASSIGN_OR_RETURN(request.start_in, variables_.ExpandShown(command.start_in));
  for (const auto& [name, variable] : variables_.variables()) {
    if (!variable.hidden) {
      request.variables.push_back({name, variable.value});
    }
  }
  for (const std::string& name : command.hidden_variables) {
    const VariableStore::Variable* variable = variables_.Find(name);
    if (variable == nullptr) {
      return absl::NotFoundError(absl::StrCat("variable ", name, ", which the command needs, has no value"));
    }
    request.hidden_variables.push_back({name, variable->value});
  }
  return request;
}

// What the command set, and its output.
absl::Status ActionRunner::TakeOutput(const Command& command, const CommandResult& result) {
  for (const auto& [name, value] : result.variables) {
    TSM_RETURN_IF_ERROR(SetVariable(name, value, false));
  }
  if (command.output_variable.empty()) {
    return absl::OkStatus();
  }
  return SetVariable(command.output_variable, std::string(absl::StripTrailingAsciiWhitespace(result.output_tail)),
                     false);
}

StepResult ActionRunner::RunCommand(const Command& command, StepMonitor& monitor) {
  absl::StatusOr<CommandRequest> request = PrepareCommand(command);
  if (!request.ok()) {
    return Failed(request.status());
  }
  report_.detail(absl::StrCat("command ", ShowCommandLine(request->arguments)));
  if (!request->package.empty() || !request->start_in.empty()) {
    report_.detail(absl::StrCat("in ", request->package.empty() ? "" : "the files of package ", request->package,
                                request->package.empty() || request->start_in.empty() ? "" : ", folder ",
                                request->start_in));
  }
  absl::StatusOr<CommandResult> result = effects_.RunCommand(*request, monitor);
  if (!result.ok()) {
    return Failed(result.status());
  }
  if (absl::Status taken = TakeOutput(command, *result); !taken.ok()) {
    return Failed(taken);
  }
  const bool succeeded = IsSuccessCode(command.success_codes, result->exit_code);
  StepResult end = {.succeeded = succeeded, .code = result->exit_code};
  if (!succeeded) {
    end.message = absl::StrCat("the command ended with exit code ", result->exit_code);
    return end;
  }
  end.restart = TakeRestartVariables();
  if (!end.restart.has_value() && result->exit_code == kRestartRequired) {
    end.restart = RestartRequest{.to = record_.environment};
  }
  return end;
}

// A command may ask for a restart by SMSTSRebootRequested: WinPE, HD, or true for where it runs; and for another run of
// its step after it by SMSTSRetryRequested.
std::optional<RestartRequest> ActionRunner::TakeRestartVariables() {
  const std::string wanted = absl::AsciiStrToLower(variables_.Get("SMSTSRebootRequested"));
  if (wanted.empty() || wanted == "false") {
    return std::nullopt;
  }
  RestartRequest restart = {.to = wanted == "winpe" ? StepRule::BOOT
                                  : wanted == "hd"  ? StepRule::TARGET
                                                    : record_.environment};
  restart.repeat_step = absl::EqualsIgnoreCase(variables_.Get("SMSTSRetryRequested"), "true");
  restart.message = variables_.Get("SMSTSRebootMessage");
  uint32_t seconds = kMessageSeconds;
  if (!absl::SimpleAtoi(variables_.Get("SMSTSRebootDelay"), &seconds)) {
    seconds = kMessageSeconds;
  }
  restart.message_time = absl::Seconds(seconds);
  variables_.SetReadOnly("SMSTSRebootRequested", "");
  variables_.SetReadOnly("SMSTSRetryRequested", "");
  return restart;
}

StepResult ActionRunner::InstallOne(const std::string& id, StepMonitor& monitor) {
  const Application& application = applications_.at(id);
  report_.detail(absl::StrCat("application ", id, application.name.empty() ? "" : ", ", application.name));
  StepResult result = RunCommand({.command_line = application.install_command, .package = id}, monitor);
  if (result.succeeded) {
    record_.installed_applications.push_back(id);
  } else {
    result.message = absl::StrCat("application ", id, ": ", result.message);
  }
  return result;
}

StepResult ActionRunner::InstallApplications(const InstallApplication& install, StepMonitor& monitor) {
  absl::StatusOr<std::vector<std::string>> order =
      InstallationOrder({install.applications().begin(), install.applications().end()}, applications_,
                        {record_.installed_applications.begin(), record_.installed_applications.end()});
  if (!order.ok()) {
    return Failed(order.status());
  }
  StepResult end = {.succeeded = true};
  for (const std::string& id : *order) {
    StepResult result = InstallOne(id, monitor);
    if (result.succeeded) {
      // One restart after the last application will do.
      end.restart = result.restart.has_value() ? result.restart : end.restart;
      continue;
    }
    if (end.succeeded) {
      end.succeeded = false;
      end.code = result.code;
    }
    absl::StrAppend(&end.message, end.message.empty() ? "" : "; ", result.message);
    if (!install.continue_on_install_error()) {
      break;
    }
  }
  if (!end.succeeded) {
    end.restart.reset();
  }
  return end;
}

// ---- Variables and flow ---------------------------------------------------------------------------------------------

absl::Status ActionRunner::SetVariable(const std::string& name, const std::string& value, bool hidden) {
  TSM_RETURN_IF_ERROR(variables_.Set(name, value, hidden));
  const VariableStore::Variable* variable = variables_.Find(name);
  report_.variable(variable == nullptr ? absl::StrCat(name, " deleted")
                                       : absl::StrCat(name, " = \"", variable->hidden ? "***" : variable->value, "\""));
  return absl::OkStatus();
}

// A value that comes from a hidden variable is as hidden as that.
absl::Status ActionRunner::Assign(const std::string& name, const std::string& text, bool hidden) {
  const VariableStore::Expansion expansion = variables_.Expand(text);
  return SetVariable(name, expansion.text, hidden || !expansion.hidden_variable.empty());
}

absl::Status ActionRunner::SetDynamic(const SetDynamicVariables& dynamic) {
  for (const DynamicVariableRule& rule : dynamic.rules()) {
    if (!WhyNot(rule.conditions(), variables_, effects_).empty()) {
      continue;
    }
    for (const VariableAssignment& assignment : rule.variables()) {
      TSM_RETURN_IF_ERROR(Assign(assignment.variable(), assignment.value(), false));
    }
  }
  return absl::OkStatus();
}

StepResult ActionRunner::Restart(const RestartComputer& restart) const {
  RestartRequest request = {.to = restart.to() == RestartComputer::TARGET ? StepRule::TARGET : StepRule::BOOT};
  request.message = variables_.Expand(restart.message()).text;
  request.message_time =
      absl::Seconds(restart.has_message_timeout_seconds() ? restart.message_timeout_seconds() : kMessageSeconds);
  return {.succeeded = true, .restart = std::move(request)};
}

bool IsSafeToRepeat(const Step& step) {
  return step.safe_to_repeat() || !RuleOf(ActionField(step)).unknown_when_interrupted();
}

}  // namespace tsmedia
