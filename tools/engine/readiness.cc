#include "tools/engine/readiness.h"

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/engine/conditions.h"
#include "tools/engine/disks.h"

namespace tsmedia {

absl::Status CheckMachine(const CheckReadiness& check, const MachineFacts& facts, const VariableStore& variables) {
  std::vector<std::string> missing;
  auto require = [&missing](bool met, std::string what) {
    if (!met) {
      missing.push_back(std::move(what));
    }
  };
  require(facts.memory_mb() >= check.min_memory_mb(),
          absl::StrCat("memory: ", facts.memory_mb(), " MB, at least ", check.min_memory_mb(), " needed"));
  require(facts.processor_mhz() >= check.min_processor_mhz(),
          absl::StrCat("processor: ", facts.processor_mhz(), " MHz, at least ", check.min_processor_mhz(), " needed"));
  if (check.has_disk()) {
    const absl::StatusOr<NumberedDisk> disk = SelectDisk(check.disk(), facts, variables);
    require(disk.ok(), absl::StrCat("disk: ", disk.status().message()));
  }
  require(FirmwareMatches(check.firmware(), facts),
          absl::StrCat("firmware: ", FirmwareText(facts), " started the machine, and another one is needed"));
  require(!check.network_connected() || HasLink(facts), "network: no interface has a link");
  require(!check.network_wired() || HasWiredLink(facts), "network: no wired interface has a link");
  require(!check.mains_power() || facts.mains_power(), "power: the machine runs on its battery");
  require(!check.tpm() || facts.tpm(), "TPM: there is none, or it is turned off");
  return missing.empty()
             ? absl::OkStatus()
             : absl::FailedPreconditionError(absl::StrCat("the machine is not ready: ", absl::StrJoin(missing, "; ")));
}

}  // namespace tsmedia
