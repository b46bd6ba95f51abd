// Running the task sequence of a medium on the machine: from the accepted manifest to the restart into the deployed
// operating system.

#ifndef TSMEDIA_TOOLS_AGENT_DEPLOYMENT_H_
#define TSMEDIA_TOOLS_AGENT_DEPLOYMENT_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/agent/console.h"
#include "tools/agent/console_log.h"
#include "tools/agent/keyboard.h"
#include "tools/agent/staging.h"
#include "tools/engine/log.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/volumes.h"
#include "tools/steps/boot_effects.h"
#include "tools/steps/boot_loader.h"
#include "tools/steps/target_root.h"

namespace tsmedia {

// What happens to the machine after a deployment.
enum class Ending {
  kPowerOff,
  kRestart,      // through the firmware
  kStartTarget,  // the kernel of the deployed operating system was loaded and is started
};

// What a deployment needs; all of it must outlive it.
struct DeploymentOptions {
  VolumeProvider* volumes;
  const AcceptedMedium* accepted;
  // How long people were waited for, to put in a disc; null: never. No step's time limit counts that.
  std::function<absl::Duration()> waited = nullptr;
  BootSystem* system;
  GrubImages grub;  // empty if the boot image has none
  Console* console;
  Keyboard* keyboard = nullptr;  // null on a machine without a screen
  // Loads the kernel of the deployed operating system (LoadKernel).
  std::function<absl::Status(const TargetRoot&, const TargetKernel&, const std::string&)> load_kernel;
  // Starts a shell on the machine's console; null if the boot image has none for technicians.
  std::function<void()> shell = nullptr;
  Log* log;
  const LastRecords* last_records;
  ConsoleLog* console_log;  // a sink of `log`
  std::string log_file;     // where `log` is written to; it is copied to the target disk
  std::string launch_mode;  // _SMSTSLaunchMode
  StagedPrograms programs;  // what goes on in the deployed operating system
};

// Deploy asks for the password of a protected medium, then whoever is there to begin (an unattended medium begins by
// itself), runs prestart command and task sequence, and shows on every console what happens. Where the run is stands in
// a journal on the disk that it deploys: a machine that was restarted goes on there, and a machine that is deployed
// already starts its own operating system after ten seconds unless somebody wants it to be deployed anew. A step that
// fails is shown with its code and the last records of the log, and may be run again; without an answer within
// SMSTSErrorDialogTimeout seconds (900) the machine is powered off. The error is for the caller to know, not to print.
absl::StatusOr<Ending> Deploy(const DeploymentOptions& options);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_DEPLOYMENT_H_
