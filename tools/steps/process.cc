#include "tools/steps/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/base/unique_fd.h"

namespace tsmedia {
namespace {

// Descriptors of the program; single digits, because a shell's `>&4` knows no others.
constexpr int kHiddenFd = 3;
constexpr int kSetFd = 4;

constexpr absl::Duration kTerminationTime = absl::Seconds(5);
// After a program has ended, what is left in its pipes is read for this long: a process in the background may keep
// them open for ever.
constexpr absl::Duration kDrainTime = absl::Milliseconds(200);
constexpr size_t kMaxLine = 4096;
constexpr size_t kMaxSettings = size_t{1} << 20;
constexpr std::string_view kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

absl::StatusOr<Pipe> MakePipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) {
    return absl::ErrnoToStatus(errno, "cannot make a pipe");
  }
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

absl::StatusOr<UniqueFd> MakeMemoryFile(std::string_view content) {
  UniqueFd fd(memfd_create("tsmedia", MFD_CLOEXEC));
  if (!fd.ok() || !WriteAll(fd.get(), AsBytes(content)) || lseek(fd.get(), 0, SEEK_SET) != 0) {
    return absl::ErrnoToStatus(errno, "cannot make a file in memory");
  }
  return fd;
}

// Everything that the child needs, made before fork: between fork and exec nothing may allocate.
struct Child {
  std::vector<std::string> programs = {};  // the files that may be meant
  std::vector<std::string> environment = {};
  std::vector<char*> argv = {};
  std::vector<char*> envp = {};
  const char* root = nullptr;
  const char* directory = nullptr;
  int out = -1;
  int err = -1;
  int hidden = -1;
  int settings = -1;
  int failure = -1;
};

void FillEnvironment(const ProcessRequest& request, Child& child) {
  child.environment = {absl::StrCat("PATH=", kPath), "HOME=/root", "LC_ALL=C.UTF-8",
                       absl::StrCat("TSMEDIA_SET_FD=", kSetFd)};
  if (!request.hidden.empty()) {
    child.environment.push_back(absl::StrCat("TSMEDIA_HIDDEN_FD=", kHiddenFd));
  }
  for (const auto& [name, value] : request.environment) {
    child.environment.push_back(absl::StrCat(name, "=", value));
  }
  for (std::string& variable : child.environment) {
    child.envp.push_back(variable.data());
  }
  child.envp.push_back(nullptr);
}

// The search for a program happens inside of its root, so that it can only be done in the child.
std::vector<std::string> ProgramsFor(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return {name};
  }
  std::vector<std::string> programs;
  for (std::string_view directory : absl::StrSplit(kPath, ':')) {
    programs.push_back(absl::StrCat(directory, "/", name));
  }
  return programs;
}

// Moves `fd` out of the way of the descriptors that the program gets, or returns -1.
int MoveUp(int fd) { return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, kSetFd + 1); }

// Runs in the child; returns only if the program could not be started.
void ExecuteChild(const Child& child) {
  setsid();
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int in = MoveUp(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int out = MoveUp(child.out);
  const int err = MoveUp(child.err);
  const int hidden = MoveUp(child.hidden);
  const int settings = MoveUp(child.settings);
  // Of descriptors that some library opened without care the program gets none either.
  close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  if (hidden >= 0) {
    dup2(hidden, kHiddenFd);
  }
  dup2(settings, kSetFd);
  if ((child.root != nullptr && chroot(child.root) != 0) || chdir(child.directory) != 0) {
    return;
  }
  for (const std::string& program : child.programs) {
    execve(program.c_str(), child.argv.data(), child.envp.data());
    if (errno != ENOENT && errno != ENOTDIR) {
      return;
    }
  }
}

// Collects what comes from one of the program's pipes.
class Output {
 public:
  Output(UniqueFd fd, const std::function<void(std::string_view)>& on_line, std::string* tail)
      : fd_(std::move(fd)), on_line_(on_line), tail_(tail) {}

  int fd() const { return fd_.get(); }

  // Reads what is there; closes at the end.
  void Read() {
    std::array<char, 16384> buffer;
    const ssize_t size = read(fd_.get(), buffer.data(), buffer.size());
    if (size > 0) {
      Take(std::string_view(buffer.data(), static_cast<size_t>(size)));
    } else if (size == 0 || errno != EINTR) {
      fd_.Reset();
    }
  }

  // Says the last line, if it has no end.
  void Finish() {
    if (!line_.empty()) {
      SayLine();
    }
  }

 private:
  void Take(std::string_view bytes) {
    if (tail_ != nullptr) {
      tail_->append(bytes);
      tail_->erase(0, tail_->size() - std::min(tail_->size(), kOutputTail));
    }
    for (char c : bytes) {
      if (c != '\n') {
        line_ += c;
      }
      if (c == '\n' || line_.size() == kMaxLine) {
        SayLine();
      }
    }
  }

  void SayLine() {
    if (on_line_ != nullptr) {
      on_line_(line_);
    }
    line_.clear();
  }

  UniqueFd fd_;
  const std::function<void(std::string_view)>& on_line_;
  std::string* tail_;
  std::string line_;
};

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 0, INT_MAX));
}

// Waits until the program has ended, reading its output; false if `end` comes first.
bool WaitForEnd(int pidfd, std::array<Output*, 2> outputs, absl::Time end) {
  while (true) {
    const absl::Duration left = end - absl::Now();
    std::array<pollfd, 3> fds = {pollfd{pidfd, POLLIN, 0}, pollfd{outputs[0]->fd(), POLLIN, 0},
                                 pollfd{outputs[1]->fd(), POLLIN, 0}};
    const int ready = poll(fds.data(), fds.size(), left == absl::InfiniteDuration() ? -1 : Milliseconds(left));
    if (ready < 0 && errno != EINTR) {
      return false;
    }
    for (size_t i = 0; ready > 0 && i < outputs.size(); ++i) {
      if (fds[i + 1].revents != 0) {
        outputs[i]->Read();
      }
    }
    if (ready > 0 && fds[0].revents != 0) {
      return true;
    }
    if (absl::Now() >= end) {
      return false;
    }
  }
}

// Reads what is left in the pipes.
void Drain(std::array<Output*, 2> outputs) {
  const absl::Time end = absl::Now() + kDrainTime;
  for (Output* output : outputs) {
    while (output->fd() >= 0) {
      pollfd fd = {output->fd(), POLLIN, 0};
      if (poll(&fd, 1, Milliseconds(end - absl::Now())) <= 0) {
        break;
      }
      output->Read();
    }
    output->Finish();
  }
}

absl::Status StartFailure(const ProcessRequest& request, int error) {
  return absl::ErrnoToStatus(error, absl::StrCat("cannot run ", request.arguments[0]));
}

// Returns the error with which the program could not be started, 0 if it was.
int ReadFailure(const UniqueFd& failure) {
  int error = 0;
  ssize_t size = 0;
  do {
    size = read(failure.get(), &error, sizeof(error));
  } while (size < 0 && errno == EINTR);
  return size == sizeof(error) ? error : 0;
}

int ExitCode(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

int Reap(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string ReadSettings(const UniqueFd& file) {
  std::string settings(kMaxSettings, '\0');
  const ssize_t size = pread(file.get(), settings.data(), settings.size(), 0);
  settings.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return settings;
}

}  // namespace

absl::StatusOr<ProcessResult> RunProcess(const ProcessRequest& request) {
  TSM_ASSIGN_OR_RETURN(Pipe out, MakePipe());
  TSM_ASSIGN_OR_RETURN(Pipe err, MakePipe());
  TSM_ASSIGN_OR_RETURN(Pipe failure, MakePipe());
  TSM_ASSIGN_OR_RETURN(UniqueFd hidden, MakeMemoryFile(request.hidden));
  TSM_ASSIGN_OR_RETURN(UniqueFd settings, MakeMemoryFile(""));

  std::vector<std::string> arguments = request.arguments;
  Child child = {.programs = ProgramsFor(request.arguments[0]),
                 .root = request.root.empty() ? nullptr : request.root.c_str(),
                 .directory = request.directory.empty() ? "/" : request.directory.c_str(),
                 .out = out.write.get(),
                 .err = err.write.get(),
                 .hidden = request.hidden.empty() ? -1 : hidden.get(),
                 .settings = settings.get(),
                 .failure = failure.write.get()};
  FillEnvironment(request, child);
  for (std::string& argument : arguments) {
    child.argv.push_back(argument.data());
  }
  child.argv.push_back(nullptr);

  const pid_t pid = fork();
  if (pid < 0) {
    return absl::ErrnoToStatus(errno, "cannot start a process");
  }
  if (pid == 0) {
    const int failure_fd = MoveUp(child.failure);
    ExecuteChild(child);
    const int error = errno;
    _exit(write(failure_fd, &error, sizeof(error)) == sizeof(error) ? 127 : 126);
  }
  out.write.Reset();
  err.write.Reset();
  failure.write.Reset();
  if (const int error = ReadFailure(failure.read); error != 0) {
    Reap(pid);
    return StartFailure(request, error);
  }

  ProcessResult result;
  Output standard(std::move(out.read), request.on_line, &result.output_tail);
  Output error(std::move(err.read), request.on_line, nullptr);
  const std::array<Output*, 2> outputs = {&standard, &error};
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  const bool ended = WaitForEnd(pidfd.get(), outputs, absl::Now() + request.time_limit);
  if (!ended) {
    kill(-pid, SIGTERM);
    WaitForEnd(pidfd.get(), outputs, absl::Now() + kTerminationTime);
    kill(-pid, SIGKILL);
  }
  Drain(outputs);
  result.exit_code = ExitCode(Reap(pid));
  if (!ended) {
    return absl::DeadlineExceededError(absl::StrCat(request.arguments[0], " took too long and was stopped"));
  }
  result.settings = ReadSettings(settings);
  return result;
}

}  // namespace tsmedia
