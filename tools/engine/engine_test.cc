// Tests of the engine on machines that are only described.

#include "tools/engine/engine.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tools/engine/engine_testing.h"
#include "tools/engine/simulation.h"

namespace tsmedia {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

class EngineTest : public testing::Test {
 protected:
  // Parses, and runs through restarts; the flow is in flow().
  Outcome Run(const std::string& sequence, const std::string& machine = "") {
    Prepare(sequence, machine);
    absl::StatusOr<Outcome> outcome = RunSimulation(Surroundings(), variables_, machine_);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.value_or(Outcome());
  }

  void Prepare(const std::string& sequence, const std::string& machine) {
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(sequence, &sequence_)) << sequence;
    absl::StatusOr<SimulatedMachine> parsed = ParseSimulatedMachine(machine);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    machine_ = *std::move(parsed);
    effects_ = std::make_unique<SimulatedEffects>(machine_);
    trace_ = TraceListener();
  }

  Engine::Surroundings Surroundings() {
    return {.sequence = &sequence_,
            .applications = &applications_,
            .run = {.media = STANDALONE, .launch_mode = "DVD"},
            .effects = effects_.get(),
            .listener = &trace_};
  }

  std::vector<std::string> flow() const { return trace_.Flow(); }
  const std::vector<std::string>& calls() const { return effects_->calls(); }

  TaskSequence sequence_;
  Applications applications_;
  SimulatedMachine machine_;
  VariableStore variables_;
  std::unique_ptr<SimulatedEffects> effects_;
  TraceListener trace_;
};

// A command step; `rest` are further settings.
std::string Command(const std::string& line, const std::string& rest = "", const std::string& settings = "") {
  return absl::StrCat("steps { name: '", line, "' ", rest, " run_command_line { command_line: '", line, "' ", settings,
                      " } } ");
}

std::string Group(const std::string& name, const std::string& steps, const std::string& rest = "") {
  return absl::StrCat("steps { name: '", name, "' ", rest, " group { ", steps, " } } ");
}

std::string Fails(const std::string& call, int code = 1, int times = 0) {
  return absl::StrCat("answers { call: 'run ", call, "' exit_code: ", code, " times: ", times, " } ");
}

constexpr char kIfFailed[] =
    "conditions { variable { variable: '_SMSTSLastActionSucceeded' operator: EQUALS value: 'false' } }";

TEST_F(EngineTest, RunsStepsAndGroupsInOrder) {
  EXPECT_EQ(Run(Command("a") + Group("G", Command("b") + Group("H", Command("c"))) + Command("d")).kind,
            Outcome::Kind::kFinished);
  EXPECT_THAT(flow(), ElementsAre("started", "+ 1 a", "ok 1 a", "> 2 G", "+ 2.1 b", "ok 2.1 b", "> 2.2 H", "+ 2.2.1 c",
                                  "ok 2.2.1 c", "< 2.2 H", "< 2 G", "+ 3 d", "ok 3 d", "finished"));
  EXPECT_THAT(calls(), ElementsAre("run a", "run b", "run c", "run d"));
}

TEST_F(EngineTest, SkipsWithReasons) {
  Run(Command("a", "disabled: true") + Command("b", "conditions { firmware { type: UEFI } }") +
      Group("G", Command("c"), "disabled: true"));
  EXPECT_THAT(flow(),
              ElementsAre("started", "- 1 a: disabled", "- 2 b: firmware: type UEFI; a BIOS started the machine",
                          "- 3 G: disabled", "finished"));
}

TEST_F(EngineTest, SkippedStepLeavesTheLastResult) {
  Run(Command("bad", "continue_on_error: true") + Command("skipped", "disabled: true") + Command("handler", kIfFailed) +
          Command("second handler", kIfFailed),
      Fails("bad"));
  EXPECT_THAT(calls(), ElementsAre("run bad", "run handler"));
}

// What is run after `bad` failed, for each place where the error may be continued on.
TEST_F(EngineTest, FailureTable) {
  struct Case {
    std::string step, inner, outer;  // further settings
    std::vector<std::string> calls;
    bool finished;
  };
  const std::string on = "continue_on_error: true";
  for (const auto& [step, inner, outer, expected, finished] : std::vector<Case>{
           {"", "", "", {"run bad"}, false},
           {on, "", "", {"run bad", "run in H", "run in G", "run last"}, true},
           {"", on, "", {"run bad", "run in G", "run last"}, true},
           {"", "", on, {"run bad", "run last"}, true},
           {on, on, on, {"run bad", "run in H", "run in G", "run last"}, true},
           {"", on, on, {"run bad", "run in G", "run last"}, true},
       }) {
    Outcome outcome =
        Run(Group("G", Group("H", Command("bad", step) + Command("in H"), inner) + Command("in G"), outer) +
                Command("last"),
            Fails("bad", 7));
    EXPECT_EQ(calls(), expected);
    EXPECT_EQ(outcome.kind == Outcome::Kind::kFinished, finished);
    if (!finished) {
      EXPECT_EQ(outcome.step.position, "1.1.1");
      EXPECT_EQ(outcome.result.code, 7);
      EXPECT_EQ(outcome.result.message, "the command ended with exit code 7");
      EXPECT_EQ(flow().back(), "stopped 7");
    }
  }
}

TEST_F(EngineTest, GroupsThatFailSaySo) {
  Run(Group("G", Group("H", Command("bad")), "continue_on_error: true"), Fails("bad"));
  EXPECT_THAT(flow(), ElementsAre("started", "> 1 G", "> 1.1 H", "+ 1.1.1 bad",
                                  "failed 1.1.1 bad 1: the command ended with exit code 1", "< 1.1 H failed",
                                  "< 1 G failed", "finished"));
}

TEST_F(EngineTest, SuccessCodes) {
  struct Case {
    std::string codes;
    int exit_code;
    bool succeeds;
  };
  for (const auto& [codes, exit_code, succeeds] : std::vector<Case>{
           {"", 0, true},
           {"", 1, false},
           {"success_codes: [1, 2]", 2, true},
           {"success_codes: [1, 2]", 0, false},
           {"success_codes: 1", 3010, false},
       }) {
    Outcome outcome = Run(Command("x", "", codes), Fails("x", exit_code));
    EXPECT_EQ(outcome.kind == Outcome::Kind::kFinished, succeeds) << codes << " " << exit_code;
  }
}

TEST_F(EngineTest, Retries) {
  const std::string step = Command("x", "retry { count: 2 delay_seconds: 30 }");
  EXPECT_EQ(Run(step, Fails("x", 5, 2)).kind, Outcome::Kind::kFinished);
  EXPECT_THAT(flow(),
              ElementsAre("started", "+ 1 x", "~ 1 x: the command ended with exit code 5; retry 1 of 2 in 30 s",
                          "~ 1 x: the command ended with exit code 5; retry 2 of 2 in 30 s", "ok 1 x", "finished"));
  EXPECT_EQ(effects_->calls().size(), 3u);
  EXPECT_EQ(Run(step, Fails("x", 5, 3)).kind, Outcome::Kind::kFailed);
}

TEST_F(EngineTest, TimeoutsStopEachAttempt) {
  Outcome outcome = Run(Command("slow", "timeout_seconds: 10 retry { count: 1 }"),
                        "answers { call: 'run slow' seconds: 11 times: 1 } answers { call: 'run slow' seconds: 9 }");
  EXPECT_EQ(outcome.kind, Outcome::Kind::kFinished);
  EXPECT_THAT(flow(), Contains(HasSubstr("~ 1 slow: the step took too long")));

  outcome = Run(Command("slow", "timeout_seconds: 10"), "answers { call: '*' seconds: 100 }");
  EXPECT_EQ(outcome.result.code, static_cast<int32_t>(0x800705b4));
}

TEST_F(EngineTest, StandardVariables) {
  Run("name: 'Deploy' " + Command("bad", "continue_on_error: true") +
          Command("echo %_SMSTSLastActionName% %_SMSTSLastActionRetCode% %_SMSTSLastActionSucceeded%") +
          Command("echo %_SMSTSMediaType% %_SMSTSLaunchMode% %_SMSTSInWinPE% %_SMSTSBootUEFI% %_TSSecureBoot%") +
          Command("echo %_SMSTSCurrentActionName% %_SMSTSPackageID% %_SMSTSPackageName% %_SMSTSMachineName%") +
          Command("echo %_SMSTSMake% %_SMSTSSerialNumber% %_SMSTSMacAddresses% %_SMSTSIPAddresses%") +
          Command("echo [%_SMSTSAdvertID%] %_SMSTSStandAloneMedia%"),
      Fails("bad", 4) +
          "variables { variable: 'OSDComputerName' value: 'pc-7' } machine { uefi: true make: 'ACME' "
          "serial_number: 'S1' interfaces { mac_address: 'm1' addresses: 'a1' addresses: 'a2' } "
          "interfaces { mac_address: 'm2' } }");
  EXPECT_THAT(calls(),
              ElementsAre("run bad", "run echo bad 4 false", "run echo FullMedia DVD true true false",
                          HasSubstr("%' INMEM_TS Deploy pc-7"), "run echo ACME S1 m1,m2 a1,a2", "run echo [] true"));
}

TEST_F(EngineTest, SetsVariables) {
  Run("steps { name: 's' set_task_sequence_variable { variable: 'A' value: '%Site%-1' } }"
      "steps { name: 'd' set_dynamic_variables {"
      "  rules { variables { variable: 'B' value: 'default' } }"
      "  rules { conditions { firmware { type: BIOS } } variables { variable: 'B' value: '%A%!' } "
      "          variables { variable: 'C' value: 'c' } }"
      "  rules { conditions { firmware { type: UEFI } } variables { variable: 'B' value: 'no' } } } }"
      "steps { name: 'x' set_task_sequence_variable { variable: 'C' } }" +
          Command("echo %A% %B% [%C%]"),
      "variables { variable: 'Site' value: 'North' }");
  EXPECT_THAT(calls(), ElementsAre("run echo North-1 North-1! []"));
  EXPECT_THAT(trace_.lines(), IsSupersetOf({"= A = \"North-1\"", "= B = \"default\"", "= C deleted"}));
}

TEST_F(EngineTest, CommandsSetVariablesAndGiveOutput) {
  Run(Command("x", "", "output_variable: 'Out'") + Command("echo %Out% %Set%"),
      "answers { call: 'run x' output: 'hello\\n' variables { variable: 'Set' value: 'v' } }");
  EXPECT_EQ(calls().back(), "run echo hello v");

  Outcome outcome = Run(Command("x"), "answers { call: 'run x' variables { variable: '_SMSTSMake' value: 'v' } }");
  EXPECT_THAT(outcome.result.message, HasSubstr("_SMSTSMake is read-only"));
}

TEST_F(EngineTest, HiddenValuesAreNowhere) {
  Outcome outcome = Run(
      "steps { name: 'copy' set_task_sequence_variable { variable: 'Copy' value: 'x-%Password%' } }"
      "steps { name: 'dynamic' set_dynamic_variables { rules { variables { variable: 'Again' value: '%Copy%' } } } }" +
          Command("print", "continue_on_error: true", "hidden_variables: 'Password' output_variable: 'Out'") +
          Command("shown %Again%", "continue_on_error: true") +
          "steps { name: 'r' conditions { variable { variable: 'Again' operator: EQUALS value: '1' } } "
          "restart_computer { to: BOOT_IMAGE } }"
          "steps { name: 'restart' restart_computer { to: BOOT_IMAGE message: 'the word is %Password%' } }" +
          Command("after"),
      "hidden_variables { variable: 'Password' value: 'hunter22' } answers { call: 'run print' output: 'got hunter22' }"
      "answers { call: 'run after' error: 'cannot use hunter22' }");
  const std::string all = absl::StrJoin(trace_.lines(), "\n") + outcome.result.message;
  EXPECT_THAT(all, Not(HasSubstr("hunter22")));
  EXPECT_THAT(all, AllOf(HasSubstr("Out = \"got ***\""), HasSubstr("the word is ***"), HasSubstr("cannot use ***"),
                         HasSubstr("variable Again is hidden"), HasSubstr("Copy = \"***\"")));
  // A command that must not see the value is not even started.
  EXPECT_THAT(calls(), ElementsAre("run print", "run after"));
}

TEST_F(EngineTest, FormatsAndAppliesImages) {
  Outcome outcome = Run(
      "steps { name: 'p' format_and_partition_disk { disk { } style: GPT "
      "  partitions { type: EFI size_mb: 100 file_system: FAT32 label: 'EFI' }"
      "  partitions { type: PRIMARY size_mb: 400 file_system: EXT4 device_variable: 'Root' }"
      "  partitions { type: PRIMARY rest: true file_system: EXT4 label: '%Site%' } } }"
      "steps { name: 'os' apply_operating_system_image { image: 'LAB00001' destination { device_variable: 'Root' } "
      "  kernel_arguments: 'site=%Site%' } }"
      "steps { name: 'data' apply_data_image { image: 'LAB00002' destination { next_available: true } } }"
      "steps { name: 'again' apply_data_image { image: 'LAB00002' destination { partition { disk { } number: 3 } } } }"
      "steps { name: 'drivers' apply_driver_package { package: 'LAB00003' } }"
      "steps { name: 'net' apply_network_settings { adapters { name: 'en*' addresses: '%Address%/24' "
      "  gateways: '%Nothing%' } search_domains: '%Site%.example' search_domains: '%Nothing%' } }" +
          Command("ls %OSDTargetSystemRoot% %OSDTargetSystemDrive%") +
          "steps { name: 'full' apply_data_image { image: 'LAB00002' destination { next_available: true } } }",
      "machine { disks { device: '/dev/nvme0n1' size: 2147483648 } } variables { variable: 'Site' value: 'north' } "
      "variables { variable: 'Address' value: '192.0.2.7' } variables { variable: 'OSDComputerName' value: 'pc-1' }");
  EXPECT_THAT(calls(),
              ElementsAre("format /dev/nvme0n1", "apply image LAB00001 to /dev/nvme0n1p2",
                          "apply data LAB00002 to /dev/nvme0n1p3", "apply data LAB00002 to /dev/nvme0n1p3",
                          "apply drivers LAB00003", "apply network settings", "run ls /target /dev/nvme0n1p2"));
  EXPECT_THAT(trace_.lines(),
              IsSupersetOf({". disk 0 (/dev/nvme0n1, 2048 MB): GPT",
                            ". partition 3 (/dev/nvme0n1p3): PRIMARY, EXT4, 1546 MB at 501 MB, label \"north\"",
                            ". kernel arguments site=north", ". computer name pc-1",
                            ". adapter en*: addresses 192.0.2.7/24", ". search domains north.example"}));
  EXPECT_THAT(outcome.result.message, HasSubstr("no formatted partition is left"));
  EXPECT_EQ(outcome.step.name, "full");
}

TEST_F(EngineTest, RefusesAnAmbiguousDiskBeforeAnythingIsLost) {
  Outcome outcome =
      Run("steps { name: 'p' format_and_partition_disk { disk { } style: GPT partitions { rest: true } } }",
          "machine { disks { device: '/dev/sda' size: 2147483648 } disks { device: '/dev/sdb' "
          "size: 2147483648 } }");
  EXPECT_THAT(outcome.result.message, HasSubstr("2 disks match"));
  EXPECT_TRUE(calls().empty());
}

TEST_F(EngineTest, RestartsAndGoesOn) {
  Outcome outcome =
      Run(Group("G", Command("a") + "steps { name: 'r' restart_computer { to: TARGET message: 'Bye %Site%' } }" +
                         Command("echo %_SMSTSInWinPE% %_SMSTSLastActionName%")) +
              "steps { name: 'r2' restart_computer { to: TARGET } }",
          "variables { variable: 'Site' value: 'North' }");
  EXPECT_EQ(outcome.kind, Outcome::Kind::kFinished);
  EXPECT_THAT(flow(),
              ElementsAre("started", "> 1 G", "+ 1.1 a", "ok 1.1 a", "+ 1.2 r", "ok 1.2 r",
                          "restart: the machine restarts into the deployed operating system: Bye North", "started",
                          HasSubstr("+ 1.3"), HasSubstr("ok 1.3"), "< 1 G", "+ 2 r2", "ok 2 r2",
                          "restart: the machine restarts into the deployed operating system", "started", "finished"));
  EXPECT_EQ(calls().back(), "run echo false r");
}

TEST_F(EngineTest, KnowsWhetherAnythingIsLeft) {
  const std::string restart = "steps { name: 'r' restart_computer { to: TARGET } }";
  for (const auto& [sequence, at_end] : std::vector<std::pair<std::string, bool>>{
           {restart, true},
           {Group("G", restart), true},
           {restart + Command("a"), false},
           {Group("G", restart) + Command("a"), false},
           {Group("G", restart + Command("a")), false},
       }) {
    Prepare(sequence, "");
    std::unique_ptr<Engine> engine = Engine::Start(Surroundings(), variables_);
    EXPECT_FALSE(engine->AtEnd());
    EXPECT_EQ(engine->Run().kind, Outcome::Kind::kRestart);
    EXPECT_EQ(engine->AtEnd(), at_end) << sequence;
  }
}

TEST_F(EngineTest, StepsKnowWhereTheyRun) {
  Outcome outcome = Run("steps { name: 'i' install_package { package: 'LAB00001' command_line: 'x' } }");
  EXPECT_EQ(outcome.result.message, "Install Package does not run in the boot image");
  outcome =
      Run("steps { name: 'r' restart_computer { to: TARGET } }"
          "steps { name: 'd' apply_driver_package { package: 'LAB00001' } }");
  EXPECT_EQ(outcome.result.message, "Apply Driver Package does not run in the deployed operating system");
}

TEST_F(EngineTest, CommandsAskForRestarts) {
  struct Case {
    std::string answer, restart;
    std::vector<std::string> calls;
  };
  const std::string boot = "restart: the machine restarts into the boot image";
  const std::string target = "restart: the machine restarts into the deployed operating system";
  for (const auto& [answer, restart, expected] : std::vector<Case>{
           {"exit_code: 3010", boot, {"run x", "run y"}},
           {"variables { variable: 'SMSTSRebootRequested' value: 'WinPE' }", boot, {"run x", "run y"}},
           {"variables { variable: 'SMSTSRebootRequested' value: 'HD' } "
            "variables { variable: 'SMSTSRebootMessage' value: 'Soon' }",
            target + ": Soon",
            {"run x", "run y"}},
           {"variables { variable: 'SMSTSRebootRequested' value: 'true' } "
            "variables { variable: 'SMSTSRetryRequested' value: 'true' }",
            boot,
            {"run x", "run x", "run y"}},
       }) {
    Run(Command("x") + Command("y"), "answers { call: 'run x' times: 1 " + answer + " }");
    EXPECT_THAT(flow(), Contains(restart));
    EXPECT_EQ(calls(), expected);
  }
}

TEST_F(EngineTest, InstallsApplicationsAfterTheirDependencies) {
  applications_ = {{"LAB00020", {"Agent", "install-agent", {"LAB00021", "LAB00022"}}},
                   {"LAB00021", {"Library", "install-library", {"LAB00022"}}},
                   {"LAB00022", {"Base", "install-base", {"LAB00010"}}},
                   {"LAB00023", {"Other", "install-other", {"LAB00022"}}}};
  Run("steps { name: 'r' restart_computer { to: TARGET } }"
      "steps { name: 'i' install_application { applications: 'LAB00020' applications: 'LAB00021' } }"
      "steps { name: 'j' install_application { applications: 'LAB00023' } }");
  EXPECT_THAT(calls(),
              ElementsAre("run install-base", "run install-library", "run install-agent", "run install-other"));
  EXPECT_THAT(trace_.lines(), Contains(". application LAB00020, Agent"));
}

TEST_F(EngineTest, ApplicationsThatFail) {
  applications_ = {{"LAB00020", {"", "one", {}}}, {"LAB00021", {"", "two", {}}}};
  const std::string steps =
      "steps { name: 'r' restart_computer { to: TARGET } }"
      "steps { name: 'i' install_application { applications: 'LAB00020' applications: 'LAB00021' ";
  Outcome outcome = Run(steps + "} }", Fails("one", 3));
  EXPECT_EQ(outcome.result.message, "application LAB00020: the command ended with exit code 3");
  EXPECT_THAT(calls(), ElementsAre("run one"));
  outcome = Run(steps + "continue_on_install_error: true } }", Fails("one", 3));
  EXPECT_EQ(outcome.kind, Outcome::Kind::kFailed);
  EXPECT_EQ(outcome.result.code, 3);
  EXPECT_THAT(calls(), ElementsAre("run one", "run two"));
}

TEST(ApplicationsTest, Circles) {
  Applications applications = {{"A", {"", "a", {"B"}}}, {"B", {"", "b", {"C"}}}, {"C", {"", "c", {"A"}}}};
  EXPECT_TRUE(absl::IsFailedPrecondition(InstallationOrder({"A"}, applications, {}).status()));
  EXPECT_TRUE(absl::IsNotFound(InstallationOrder({"X"}, applications, {}).status()));
  EXPECT_THAT(InstallationOrder({"A"}, applications, {"C"}).value(), ElementsAre("B", "A"));
}

TEST_F(EngineTest, RunsChildren) {
  Outcome outcome = Run(
      Command("a") + "steps { name: 'child' run_task_sequence { task_sequence: 'C' } }" + Command("echo %FromChild%") +
      "children { name: 'C' steps { name: 'set' set_task_sequence_variable { variable: 'FromChild' value: 'v' } } "
      "steps { name: 'r' restart_computer { to: BOOT_IMAGE } } " +
      "steps { name: 'grandchild' run_task_sequence { task_sequence: 'D' } } } children { name: 'D' " + Command("d") +
      "}");
  EXPECT_EQ(outcome.kind, Outcome::Kind::kFinished);
  EXPECT_THAT(calls(), ElementsAre("run a", "run d", "run echo v"));
  EXPECT_THAT(flow(), IsSupersetOf({"> 2 child", "> 2.3 grandchild", "+ 2.3.1 d", "< 2.3 grandchild", "< 2 child"}));
}

TEST_F(EngineTest, ChildrenThatAreNotThereOrNestTooDeeplyFail) {
  Outcome outcome = Run("steps { name: 'child' run_task_sequence { task_sequence: 'X' } }");
  EXPECT_EQ(outcome.result.message, "there is no such task sequence");
  outcome =
      Run("steps { name: 'child' run_task_sequence { task_sequence: 'C' } }"
          "children { name: 'C' steps { name: 'self' run_task_sequence { task_sequence: 'C' } } }");
  EXPECT_THAT(outcome.result.message, HasSubstr("too deeply"));
}

TEST_F(EngineTest, FailedStepIsRunAgainOnDemand) {
  Prepare(Group("G", Command("a") + Command("bad", kIfFailed) + Command("c")),
          Fails("bad", 5, 1) + "answers { call: 'run a' exit_code: 1 }");
  sequence_.mutable_steps(0)->mutable_group()->mutable_steps(0)->set_continue_on_error(true);
  std::unique_ptr<Engine> engine = Engine::Start(Surroundings(), variables_);
  EXPECT_EQ(engine->Run().kind, Outcome::Kind::kFailed);
  // Its conditions are not asked again, and what was before it is not run again.
  EXPECT_EQ(engine->Run().kind, Outcome::Kind::kFinished);
  EXPECT_THAT(calls(), ElementsAre("run a", "run bad", "run bad", "run c"));
}

// ---- State ----------------------------------------------------------------------------------------------------------

// Keeps the state at each start of a step, as a journal does, and knows how the run went on from there.
class JournalListener : public EngineListener {
 public:
  void OnEvent(const Event& event) override {
    if (event.kind == Event::Kind::kStepStarted) {
      states.push_back(engine->State());
    }
  }
  void OnProgress(const StepInfo&, uint64_t, uint64_t) override {}

  const Engine* engine = nullptr;
  std::vector<EngineState> states;
};

TEST_F(EngineTest, InterruptedStepsRunAgainOnlyIfThatIsSafe) {
  Prepare("steps { name: 'set' set_task_sequence_variable { variable: 'A' value: '1' } }" + Command("x") + Command("y"),
          "");
  JournalListener journal;
  Engine::Surroundings surroundings = Surroundings();
  surroundings.listener = &journal;
  std::unique_ptr<Engine> engine = Engine::Start(surroundings, variables_);
  journal.engine = engine.get();
  engine->Run();
  ASSERT_EQ(journal.states.size(), 3u);

  // Interrupted while the variable was set: simply again.
  absl::StatusOr<std::unique_ptr<Engine>> resumed = Engine::Resume(Surroundings(), journal.states[0]);
  ASSERT_TRUE(resumed.ok());
  EXPECT_EQ((*resumed)->Run().kind, Outcome::Kind::kFinished);
  EXPECT_THAT(calls(), ElementsAre("run x", "run y", "run x", "run y"));

  // Interrupted while the command ran: nobody knows, so somebody has to say.
  resumed = Engine::Resume(Surroundings(), journal.states[1]);
  ASSERT_TRUE(resumed.ok());
  Outcome outcome = (*resumed)->Run();
  EXPECT_EQ(outcome.kind, Outcome::Kind::kFailed);
  EXPECT_THAT(outcome.result.message, HasSubstr("this step was begun before the machine stopped"));
  EXPECT_EQ(calls().size(), 4u);
  EXPECT_EQ((*resumed)->Run().kind, Outcome::Kind::kFinished);
  EXPECT_THAT(calls(), ElementsAre("run x", "run y", "run x", "run y", "run x", "run y"));
  EXPECT_EQ((*resumed)->variables().Get("A"), "1");
}

TEST_F(EngineTest, InterruptedCommandsRunAgainIfTheSequenceSaysSo) {
  Prepare(Command("x", "safe_to_repeat: true"), "");
  JournalListener journal;
  Engine::Surroundings surroundings = Surroundings();
  surroundings.listener = &journal;
  std::unique_ptr<Engine> engine = Engine::Start(surroundings, variables_);
  journal.engine = engine.get();
  engine->Run();
  ASSERT_EQ(journal.states.size(), 1u);
  absl::StatusOr<std::unique_ptr<Engine>> resumed = Engine::Resume(Surroundings(), journal.states[0]);
  ASSERT_TRUE(resumed.ok());
  EXPECT_EQ((*resumed)->Run().kind, Outcome::Kind::kFinished);
  EXPECT_THAT(calls(), ElementsAre("run x", "run x"));
}

TEST_F(EngineTest, RefusesStatesOfOtherSequences) {
  Prepare(Command("a") + Group("G", Command("b")), "");
  EngineState good = Engine::Start(Surroundings(), variables_)->State();
  EXPECT_TRUE(Engine::Resume(Surroundings(), good).ok());
  auto resumes = [&](const std::string& change) {
    EngineState state = good;
    state.clear_position();
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(change, &state));
    return Engine::Resume(Surroundings(), state).ok();
  };
  EXPECT_TRUE(resumes("position: 2"));
  EXPECT_TRUE(resumes("position: 1 position: 1"));
  EXPECT_TRUE(resumes(""));
  EXPECT_FALSE(resumes("position: 2 phase: BEGUN"));
  EXPECT_FALSE(resumes("position: 3"));
  EXPECT_FALSE(resumes("position: 4294967295"));
  EXPECT_FALSE(resumes("position: 2 position: 0"));
  EXPECT_FALSE(resumes("position: 0 position: 0"));
  EXPECT_FALSE(resumes("position: 1 position: 0 position: 0"));
  EXPECT_FALSE(resumes("position: 0 context: 'tsmedia/other/v1'"));
  EXPECT_FALSE(resumes("position: 0 environment: ENVIRONMENT_UNSPECIFIED"));
  EXPECT_FALSE(resumes("position: 0 variables { name: '1' value: 'x' }"));
}

TEST_F(EngineTest, ReportsProgress) {
  Run(Command("a"));
  EXPECT_EQ(trace_.progress_calls(), 1);
}

}  // namespace
}  // namespace tsmedia
