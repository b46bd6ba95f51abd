// Where the log of a deployment is kept, so that it can be read after the machine has been switched off.

#ifndef TSMEDIA_TOOLS_AGENT_SAVE_LOG_H_
#define TSMEDIA_TOOLS_AGENT_SAVE_LOG_H_

#include <string>
#include <string_view>

#include "tools/steps/boot_effects.h"

namespace tsmedia {

// In the deployed operating system.
inline constexpr std::string_view kTargetLogDirectory = "/var/log/tsmedia";
inline constexpr std::string_view kTargetLog = "/var/log/tsmedia/log.jsonl";

// Label of the file systems that logs are copied to, whichever disk they are on.
inline constexpr std::string_view kLogsLabel = "TSMLOGS";

// SaveLog copies the log to the operating system at kTargetRoot if that is mounted, and to every file system labelled
// TSMLOGS, there as tsmedia-SERIAL.jsonl, with the serial number of the machine or the address of its first network
// adapter. What cannot be written is left out: a log never stops a deployment.
void SaveLog(BootSystem& system, const std::string& log_file, bool target_is_mounted);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_SAVE_LOG_H_
