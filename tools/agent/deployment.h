// Running the task sequence of a medium on the machine: from the accepted manifest to the restart into the deployed
// operating system.

#ifndef TSMEDIA_TOOLS_AGENT_DEPLOYMENT_H_
#define TSMEDIA_TOOLS_AGENT_DEPLOYMENT_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/agent/console.h"
#include "tools/engine/effects.h"
#include "tools/engine/log.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"
#include "tools/sequence/sequence.pb.h"
#include "tools/steps/boot_effects.h"

namespace tsmedia {

// What happens to the machine after a deployment.
enum class Ending {
  kPowerOff,
  kRestart,      // through the firmware
  kStartTarget,  // the kernel of the deployed operating system was loaded and is started
};

// What a deployment needs; all of it must outlive it.
struct DeploymentOptions {
  const Medium* medium;
  const AcceptedMedium* accepted;
  BootSystem* system;
  GrubImages grub;  // empty if the boot image has none
  Console* console;
  // Loads the kernel of the deployed operating system (LoadKernel).
  std::function<absl::Status(const TargetRoot&, const TargetKernel&, const std::string&)> load_kernel;
  Log* log;
  const LastRecords* last_records;
  std::string log_file;     // where `log` is written to; it is copied to the target disk
  std::string launch_mode;  // _SMSTSLaunchMode
  std::string agent;        // file of the agent's own program
};

// Deploy asks for the password of a protected medium, then whoever is there to begin (an unattended medium begins by
// itself), runs prestart command and task
// sequence, and shows on every console what happens. A step that fails is shown with its code and the last records of
// the log, and may be run again; without an answer within SMSTSErrorDialogTimeout seconds (900) the machine is powered
// off. The error is for the caller to know, not to print.
absl::StatusOr<Ending> Deploy(const DeploymentOptions& options);

// ContinuesAfterRestart returns whether enabled steps may follow a restart; ReturnsToBootImage whether an enabled
// restart goes to the boot image, for which this agent keeps no place to go on from. What it cannot carry out it
// refuses before anything is changed.
bool ContinuesAfterRestart(const TaskSequence& sequence);
bool ReturnsToBootImage(const TaskSequence& sequence);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_DEPLOYMENT_H_
