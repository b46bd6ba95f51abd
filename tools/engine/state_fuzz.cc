// Fuzz target: any bytes as the state of a run, which may come from a damaged disk. What the engine takes can be run to
// its end, and read again at each restart.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/base/canonical_proto.h"
#include "tools/engine/applications.h"
#include "tools/engine/engine.h"
#include "tools/engine/engine_testing.h"
#include "tools/engine/fuzz_sequence.h"
#include "tools/engine/simulation.h"
#include "tools/engine/state.pb.h"

namespace tsmedia {
namespace {

// More restarts than the sequence has.
constexpr int kMaxStarts = 5;

SimulatedMachine Machine() {
  SimulatedMachine machine;
  machine.mutable_machine()->set_uefi(true);
  machine.mutable_machine()->set_memory_mb(1024);
  DiskFacts* disk = machine.mutable_machine()->add_disks();
  disk->set_device("/dev/sda");
  disk->set_size(uint64_t{1} << 30);
  return machine;
}

void RunFrom(EngineState state) {
  const Applications applications;
  TraceListener trace;
  SimulatedEffects effects(Machine());
  const Engine::Surroundings surroundings = {
      .sequence = &FuzzSequence(), .applications = &applications, .effects = &effects, .listener = &trace};
  for (int start = 0; start < kMaxStarts; ++start) {
    const absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Resume(surroundings, state);
    if (!engine.ok()) {
      if (start > 0) {
        std::abort();  // the engine does not take what it gave
      }
      return;
    }
    const Outcome outcome = (*engine)->Run();
    if (outcome.kind != Outcome::Kind::kRestart) {
      return;
    }
    state = (*engine)->State();
  }
}

}  // namespace
}  // namespace tsmedia

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tsmedia::EngineState state;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (tsmedia::ParseCanonical(bytes, tsmedia::kEngineStateContext, &state).ok()) {
    tsmedia::RunFrom(state);
  }
  return 0;
}
