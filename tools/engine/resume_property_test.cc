// Property test: thousands of random sequences on a machine that loses its power at any moment, and with it what was
// not flushed. However often that happens, the runs that go on end as an undisturbed one does.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tools/engine/engine.h"

namespace tsmedia {
namespace {

constexpr int kSequences = 3000;
constexpr int kCutsPerSequence = 8;
constexpr int kNever = 1 << 30;
constexpr char kDisk[] = "/dev/vda";

using Files = std::map<std::string, std::string>;

// A machine with one disk and a cache before it. After `moments` moments (each write, each flush and each record of the
// journal is one) its power fails: nothing that happens after that counts.
class LossyMachine : public Effects {
 public:
  explicit LossyMachine(bool flushes) : flushes_(flushes) {
    DiskFacts* disk = facts_.add_disks();
    disk->set_device(kDisk);
    disk->set_size(uint64_t{8} << 30);
    facts_.set_memory_mb(1024);
  }

  // Starts it with what its disk has kept.
  void PowerOn(int moments) {
    moments_ = moments;
    memory_ = disk_;
    cache_.clear();
  }
  bool is_off() const { return moments_ <= 0; }

  // Of what was in the cache any part is on the disk, and a file may be there in part.
  void LosePower(std::mt19937_64& random) {
    for (auto& [name, content] : cache_) {
      const int fate = absl::Uniform(random, 0, 4);
      if (fate == 0) {
        disk_[name] = content.substr(0, content.size() / 2);
      } else if (fate == 1) {
        disk_[name] = content;
      }
    }
  }

  // As the agent writes its journal: not before all that was done is on the disk.
  void WriteJournal(const EngineState& state) {
    if (state.partitions().empty()) {
      return;
    }
    if (flushes_) {
      Flush();
    }
    if (Passes()) {
      journal_ = state.SerializeAsString();
    }
  }

  void Flush() {
    if (Passes()) {
      for (auto& [name, content] : cache_) {
        disk_[name] = std::move(content);
      }
      cache_.clear();
    }
  }

  std::optional<EngineState> ReadJournal() const {
    EngineState state;
    return journal_.has_value() && state.ParseFromString(*journal_) ? std::optional(state) : std::nullopt;
  }

  const Files& files() const { return memory_; }
  // Commands that nobody may repeat unasked, each as often as it was started.
  std::map<std::string, int> starts;

  const MachineFacts& Facts() override { return facts_; }
  bool FileExists(const std::string& path) override { return memory_.contains(path); }
  bool FolderExists(const std::string&) override { return false; }
  absl::Duration Uptime() override { return absl::ZeroDuration(); }
  void Sleep(absl::Duration) override {}

  absl::Status FormatDisk(const FormatRequest&, StepMonitor&) override {
    if (Passes()) {
      memory_.clear();
      cache_.clear();
      disk_.clear();
      journal_.reset();
    }
    return Done();
  }
  absl::Status ApplyOperatingSystem(const OperatingSystemRequest&, StepMonitor&) override {
    return absl::UnimplementedError("not in these sequences");
  }
  absl::Status ApplyData(const ImageRequest& request, StepMonitor&) override {
    for (int i = 0; i < 3; ++i) {
      Write(absl::StrCat("/", request.package, "/", i), absl::StrCat("file ", i, " of ", request.package));
    }
    return Done();
  }
  absl::Status ApplyDrivers(const std::string&, StepMonitor&) override { return Done(); }
  absl::Status ApplyNetwork(const NetworkRequest&, StepMonitor&) override { return Done(); }

  // write OUT IN TEXT: makes OUT from IN and TEXT; once ...: the same, but only its first run makes what it should;
  // fail, restart: end with exit codes 5 and 3010.
  absl::StatusOr<CommandResult> RunCommand(const CommandRequest& request, StepMonitor&) override {
    const std::vector<std::string>& arguments = request.arguments;
    if (arguments[0] == "fail" || arguments[0] == "restart") {
      return CommandResult{.exit_code = arguments[0] == "fail" ? 5 : 3010};
    }
    if (arguments[0] == "once" && !is_off()) {
      ++starts[arguments[1]];
    }
    const std::string result =
        absl::StrCat("<", memory_.contains(arguments[2]) ? memory_[arguments[2]] : "", "|", arguments[3], ">");
    Write(arguments[1], result.size() < 200 ? result : absl::StrCat(std::hash<std::string>()(result)));
    return CommandResult{.output_tail = absl::StrCat(memory_[arguments[1]].size())};
  }

 private:
  // Whether there is still power for what happens now.
  bool Passes() { return --moments_ > 0; }
  absl::Status Done() const { return is_off() ? absl::AbortedError("the power is off") : absl::OkStatus(); }

  void Write(const std::string& name, const std::string& content) {
    if (Passes()) {
      memory_[name] = content;
      cache_.emplace_back(name, content);
    }
  }

  const bool flushes_;
  MachineFacts facts_;
  int moments_ = 0;
  Files disk_;                                              // what stays without power
  std::vector<std::pair<std::string, std::string>> cache_;  // written and not flushed
  Files memory_;                                            // what programs see: both
  std::optional<std::string> journal_;
};

// A random sequence that begins with a disk.
class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  TaskSequence Generate() {
    sequence_.set_name("random");
    Step* format = sequence_.add_steps();
    format->set_name("format");
    FormatAndPartitionDisk* disk = format->mutable_format_and_partition_disk();
    disk->mutable_disk()->set_index(0);
    disk->set_style(FormatAndPartitionDisk::GPT);
    Partition* partition = disk->add_partitions();
    partition->set_type(Partition::PRIMARY);
    partition->set_rest(true);
    partition->set_file_system(Partition::EXT4);
    AddSteps(0, sequence_.mutable_steps());
    return sequence_;
  }

 private:
  using Steps = google::protobuf::RepeatedPtrField<Step>;

  bool Chance(double probability) { return absl::Bernoulli(random_, probability); }
  std::string Name(std::string_view kind) { return absl::StrCat(kind, absl::Uniform(random_, 0, 4)); }

  void AddSteps(int depth, Steps* steps) {
    for (int count = absl::Uniform(random_, 1, 6); count > 0; --count) {
      AddStep(depth, steps->Add());
    }
  }

  void AddStep(int depth, Step* step) {
    step->set_name(absl::StrCat("s", number_++));
    step->set_continue_on_error(Chance(0.3));
    if (Chance(0.2)) {
      VariableCondition* condition = step->add_conditions()->mutable_variable();
      condition->set_variable("_SMSTSLastActionSucceeded");
      condition->set_operator_(VariableCondition::EQUALS);
      condition->set_value(Chance(0.5) ? "false" : "true");
    }
    const int kind = absl::Uniform(random_, 0, 10);
    if (kind < 2 && depth < 3) {
      AddSteps(depth + 1, step->mutable_group()->mutable_steps());
    } else if (kind < 3) {
      step->mutable_restart_computer()->set_to(RestartComputer::BOOT_IMAGE);
    } else if (kind < 5) {
      // Wrong if it is done twice.
      SetTaskSequenceVariable* set = step->mutable_set_task_sequence_variable();
      set->set_variable(Name("V"));
      set->set_value(absl::StrCat("%", set->variable(), "%.%", Name("V"), "%x"));
    } else if (kind < 6) {
      ApplyDataImage* apply = step->mutable_apply_data_image();
      apply->set_image(Name("LAB0000"));
      apply->mutable_destination()->mutable_partition()->mutable_disk()->set_index(0);
      apply->mutable_destination()->mutable_partition()->set_number(1);
    } else {
      AddCommand(step);
    }
  }

  void AddCommand(Step* step) {
    RunCommandLine* command = step->mutable_run_command_line();
    const int kind = absl::Uniform(random_, 0, 8);
    step->set_safe_to_repeat(kind != 2);
    if (kind < 2) {
      command->set_command_line(kind == 0 ? "fail" : "restart");
      return;
    }
    // Each command has a file of its own, and reads that of another one.
    command->set_command_line(absl::StrCat(kind == 2 ? "once" : "write", " /out", number_, " /out",
                                           absl::Uniform(random_, 0, number_), " '", step->name(), " %", Name("V"),
                                           "%'"));
    if (Chance(0.3)) {
      command->set_output_variable(Name("V"));
    }
    if (Chance(0.2)) {
      step->mutable_retry()->set_count(2);
    }
  }

  std::mt19937_64 random_;
  TaskSequence sequence_;
  int number_ = 1;
};

// How a sequence ended.
struct Ending {
  Outcome::Kind kind;
  std::string position;
  std::map<std::string, std::string> variables;
  Files files;

  friend bool operator==(const Ending&, const Ending&) = default;
};

// A technician who starts the machine again and again until its sequence has ended, and says that a command may run
// again if that is asked.
class Technician : public EngineListener {
 public:
  Technician(const TaskSequence& sequence, LossyMachine& machine, std::mt19937_64& random)
      : surroundings_{.sequence = &sequence, .applications = &applications_, .effects = &machine, .listener = this},
        machine_(machine),
        random_(random) {}

  // The power fails after each of `cuts` moments of a start; after the last of them there is power for good.
  Ending Deploy(std::vector<int> cuts) {
    while (true) {
      machine_.PowerOn(cuts.empty() ? kNever : cuts.front());
      std::optional<Ending> ending = Start();
      if (!machine_.is_off()) {
        if (ending.has_value()) {
          return *ending;
        }
        continue;
      }
      machine_.LosePower(random_);
      cuts.erase(cuts.begin());
    }
  }

  int questions() const { return questions_; }

  void OnEvent(const Event& event) override {
    if (IsCheckpoint(event.kind)) {
      machine_.WriteJournal(engine_->State());
    }
  }
  void OnProgress(const StepInfo&, uint64_t, uint64_t) override {}

 private:
  // One start of the machine; nothing if the sequence goes on after the next one.
  std::optional<Ending> Start() {
    const std::optional<EngineState> state = machine_.ReadJournal();
    if (!state.has_value()) {
      machine_.starts.clear();
    }
    engine_ = state.has_value() ? Engine::Resume(surroundings_, *state).value()
                                : Engine::Start(surroundings_, VariableStore());
    Outcome outcome = engine_->Run();
    while (outcome.kind == Outcome::Kind::kFailed &&
           outcome.result.message.find("not known how far") != std::string::npos) {
      ++questions_;
      outcome = engine_->Run();
    }
    machine_.Flush();
    if (outcome.kind == Outcome::Kind::kRestart) {
      return std::nullopt;
    }
    Ending ending = {outcome.kind, outcome.step.position, {}, machine_.files()};
    for (const auto& [name, variable] : engine_->variables().variables()) {
      ending.variables[name] = variable.value;
    }
    return ending;
  }

  const Applications applications_;
  const Engine::Surroundings surroundings_;
  LossyMachine& machine_;
  std::mt19937_64& random_;
  std::unique_ptr<Engine> engine_;
  int questions_ = 0;
};

// How many moments a run without power failures has at most.
constexpr int kMostMoments = 150;

struct Result {
  int differences = 0;
  int finished = 0;
  int questions = 0;
};

Result RunAll(int sequences, bool flushes) {
  Result result;
  for (int seed = 0; seed < sequences; ++seed) {
    const TaskSequence sequence = Generator(static_cast<uint64_t>(seed)).Generate();
    std::mt19937_64 random(static_cast<uint64_t>(seed));
    LossyMachine undisturbed(flushes);
    const Ending expected = Technician(sequence, undisturbed, random).Deploy({});
    result.finished += expected.kind == Outcome::Kind::kFinished ? 1 : 0;
    for (int i = 0; i < kCutsPerSequence; ++i) {
      std::vector<int> cuts;
      for (int count = absl::Uniform(random, 1, 4); count > 0; --count) {
        cuts.push_back(absl::Uniform(random, 1, kMostMoments >> absl::Uniform(random, 0, 5)));
      }
      LossyMachine machine(flushes);
      Technician technician(sequence, machine, random);
      const Ending ending = technician.Deploy(cuts);
      result.questions += technician.questions();
      int repeated = 0;
      for (const auto& [command, starts] : machine.starts) {
        repeated += starts - 1;
      }
      const bool is_equal = ending == expected && repeated <= technician.questions();
      result.differences += is_equal ? 0 : 1;
      if (flushes && !is_equal) {
        ADD_FAILURE() << "seed " << seed << ", " << repeated << " repeated, " << technician.questions()
                      << " questions\n"
                      << sequence.DebugString();
        return result;
      }
    }
  }
  return result;
}

TEST(ResumePropertyTest, CutsChangeNothing) {
  const Result result = RunAll(kSequences, /*flushes=*/true);
  EXPECT_EQ(result.differences, 0);
  // The sequences are neither all too easy nor all hopeless.
  EXPECT_GT(result.finished, kSequences / 10);
  EXPECT_LT(result.finished, kSequences * 9 / 10);
  EXPECT_GT(result.questions, kSequences / 10);
}

// The same with a journal that does not wait for what it says: the machine does lose something.
TEST(ResumePropertyTest, AJournalThatIsAheadOfTheDiskIsFound) {
  EXPECT_GT(RunAll(kSequences / 10, /*flushes=*/false).differences, 10);
}

}  // namespace
}  // namespace tsmedia
