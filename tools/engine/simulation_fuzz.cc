// Fuzz target: any text as the description of a machine; a task sequence is run on what is one.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/engine/applications.h"
#include "tools/engine/engine.h"
#include "tools/engine/engine_testing.h"
#include "tools/engine/fuzz_sequence.h"
#include "tools/engine/simulation.h"
#include "tools/engine/variable_store.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::StatusOr<tsmedia::SimulatedMachine> machine =
      tsmedia::ParseSimulatedMachine(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!machine.ok()) {
    return 0;
  }
  const tsmedia::Applications applications;
  tsmedia::TraceListener trace;
  tsmedia::SimulatedEffects effects(*machine);
  tsmedia::RunSimulation(
      {.sequence = &tsmedia::FuzzSequence(), .applications = &applications, .effects = &effects, .listener = &trace},
      tsmedia::VariableStore(), *machine)
      .status()
      .IgnoreError();
  return 0;
}
