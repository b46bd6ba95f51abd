#include "tools/engine/simulation.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "tools/base/status_macros.h"
#include "tools/engine/command_line.h"
#include "tools/engine/pattern.h"

namespace tsmedia {
namespace {

// Keeps the first error of a text.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override {
    if (text_.empty()) {
      text_ = absl::StrCat(line + 1, ":", column + 1, ": ", message);
    }
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Adds the folders above `path`.
void AddFoldersAbove(std::string path, std::set<std::string>* folders) {
  for (size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0; slash = path.rfind('/')) {
    path.resize(slash);
    folders->insert(path);
  }
  folders->insert("/");
}

absl::Status SetAll(const google::protobuf::RepeatedPtrField<VariableAssignment>& assignments, bool hidden,
                    VariableStore* variables) {
  for (const VariableAssignment& assignment : assignments) {
    TSM_RETURN_IF_ERROR(variables->Set(assignment.variable(), assignment.value(), hidden));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SimulatedMachine> ParseSimulatedMachine(std::string_view text) {
  SimulatedMachine machine;
  FirstError errors;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.SetRecursionLimit(10);  // the schema's depth is 3
  if (!parser.ParseFromString(std::string(text), &machine)) {
    return absl::InvalidArgumentError(errors.text());
  }
  return machine;
}

SimulatedEffects::SimulatedEffects(SimulatedMachine machine)
    : machine_(std::move(machine)),
      given_(machine_.answers_size(), 0),
      files_(machine_.files().begin(), machine_.files().end()),
      folders_(machine_.folders().begin(), machine_.folders().end()) {
  for (const std::string& path : machine_.files()) {
    AddFoldersAbove(path, &folders_);
  }
  for (const std::string& path : machine_.folders()) {
    AddFoldersAbove(path, &folders_);
  }
}

SimulatedAnswer SimulatedEffects::Find(const std::string& call) {
  for (int i = 0; i < machine_.answers_size(); ++i) {
    const SimulatedAnswer& answer = machine_.answers(i);
    if ((answer.times() == 0 || given_[i] < answer.times()) && MatchesPattern(answer.call(), call)) {
      ++given_[i];
      return answer;
    }
  }
  return SimulatedAnswer();
}

absl::StatusOr<SimulatedAnswer> SimulatedEffects::Answer(const std::string& call, StepMonitor& monitor) {
  calls_.push_back(call);
  SimulatedAnswer answer = Find(call);
  const absl::Duration needed = absl::Seconds(answer.seconds());
  uptime_ += std::min(needed, monitor.TimeLeft());
  TSM_RETURN_IF_ERROR(monitor.Progress(1, 1));
  if (!answer.error().empty()) {
    return absl::UnknownError(answer.error());
  }
  return answer;
}

absl::Status SimulatedEffects::FormatDisk(const FormatRequest& request, StepMonitor& monitor) {
  return Answer(absl::StrCat("format ", request.disk.device()), monitor).status();
}

absl::Status SimulatedEffects::ApplyOperatingSystem(const OperatingSystemRequest& request, StepMonitor& monitor) {
  return Answer(absl::StrCat("apply image ", request.image.package, " to ", request.image.device), monitor).status();
}

absl::Status SimulatedEffects::ApplyData(const ImageRequest& request, StepMonitor& monitor) {
  return Answer(absl::StrCat("apply data ", request.package, " to ", request.device), monitor).status();
}

absl::Status SimulatedEffects::ApplyDrivers(const std::string& package, StepMonitor& monitor) {
  return Answer(absl::StrCat("apply drivers ", package), monitor).status();
}

absl::Status SimulatedEffects::ApplyNetwork(const NetworkRequest&, StepMonitor& monitor) {
  return Answer("apply network settings", monitor).status();
}

absl::StatusOr<CommandResult> SimulatedEffects::RunCommand(const CommandRequest& request, StepMonitor& monitor) {
  TSM_ASSIGN_OR_RETURN(const SimulatedAnswer answer,
                       Answer(absl::StrCat("run ", ShowCommandLine(request.arguments)), monitor));
  CommandResult result = {.exit_code = answer.exit_code(), .output_tail = answer.output()};
  for (const VariableAssignment& assignment : answer.variables()) {
    result.variables.push_back({assignment.variable(), assignment.value()});
  }
  return result;
}

absl::StatusOr<Outcome> RunSimulation(const Engine::Surroundings& surroundings, VariableStore variables,
                                      const SimulatedMachine& machine) {
  TSM_RETURN_IF_ERROR(SetAll(machine.variables(), false, &variables));
  TSM_RETURN_IF_ERROR(SetAll(machine.hidden_variables(), true, &variables));
  std::unique_ptr<Engine> engine = Engine::Start(surroundings, std::move(variables));
  while (true) {
    Outcome outcome = engine->Run();
    if (outcome.kind != Outcome::Kind::kRestart) {
      return outcome;
    }
    const std::string saved = engine->State().SerializeAsString();
    EngineState state;
    state.ParseFromString(saved);
    TSM_ASSIGN_OR_RETURN(engine, Engine::Resume(surroundings, state));
  }
}

}  // namespace tsmedia
