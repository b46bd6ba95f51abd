// vary: runs a program in another environment than usual. media_reproducibility_test runs the tools of its second build
// with it; time zone and locale come from Bazel, umask and the number of processors can only be set from inside.
//
//   vary PROGRAM [ARGUMENT...]

#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>

namespace {

// Nobody else may read what is created: the opposite of the usual 022.
constexpr mode_t kUmask = 0077;

// Leaves the process on the last of its processors, so that tools that ask for their number get one.
bool UseOneProcessor() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
    return false;
  }
  int last = CPU_SETSIZE - 1;
  while (last > 0 && !CPU_ISSET(last, &allowed)) {
    --last;
  }
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(last, &one);
  return sched_setaffinity(0, sizeof(one), &one) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kUsage = 2;
  constexpr int kCannotRun = 1;
  if (argc < 2) {
    std::cerr << "vary: name the program to run\n";
    return kUsage;
  }
  umask(kUmask);
  if (!UseOneProcessor()) {
    std::cerr << "vary: cannot choose a processor: " << std::strerror(errno) << "\n";
    return kCannotRun;
  }
  execv(argv[1], argv + 1);
  std::cerr << "vary: cannot run " << argv[1] << ": " << std::strerror(errno) << "\n";
  return kCannotRun;
}
