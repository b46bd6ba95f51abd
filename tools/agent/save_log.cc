#include "tools/agent/save_log.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/engine/effects.h"
#include "tools/steps/file_system.h"
#include "tools/steps/target_root.h"

namespace tsmedia {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxLogSize = 64 * kMiB;
constexpr std::string_view kLogsMount = "/run/tsmedia/logs";
constexpr size_t kMaxName = 64;

absl::Status SaveToTarget(BootSystem& system, const std::string& log) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<TargetRoot> root, TargetRoot::Open(system.Path(kTargetRoot)));
  return root->Write(kTargetLog, log, 0600);
}

// A name for the machine's log that every file system takes.
std::string LogName(const MachineFacts& facts) {
  std::string machine = facts.serial_number();
  if (machine.empty() && facts.interfaces_size() > 0) {
    machine = facts.interfaces(0).mac_address();
  }
  machine = machine.empty() ? "unknown" : machine.substr(0, kMaxName);
  for (char& c : machine) {
    c = absl::ascii_isalnum(static_cast<unsigned char>(c)) ? c : '-';
  }
  return absl::StrCat("tsmedia-", machine, ".jsonl");
}

absl::Status SaveTo(BootSystem& system, const std::string& device, const std::string& log) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> partition, FileSource::Open(system.Path(device)));
  TSM_ASSIGN_OR_RETURN(const FileSystem file_system, ProbeFileSystem(*partition));
  if (file_system.label != kLogsLabel) {
    return absl::NotFoundError("not a file system for logs");
  }
  const std::string directory(kLogsMount);
  TSM_RETURN_IF_ERROR(system.Mount(device, directory, file_system.type));
  const absl::Status written =
      WriteFileAtomically(absl::StrCat(system.Path(kLogsMount), "/", LogName(system.Facts())), log, 0600);
  TSM_RETURN_IF_ERROR(system.Unmount(directory));
  return written;
}

}  // namespace

void SaveLog(BootSystem& system, const std::string& log_file, bool target_is_mounted) {
  const absl::StatusOr<std::string> log = ReadWholeFile(log_file, kMaxLogSize);
  if (!log.ok()) {
    return;
  }
  if (target_is_mounted) {
    SaveToTarget(system, *log).IgnoreError();
  }
  std::error_code error;
  for (fs::directory_iterator it(system.Path("/sys/class/block"), error), end; !error && it != end;
       it.increment(error)) {
    SaveTo(system, absl::StrCat("/dev/", it->path().filename().string()), *log).IgnoreError();
  }
}

}  // namespace tsmedia
