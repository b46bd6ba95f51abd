// The variables that are there without being set, as the reference product has them on stand-alone media.

#ifndef TSMEDIA_TOOLS_ENGINE_STANDARD_VARIABLES_H_
#define TSMEDIA_TOOLS_ENGINE_STANDARD_VARIABLES_H_

#include <string>

#include "tools/engine/facts.pb.h"
#include "tools/engine/variable_store.h"
#include "tools/plan/media.pb.h"
#include "tools/sequence/options.pb.h"

namespace tsmedia {

// What a run of a task sequence knows about itself besides the machine.
struct RunFacts {
  MediaKind media = STANDALONE;
  // How the machine was started: "CD" or "DVD" from an optical disc, "UFD" from a USB drive.
  std::string launch_mode = {};
  std::string log_path = {};   // directory of the logs
  std::string data_path = {};  // directory of the agent's working files
};

// SetStandardVariables sets them all; it is called at the start and again after every restart, as the place and the
// machine's addresses may have changed:
//   _SMSTSMediaType FullMedia (BootMedia, OEMMedia), _SMSTSStandAloneMedia, _SMSTSLaunchMode, _SMSTSInWinPE (true in
//   the boot image), _SMSTSBootUEFI, _TSSecureBoot, _SMSTSMachineName, _SMSTSMake, _SMSTSModel, _SMSTSSerialNumber,
//   _SMSTSAssetTag, _SMSTSUUID, _SMSTSMacAddresses, _SMSTSIPAddresses, _SMSTSDefaultGateways (lists with commas),
//   _SMSTSPackageID (INMEM_TS), _SMSTSPackageName (the sequence's name), _SMSTSLogPath, _SMSTSMDataPath.
// What depends on a site (_SMSTSAdvertID, _SMSTSSiteCode, _SMSTSMP, ...) is not set, as on the reference's media.
void SetStandardVariables(const RunFacts& run, const MachineFacts& facts, const std::string& sequence_name,
                          StepRule::Environment environment, VariableStore* variables);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_STANDARD_VARIABLES_H_
