// /init of the boot image: process 1 of a machine that was started from a deployment medium. With --continue, the
// program that goes on with the task sequence in the operating system that it deployed.
//
// Process 1 must never end: the kernel would panic and leave a technician with a dump. So it does nothing itself that
// can fail. It starts the agent as a child, says so if that is killed, and powers the machine off when it has ended.

#include <fcntl.h>
#include <linux/rtc.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
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
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tools/agent/agent.h"
#include "tools/agent/console.h"
#include "tools/agent/console_log.h"
#include "tools/agent/continuation.h"
#include "tools/agent/deployment.h"
#include "tools/agent/dialog.h"
#include "tools/agent/disc_volumes.h"
#include "tools/agent/kernel_modules.h"
#include "tools/agent/keyboard.h"
#include "tools/agent/linux_system.h"
#include "tools/agent/media_devices.h"
#include "tools/agent/restart.h"
#include "tools/agent/save_log.h"
#include "tools/agent/settings.h"
#include "tools/agent/staging.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/kernel_file.h"
#include "tools/base/status_macros.h"
#include "tools/engine/log.h"
#include "tools/plan/boot.pb.h"
#include "tools/steps/boot_effects.h"
#include "tools/steps/boot_loader.h"
#include "tools/steps/process.h"
#include "tools/steps/target_root.h"

namespace tsmedia {
namespace {

// How long a technician has to read the verdict before the machine is powered off.
constexpr absl::Duration kReadingTime = absl::Seconds(10);

constexpr uint64_t kMaxIndexSize = 16 * kMiB;
constexpr uint64_t kMaxGrubSize = 4 * kMiB;
constexpr uint64_t kMaxLogSize = 32 * kMiB;
constexpr uint64_t kMaxCommandLine = 4096;
constexpr size_t kLastRecords = 2000;  // that the error page can show
constexpr std::string_view kGrubDirectory = "/usr/lib/tsmedia/grub";
constexpr std::string_view kLogFile = "/run/tsmedia/log.jsonl";

// No device asks for a file system; those of targets, as modules. ext4 asks for crc32c_generic by another name, which
// takes a modprobe to find.
// FAT asks for its code pages when it is mounted (linux/fs/fat/Kconfig, the defaults of Debian's kernel).
constexpr const char* kFileSystems[] = {"crc32c_generic", "ext4", "ntfs3", "vfat", "nls_cp437", "nls_ascii"};

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
  TSM_RETURN_IF_ERROR(Mount("devtmpfs", "/dev"));
  TSM_RETURN_IF_ERROR(Mount("tmpfs", "/run"));
  mkdir("/run/tsmedia", 0700);  // the log says if that failed
  return absl::OkStatus();
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

// Sets the clock of the kernel, and that of the machine if it has one.
absl::Status SetClock(int64_t seconds) {
  const timespec time = {.tv_sec = static_cast<time_t>(seconds), .tv_nsec = 0};
  if (clock_settime(CLOCK_REALTIME, &time) != 0) {
    return absl::ErrnoToStatus(errno, "cannot set the clock");
  }
  const int fd = open("/dev/rtc0", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    tm utc = {};
    gmtime_r(&time.tv_sec, &utc);
    rtc_time hardware = {.tm_sec = utc.tm_sec,
                         .tm_min = utc.tm_min,
                         .tm_hour = utc.tm_hour,
                         .tm_mday = utc.tm_mday,
                         .tm_mon = utc.tm_mon,
                         .tm_year = utc.tm_year,
                         .tm_wday = utc.tm_wday,
                         .tm_yday = utc.tm_yday,
                         .tm_isdst = 0};
    ioctl(fd, RTC_SET_TIME, &hardware);  // the kernel's clock is the one that is asked
    close(fd);
  }
  return absl::OkStatus();
}

// GRUB for BIOS disks, if the boot image has it.
GrubImages ReadGrubImages() {
  absl::StatusOr<std::string> boot = ReadWholeFile(absl::StrCat(kGrubDirectory, "/boot.img"), kMaxGrubSize);
  absl::StatusOr<std::string> core = ReadWholeFile(absl::StrCat(kGrubDirectory, "/core.img"), kMaxGrubSize);
  return boot.ok() && core.ok() ? GrubImages{*std::move(boot), *std::move(core)} : GrubImages();
}

// Runs a shell on the console where it was asked for, until it ends.
void RunShell(Console& console) {
  const std::string device = "/dev/" + console.last_input();
  console.Say(absl::StrCat("A shell on ", console.last_input(), "; exit ends it."));
  const pid_t child = fork();
  if (child == 0) {
    // A session of its own, whose terminal is the console: Ctrl-C is for the shell's programs.
    setsid();
    const int fd = open(device.c_str(), O_RDWR);
    ioctl(fd, TIOCSCTTY, 0);
    for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; ++standard) {
      dup2(fd, standard);
    }
    execl("/bin/sh", "sh", "-i", nullptr);
    _exit(EXIT_FAILURE);
  }
  if (child < 0 || waitpid(child, nullptr, 0) != child) {
    console.Say("The shell cannot be started.");
  }
}

absl::StatusOr<Ending> DeployFrom(AgentMedium medium, const AgentSettings& settings, Keyboard* keyboard,
                                  MediaDevices& devices, Console& console) {
  LinuxSystem system(medium.disks);
  Dialog dialog(console, Uptime, absl::SleepFor);
  DiscVolumes volumes(medium.accepted, std::move(medium.medium), medium.device, devices, dialog, Uptime);
  LastRecords last_records(kLastRecords);
  Log log([] { return absl::Now(); });
  log.AddSink(LogLevel::kInfo, &last_records);
  ConsoleLog console_log(console);
  log.AddSink(LogLevel::kDebug, &console_log);
  const absl::StatusOr<std::unique_ptr<LogFile>> file = LogFile::Open(std::string(kLogFile), kMaxLogSize);
  if (file.ok()) {
    log.AddSink(LogLevel::kDebug, file->get());
  }
  return Deploy({.volumes = &volumes,
                 .accepted = &medium.accepted,
                 .waited = [&volumes] { return volumes.Waited(); },
                 .system = &system,
                 .grub = ReadGrubImages(),
                 .console = &console,
                 .keyboard = keyboard,
                 .load_kernel = LoadKernel,
                 .shell = settings.debug_shell() ? std::function<void()>([&console] { RunShell(console); }) : nullptr,
                 .log = &log,
                 .last_records = &last_records,
                 .console_log = &console_log,
                 .log_file = std::string(kLogFile),
                 .launch_mode = IsOpticalDrive(medium.device) ? "DVD" : "UFD",
                 .programs = {.agent = "/proc/self/exe", .anchors = std::string(kAnchorsPath)}});
}

// Opens the layouts of the boot image and uses the first. A machine without a screen has no use for them.
absl::StatusOr<std::unique_ptr<Keyboard>> StartKeyboard(const AgentSettings& settings) {
  absl::StatusOr<std::unique_ptr<KeyTables>> tables = OpenKeyTables("");
  if (absl::IsNotFound(tables.status())) {
    return nullptr;
  }
  TSM_RETURN_IF_ERROR(tables.status());
  TSM_ASSIGN_OR_RETURN(Keyboard keyboard, Keyboard::Open("", settings, *std::move(tables)));
  TSM_RETURN_IF_ERROR(keyboard.Start());
  return std::make_unique<Keyboard>(std::move(keyboard));
}

// What the child does.
Ending Work(Console& console) {
  const absl::StatusOr<AgentSettings> settings = ReadAgentSettings("");
  if (!settings.ok()) {
    console.Say(absl::StrCat("Verdict: refused; this boot image is incomplete: ", settings.status().message(), "."));
    return Ending::kPowerOff;
  }
  const absl::StatusOr<std::unique_ptr<Keyboard>> keyboard = StartKeyboard(*settings);
  if (!keyboard.ok()) {
    console.Say(absl::StrCat("Warning: the keyboard layout cannot be used: ", keyboard.status().message()));
  }
  absl::StatusOr<ModuleLoader> modules = MakeModuleLoader();
  if (!modules.ok()) {
    console.Say(absl::StrCat("Verdict: refused; this boot image is incomplete: ", modules.status().message(), "."));
    return Ending::kPowerOff;
  }
  const Machine machine = {.root = "",
                           .now = [] { return absl::ToUnixSeconds(absl::Now()); },
                           .uptime = Uptime,
                           .sleep = [](absl::Duration duration) { absl::SleepFor(duration); },
                           .set_clock = SetClock};
  // A drive that is attached later, for the next disc, may need a driver.
  LinuxMediaDevices devices("", [&modules] { modules->LoadForDevices("/sys/devices"); }, machine.sleep);
  absl::StatusOr<AgentMedium> medium = FindMedium(machine, *modules, devices, console);
  if (!medium.ok()) {
    return Ending::kPowerOff;
  }
  for (const char* file_system : kFileSystems) {
    modules->LoadModule(file_system);
  }
  return DeployFrom(*std::move(medium), *settings, keyboard.ok() ? keyboard->get() : nullptr, devices, console)
      .value_or(Ending::kPowerOff);
}

// Starts Work as a child and waits for its end, which its exit code tells. Children of children that end without a
// parent are process 1's to wait for as well.
Ending Supervise(Console& console) {
  const pid_t child = fork();
  if (child < 0) {
    console.Say("The agent could not be started: the machine has too little memory.");
    return Ending::kPowerOff;
  }
  if (child == 0) {
    _exit(static_cast<int>(Work(console)));
  }
  while (true) {
    int status = 0;
    const pid_t ended = wait(&status);
    if (ended == child) {
      if (WIFSIGNALED(status)) {
        console.Say(absl::StrCat("The agent was stopped by signal ", WTERMSIG(status), "."));
        return Ending::kPowerOff;
      }
      return static_cast<Ending>(WEXITSTATUS(status));
    }
    if (ended < 0 && errno != EINTR) {
      return Ending::kPowerOff;
    }
  }
}

// Starts what comes next; returns if that does not work.
void Leave(Ending ending, Console& console) {
  sync();
  if (ending == Ending::kStartTarget) {
    console.Say("The deployed operating system is started.");
    reboot(RB_KEXEC);
    console.Say("It cannot be started directly: remove the medium, the machine restarts.");
    absl::SleepFor(kReadingTime);
  }
  if (ending != Ending::kPowerOff) {
    reboot(RB_AUTOBOOT);
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
    Leave(Supervise(*console), *console);
  } else {
    console->Say(absl::StrCat("The machine's devices cannot be used: ", mounted.message(), "."));
  }
  PowerOff(*console);
}

// Starts the running operating system's kernel again, past the firmware, which would start the medium.
absl::Status LoadThisKernel() {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<TargetRoot> root, TargetRoot::Open("/"));
  TSM_ASSIGN_OR_RETURN(const TargetKernel kernel, FindKernel(*root));
  TSM_ASSIGN_OR_RETURN(const std::string command_line, ReadKernelFile("/proc/cmdline", kMaxCommandLine));
  return LoadKernel(*root, kernel, std::string(absl::StripAsciiWhitespace(command_line)));
}

// systemd stops everything in order, then restarts the machine through the firmware, or starts the kernel that was
// loaded.
absl::Status RestartDeployed(BootSystem& system, const std::string& disk, const std::string& description) {
  bool through_firmware = disk.empty();
  if (!through_firmware) {
    through_firmware = StartDiskNext(system, disk, description).ok();
  }
  if (!through_firmware) {
    TSM_RETURN_IF_ERROR(LoadThisKernel());
  }
  return RunProcess({.arguments = {"systemctl", through_firmware ? "reboot" : "kexec"}}).status();
}

// The agent in the deployed operating system.
int ContinueThere() {
  // What is decrypted must not reach a swap partition.
  if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) {
    std::cerr << "agent: memory cannot be locked" << std::endl;
  }
  // The console is for the dialog: systemd writes no more of what it waits for (systemd(1), SIGRTMIN+21).
  kill(1, SIGRTMIN + 21);
  std::error_code error;
  std::filesystem::create_directories(kTargetLogDirectory, error);
  LastRecords last_records(kLastRecords);
  Log log([] { return absl::Now(); });
  log.AddSink(LogLevel::kInfo, &last_records);
  const absl::StatusOr<std::unique_ptr<LogFile>> file = LogFile::Open(std::string(kTargetLog), kMaxLogSize);
  if (file.ok()) {
    log.AddSink(LogLevel::kDebug, file->get());
  }
  LinuxSystem system({});
  const std::unique_ptr<Console> console = Console::Open("");
  ConsoleLog console_log(*console);
  log.AddSink(LogLevel::kDebug, &console_log);
  const absl::Status status = Continue({.root = "",
                                        .system = &system,
                                        .console = console.get(),
                                        .log = &log,
                                        .last_records = &last_records,
                                        .console_log = &console_log,
                                        .log_file = std::string(kTargetLog),
                                        .restart = [&system](const std::string& disk, const std::string& description) {
                                          return RestartDeployed(system, disk, description);
                                        }});
  if (!status.ok()) {
    std::cerr << "agent: " << status.message() << std::endl;
  }
  return status.ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--continue") {
    return tsmedia::ContinueThere();
  }
  if (getpid() != 1) {
    std::fputs("agent: this program is /init of a deployment medium and runs as process 1 only\n", stderr);
    return 2;
  }
  tsmedia::RunAsInit();
}
