#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tools/base/byte_source.h"
#include "tools/base/json_writer.h"
#include "tools/base/printable.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age_x25519.h"
#include "tools/engine/engine.h"
#include "tools/engine/result_code.h"
#include "tools/engine/run_inputs.h"
#include "tools/engine/simulation.h"
#include "tools/engine/trace.h"
#include "tools/mediactl/commands.h"
#include "tools/mediactl/common.h"
#include "tools/mediactl/user_path.h"
#include "tools/medium/protected_content.h"
#include "tools/plan/manifest.h"
#include "tools/plan/medium_paths.h"
#include "tools/sequence/canonical.h"

namespace tsmedia {
namespace {

// What the medium brings to the run.
struct MediumContent {
  TaskSequence sequence;
  VariableStore variables;
  Applications applications;
};

absl::StatusOr<MediumContent> ReadContent(const UserSet& medium, const PasswordOptions& password) {
  TSM_ASSIGN_OR_RETURN(const std::shared_ptr<const Medium> first, medium.set->Open(1));
  TSM_ASSIGN_OR_RETURN(std::optional<MediaIdentity> identity, Unlock(medium, password));
  const MediaIdentity* key = identity.has_value() ? &*identity : nullptr;
  TSM_ASSIGN_OR_RETURN(const std::string sequence, ReadObject(*first, medium.manifest(), key, kSequencePath));
  TSM_ASSIGN_OR_RETURN(const MediaVariables variables, ReadVariables(*first, medium.manifest(), key));
  TSM_ASSIGN_OR_RETURN(const Inventory inventory, ReadInventory(*first, medium.manifest(), key));
  MediumContent content;
  content.applications = ApplicationsOf(inventory);
  TSM_ASSIGN_OR_RETURN(content.sequence, ReadSequence(sequence));
  TSM_ASSIGN_OR_RETURN(content.variables, VariablesOf(variables));
  return content;
}

absl::StatusOr<SimulatedMachine> ReadFacts(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(UserPath(path), kMaxSimulationSize));
  absl::StatusOr<SimulatedMachine> machine = ParseSimulatedMachine(text);
  if (!machine.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ":", machine.status().message()));
  }
  return machine;
}

// Fails, after everything was printed, if the sequence did.
absl::Status ReportOutcome(const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::kFinished) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat("the task sequence fails in step ", outcome.step.position, " (",
                                                    outcome.step.name, ") with ", ResultCodeText(outcome.result.code),
                                                    ": ", outcome.result.message));
}

absl::StatusOr<Outcome> SimulateOn(const MediumContent& content, MediaKind media, const SimulatedMachine& machine,
                                   EngineListener& listener) {
  SimulatedEffects effects(machine);
  return RunSimulation({.sequence = &content.sequence,
                        .applications = &content.applications,
                        .run = {.media = media, .launch_mode = "DVD"},
                        .effects = &effects,
                        .listener = &listener},
                       content.variables, machine);
}

absl::StatusOr<Outcome> SimulateAsText(const MediumContent& content, MediaKind media, const SimulatedMachine& machine) {
  // What a command would have written comes from a file.
  TextTrace trace([](std::string_view line) { std::cout << PrintableLine(absl::StripSuffix(line, "\n")) << "\n"; });
  std::cout << content.sequence.name() << "\n";
  return SimulateOn(content, media, machine, trace);
}

absl::StatusOr<Outcome> SimulateAsJson(const MediumContent& content, MediaKind media, const SimulatedMachine& machine) {
  JsonWriter json;
  json.BeginObject();
  json.String("sequence", content.sequence.name());
  json.BeginArray("events");
  JsonTrace trace(json);
  TSM_ASSIGN_OR_RETURN(const Outcome outcome, SimulateOn(content, media, machine, trace));
  json.EndArray();
  json.Bool("succeeded", outcome.kind == Outcome::Kind::kFinished);
  json.EndObject();
  std::cout << json.Finish();
  return outcome;
}

absl::Status Simulate(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::vector<std::string> paths, PositionalList(args, {"MEDIUM"}));
  TSM_ASSIGN_OR_RETURN(const bool wants_json, WantsJson(args));
  TSM_ASSIGN_OR_RETURN(const std::string facts, args.Required("facts"));
  TSM_ASSIGN_OR_RETURN(const PasswordOptions password, ReadPasswordOptions(args));
  TSM_ASSIGN_OR_RETURN(const UserSet medium, OpenWithOptionalKey(args, paths));
  TSM_ASSIGN_OR_RETURN(const SimulatedMachine machine, ReadFacts(facts));
  TSM_ASSIGN_OR_RETURN(const MediumContent content, ReadContent(medium, password));
  const MediaKind media = medium.manifest().media_kind();
  TSM_ASSIGN_OR_RETURN(const Outcome outcome,
                       wants_json ? SimulateAsJson(content, media, machine) : SimulateAsText(content, media, machine));
  return ReportOutcome(outcome);
}

}  // namespace

const Command kSimulateCommand = {
    "simulate", "what a medium's task sequence would do to a machine",
    R"(usage: mediactl simulate --facts=FILE [--format=text|json] [--public_key=FILE] [--password-file=FILE]
       MEDIUM

Runs the task sequence of a medium on a machine that is only described, with the engine that runs on targets: prints
which steps run and with which values, and why others are skipped. Nothing is done. Exit code 1: the sequence fails.
Of a set the first volume does.

  --facts=FILE        the machine: firmware, memory, disks, network, make and model, files, variables that a prestart
                      command sets, and how commands end; a textproto of tools/engine/simulation.proto:
                          machine { uefi: true memory_mb: 4096 make: "LENOVO"
                                    disks { device: "/dev/nvme0n1" size: 256000000000 } }
                          variables { variable: "OSDComputerName" value: "pc-17" }
                          answers { call: "run setup*" exit_code: 3010 }
  --format=text|json  text for people (default), or JSON with an object for each event
  --public_key=FILE   signify public key; without it the signature is not checked
)",
    Simulate, kPasswordHelp};

}  // namespace tsmedia
