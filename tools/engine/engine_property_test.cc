// Property test: thousands of random sequences, run by the engine and by a model that is written as differently as
// possible (recursive, without events, states and restarts), do the same to the machine.

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/engine/engine.h"
#include "tools/engine/engine_testing.h"
#include "tools/engine/simulation.h"

namespace tsmedia {
namespace {

constexpr int kSequences = 4000;

// A random sequence whose commands are c0, c1, ...; which of them fail, and how often, is in `machine`.
class Generator {
 public:
  explicit Generator(int seed) : random_(static_cast<uint64_t>(seed)) {}

  void Generate() { AddSteps(0, sequence.mutable_steps()); }

  TaskSequence sequence;
  SimulatedMachine machine;

 private:
  using Steps = google::protobuf::RepeatedPtrField<Step>;

  bool Chance(double probability) { return absl::Bernoulli(random_, probability); }

  void AddSteps(int depth, Steps* steps) {
    for (int count = absl::Uniform(random_, 1, 5); count > 0; --count) {
      AddStep(depth, steps->Add());
    }
  }

  void AddStep(int depth, Step* step) {
    step->set_name(absl::StrCat("s", commands_));
    step->set_disabled(Chance(0.1));
    step->set_continue_on_error(Chance(0.3));
    if (Chance(0.25)) {
      VariableCondition* condition = step->add_conditions()->mutable_variable();
      condition->set_variable("_SMSTSLastActionSucceeded");
      condition->set_operator_(VariableCondition::EQUALS);
      condition->set_value(Chance(0.5) ? "false" : "true");
    }
    if (depth < 3 && Chance(0.35)) {
      AddSteps(depth + 1, step->mutable_group()->mutable_steps());
    } else if (Chance(0.1)) {
      step->mutable_restart_computer()->set_to(RestartComputer::BOOT_IMAGE);
    } else if (depth < 3 && Chance(0.1)) {
      AddChild(depth, step);
    } else {
      AddCommand(step);
    }
  }

  void AddChild(int depth, Step* step) {
    const std::string name = absl::StrCat("child", sequence.children_size());
    step->mutable_run_task_sequence()->set_task_sequence(name);
    TaskSequence child;
    child.set_name(name);
    *sequence.add_children() = child;
    const int index = sequence.children_size() - 1;
    AddSteps(depth + 1, child.mutable_steps());
    *sequence.mutable_children(index) = child;
  }

  void AddCommand(Step* step) {
    const std::string line = absl::StrCat("c", commands_++);
    step->mutable_run_command_line()->set_command_line(line);
    if (Chance(0.2)) {
      step->mutable_retry()->set_count(absl::Uniform(random_, 1u, 3u));
    }
    if (Chance(0.3)) {
      SimulatedAnswer* answer = machine.add_answers();
      answer->set_call("run " + line);
      answer->set_exit_code(absl::Uniform(random_, 1, 9));
      answer->set_times(absl::Uniform(random_, 1u, 4u));
    } else if (Chance(0.1)) {
      SimulatedAnswer* answer = machine.add_answers();
      answer->set_call("run " + line);
      answer->set_exit_code(3010);
    }
  }

  std::mt19937_64 random_;
  int commands_ = 0;
};

// The model: what a sequence means, as the guide says it.
class Model {
 public:
  Model(const TaskSequence& sequence, const SimulatedMachine& machine) : sequence_(sequence), machine_(machine) {}

  bool Run() { return RunSteps(sequence_.steps()); }
  const std::vector<std::string>& calls() const { return calls_; }

 private:
  bool RunSteps(const google::protobuf::RepeatedPtrField<Step>& steps) {
    for (const Step& step : steps) {
      if (!step.disabled() && ConditionsHold(step) && !RunStep(step) && !step.continue_on_error()) {
        return false;
      }
    }
    return true;
  }

  bool ConditionsHold(const Step& step) const {
    return step.conditions().empty() || step.conditions(0).variable().value() == last_;
  }

  bool RunStep(const Step& step) {
    if (step.has_group()) {
      return RunSteps(step.group().steps());
    }
    if (step.has_run_task_sequence()) {
      for (const TaskSequence& child : sequence_.children()) {
        if (child.name() == step.run_task_sequence().task_sequence()) {
          return RunSteps(child.steps());
        }
      }
    }
    bool succeeded = step.has_restart_computer();
    for (uint32_t attempt = 0; !succeeded && attempt <= step.retry().count(); ++attempt) {
      succeeded = CommandSucceeds(step.run_command_line().command_line());
    }
    last_ = succeeded ? "true" : "false";
    return succeeded;
  }

  bool CommandSucceeds(const std::string& line) {
    calls_.push_back("run " + line);
    for (SimulatedAnswer& answer : *machine_.mutable_answers()) {
      if (answer.call() != calls_.back() || answer.exit_code() == 3010) {
        continue;
      }
      const bool fails = answer.times() > 0;
      answer.set_times(answer.times() - (fails ? 1 : 0));
      return !fails;
    }
    return true;
  }

  const TaskSequence& sequence_;
  SimulatedMachine machine_;
  std::string last_;
  std::vector<std::string> calls_;
};

TEST(EnginePropertyTest, DoesWhatTheModelSays) {
  const Applications no_applications;
  int finished = 0;
  for (int seed = 0; seed < kSequences; ++seed) {
    Generator generator(seed);
    generator.Generate();
    SimulatedEffects effects(generator.machine);
    TraceListener trace;
    const Engine::Surroundings surroundings = {
        .sequence = &generator.sequence, .applications = &no_applications, .effects = &effects, .listener = &trace};
    absl::StatusOr<Outcome> outcome = RunSimulation(surroundings, VariableStore(), generator.machine);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    Model model(generator.sequence, generator.machine);
    const bool model_finished = model.Run();
    ASSERT_EQ(outcome->kind == Outcome::Kind::kFinished, model_finished) << generator.sequence.DebugString();
    ASSERT_EQ(effects.calls(), model.calls()) << generator.sequence.DebugString();
    finished += model_finished ? 1 : 0;
  }
  // The sequences are neither all too easy nor all hopeless.
  EXPECT_GT(finished, kSequences / 10);
  EXPECT_LT(finished, kSequences * 9 / 10);
}

// Every group that is entered is left, in order, and every step that is started ends, unless the sequence stops in it.
TEST(EnginePropertyTest, EventsNest) {
  const Applications no_applications;
  for (int seed = 0; seed < kSequences / 4; ++seed) {
    Generator generator(seed);
    generator.Generate();
    SimulatedEffects effects(generator.machine);
    TraceListener trace;
    ASSERT_TRUE(RunSimulation({.sequence = &generator.sequence,
                               .applications = &no_applications,
                               .effects = &effects,
                               .listener = &trace},
                              VariableStore(), generator.machine)
                    .ok());
    std::vector<std::string> open;
    for (const std::string& line : trace.lines()) {
      if (line[0] == '>') {
        open.push_back(line.substr(1));
      } else if (line[0] == '<') {
        ASSERT_FALSE(open.empty());
        ASSERT_EQ(line.compare(1, open.back().size(), open.back()), 0) << line;
        open.pop_back();
      }
    }
    EXPECT_TRUE(open.empty() || trace.lines().back().starts_with("stopped"));
  }
}

}  // namespace
}  // namespace tsmedia
