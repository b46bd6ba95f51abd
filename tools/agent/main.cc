// /init of the boot image: process 1 of a machine that was started from a deployment medium.
//
// Process 1 must never end: the kernel would panic and leave a technician with a dump. So it does nothing itself that
// can fail. It starts the agent as a child, says so if that is killed, and powers the machine off when it has ended.

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tools/agent/agent.h"
#include "tools/agent/console.h"
#include "tools/agent/kernel_file.h"
#include "tools/agent/kernel_modules.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// How long a technician has to read the verdict before the machine is powered off.
constexpr absl::Duration kReadingTime = absl::Seconds(10);

constexpr uint64_t kMaxIndexSize = 16 * kMiB;

absl::Status Mount(const char* type, const char* directory) {
  mkdir(directory, 0755);  // usually there; if it can't be made, mount says so
  if (mount(type, directory, type, MS_NOSUID | MS_NOEXEC, nullptr) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot mount ", directory));
  }
  return absl::OkStatus();
}

absl::Status MountKernelFileSystems() {
  TSM_RETURN_IF_ERROR(Mount("proc", "/proc"));
  TSM_RETURN_IF_ERROR(Mount("sysfs", "/sys"));
  return Mount("devtmpfs", "/dev");
}

// Makes sure that descriptors 0 to 2 are taken, so that no file opened later is mistaken for standard output.
void OpenStandardStreams() {
  int fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO) {
    fd = dup(fd);
  }
  if (fd > STDERR_FILENO) {
    close(fd);
  }
}

absl::StatusOr<ModuleLoader> MakeModuleLoader() {
  utsname system;
  if (uname(&system) != 0) {
    return absl::ErrnoToStatus(errno, "cannot get the kernel's release");
  }
  const std::string directory = absl::StrCat("/lib/modules/", system.release);
  TSM_ASSIGN_OR_RETURN(const std::string dep, ReadKernelFile(directory + "/modules.dep", kMaxIndexSize));
  TSM_ASSIGN_OR_RETURN(const std::string alias, ReadKernelFile(directory + "/modules.alias", kMaxIndexSize));
  TSM_ASSIGN_OR_RETURN(ModuleIndex index, ModuleIndex::Parse(dep, alias));
  return ModuleLoader(std::move(index), directory, LoadModuleFile);
}

absl::Duration Uptime() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return absl::DurationFromTimespec(time);
}

// What the child does.
absl::Status Work(Console& console) {
  absl::StatusOr<ModuleLoader> modules = MakeModuleLoader();
  if (!modules.ok()) {
    console.Say(absl::StrCat("Verdict: refused; this boot image is incomplete: ", modules.status().message(), "."));
    return modules.status();
  }
  const Machine machine = {.root = "",
                           .now = [] { return absl::ToUnixSeconds(absl::Now()); },
                           .uptime = Uptime,
                           .sleep = [](absl::Duration duration) { absl::SleepFor(duration); }};
  return RunAgent(machine, *modules, console);
}

// Starts Work as a child and waits for its end. Children of children that end without a parent are process 1's to wait
// for as well.
void Supervise(Console& console) {
  const pid_t child = fork();
  if (child < 0) {
    console.Say("The agent could not be started: the machine has too little memory.");
    return;
  }
  if (child == 0) {
    _exit(Work(console).ok() ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  while (true) {
    int status = 0;
    const pid_t ended = wait(&status);
    if (ended == child) {
      if (WIFSIGNALED(status)) {
        console.Say(absl::StrCat("The agent was stopped by signal ", WTERMSIG(status), "; nothing was deployed."));
      }
      return;
    }
    if (ended < 0 && errno != EINTR) {
      return;
    }
  }
}

[[noreturn]] void PowerOff(Console& console) {
  console.Say(absl::StrCat("The machine is powered off in ", absl::ToInt64Seconds(kReadingTime), " seconds."));
  absl::SleepFor(kReadingTime);
  sync();
  reboot(RB_POWER_OFF);
  console.Say("The machine cannot be powered off by software: switch it off.");
  while (true) {
    pause();
  }
}

[[noreturn]] void RunAsInit() {
  const absl::Status mounted = MountKernelFileSystems();
  OpenStandardStreams();
  const std::unique_ptr<Console> console = Console::Open("");
  if (mounted.ok()) {
    Supervise(*console);
  } else {
    console->Say(absl::StrCat("The machine's devices cannot be used: ", mounted.message(), "."));
  }
  PowerOff(*console);
}

}  // namespace
}  // namespace tsmedia

int main() {
  if (getpid() != 1) {
    std::fputs("agent: this program is /init of a deployment medium and runs as process 1 only\n", stderr);
    return 2;
  }
  tsmedia::RunAsInit();
}
