#include "tools/engine/standard_variables.h"

#include <vector>

#include "absl/strings/str_join.h"

namespace tsmedia {
namespace {

std::string_view Bool(bool value) { return value ? "true" : "false"; }

std::string_view MediaType(MediaKind kind) {
  switch (kind) {
    case BOOTABLE:
      return "BootMedia";
    case PRESTAGED:
      return "OEMMedia";
    default:
      return "FullMedia";
  }
}

void SetNetworkVariables(const MachineFacts& facts, VariableStore* variables) {
  std::vector<std::string> mac_addresses;
  std::vector<std::string> addresses;
  for (const InterfaceFacts& interface : facts.interfaces()) {
    mac_addresses.push_back(interface.mac_address());
    addresses.insert(addresses.end(), interface.addresses().begin(), interface.addresses().end());
  }
  variables->SetReadOnly("_SMSTSMacAddresses", absl::StrJoin(mac_addresses, ","));
  variables->SetReadOnly("_SMSTSIPAddresses", absl::StrJoin(addresses, ","));
  variables->SetReadOnly("_SMSTSDefaultGateways", absl::StrJoin(facts.default_gateways(), ","));
}

}  // namespace

void SetStandardVariables(const RunFacts& run, const MachineFacts& facts, const std::string& sequence_name,
                          StepRule::Environment environment, VariableStore* variables) {
  variables->SetReadOnly("_SMSTSMediaType", MediaType(run.media));
  variables->SetReadOnly("_SMSTSStandAloneMedia", Bool(run.media == STANDALONE));
  variables->SetReadOnly("_SMSTSLaunchMode", run.launch_mode);
  variables->SetReadOnly("_SMSTSInWinPE", Bool(environment == StepRule::BOOT));
  variables->SetReadOnly("_SMSTSBootUEFI", Bool(facts.uefi()));
  variables->SetReadOnly("_TSSecureBoot", Bool(facts.secure_boot()));
  variables->SetReadOnly("_SMSTSMake", facts.make());
  variables->SetReadOnly("_SMSTSModel", facts.model());
  variables->SetReadOnly("_SMSTSSerialNumber", facts.serial_number());
  variables->SetReadOnly("_SMSTSAssetTag", facts.asset_tag());
  variables->SetReadOnly("_SMSTSUUID", facts.uuid());
  SetNetworkVariables(facts, variables);
  variables->SetReadOnly("_SMSTSMachineName", variables->Get("OSDComputerName"));
  // A stand-alone medium's sequence has no package ID in the reference either; scripts know this word.
  variables->SetReadOnly("_SMSTSPackageID", "INMEM_TS");
  variables->SetReadOnly("_SMSTSPackageName", sequence_name);
  variables->SetReadOnly("_SMSTSLogPath", run.log_path);
  variables->SetReadOnly("_SMSTSMDataPath", run.data_path);
}

}  // namespace tsmedia
