// A disk that fails in one place: the device-mapper target "flakey" between two linear ones.
//
//   flaky_disk create NAME DISK FIRST COUNT FEATURE...   /dev/dm-0 is DISK, but sectors FIRST to FIRST + COUNT fail
//   flaky_disk remove NAME
//
// FEATURE is what the kernel's Documentation/admin-guide/device-mapper/dm-flakey.rst lists: error_writes, drop_writes,
// corrupt_bio_byte ...; without one the disk is sound; with the word "error" alone the sectors can neither be read nor
// written (the target "error"). For guests without dmsetup.

#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "tools/base/args.h"
#include "tools/base/bytes.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/base/unique_fd.h"

namespace tsmedia {
namespace {

constexpr char kHelp[] = R"(usage: flaky_disk create NAME DISK FIRST COUNT [FEATURE...] | remove NAME

A disk that fails in one place, as /dev/dm-0.
)";

constexpr char kControl[] = "/dev/mapper/control";
constexpr size_t kBufferSize = 16 * 1024;

struct Target {
  uint64_t first = 0;
  uint64_t count = 0;
  std::string type;
  std::string parameters;
};

absl::Status Control(uint32_t name, unsigned long request, const std::string& device, uint32_t flags,
                     absl::Span<const Target> targets = {}) {
  alignas(8) char buffer[kBufferSize] = {};
  dm_ioctl header = {};
  header.version[0] = DM_VERSION_MAJOR;
  header.data_size = kBufferSize;
  header.data_start = sizeof(header);
  header.target_count = static_cast<uint32_t>(targets.size());
  header.flags = flags;
  device.copy(header.name, sizeof(header.name) - 1);
  std::memcpy(buffer, &header, sizeof(header));
  size_t at = sizeof(header);
  for (const Target& target : targets) {
    dm_target_spec spec = {};
    spec.sector_start = target.first;
    spec.length = target.count;
    target.type.copy(spec.target_type, sizeof(spec.target_type) - 1);
    spec.next = static_cast<uint32_t>(RoundUp(sizeof(spec) + target.parameters.size() + 1, 8));
    std::memcpy(buffer + at, &spec, sizeof(spec));
    std::memcpy(buffer + at + sizeof(spec), target.parameters.c_str(), target.parameters.size() + 1);
    at += spec.next;
  }
  const UniqueFd control(open(kControl, O_RDWR | O_CLOEXEC));
  if (control.get() < 0 || ioctl(control.get(), request, buffer) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(kControl, ": request ", name));
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> SectorsOf(const std::string& disk) {
  const UniqueFd fd(open(disk.c_str(), O_RDONLY | O_CLOEXEC));
  uint64_t bytes = 0;
  if (fd.get() < 0 || ioctl(fd.get(), BLKGETSIZE64, &bytes) != 0) {
    return absl::ErrnoToStatus(errno, disk);
  }
  return bytes / 512;
}

Target Faulty(const std::string& disk, uint64_t first, uint64_t count, absl::Span<const std::string> features) {
  if (features.size() == 1 && features[0] == "error") {
    return {first, count, "error", ""};
  }
  if (features.empty()) {
    return {first, count, "flakey", absl::StrCat(disk, " ", first, " 1 0")};
  }
  // Never up, always down: what the features do not change is done right.
  return {first, count, "flakey",
          absl::StrCat(disk, " ", first, " 0 1 ", features.size(), " ", absl::StrJoin(features, " "))};
}

absl::Status Create(absl::Span<const std::string> words) {
  uint64_t first;
  uint64_t count;
  if (words.size() < 4 || !absl::SimpleAtoi(words[2], &first) || !absl::SimpleAtoi(words[3], &count)) {
    return UsageError("give NAME DISK FIRST COUNT");
  }
  TSM_ASSIGN_OR_RETURN(const uint64_t sectors, SectorsOf(words[1]));
  const uint64_t end = first + count;
  const absl::Span<const std::string> features = words.subspan(4);
  TSM_RETURN_IF_ERROR(Control(DM_DEV_CREATE_CMD, DM_DEV_CREATE, words[0], 0));
  TSM_RETURN_IF_ERROR(Control(DM_TABLE_LOAD_CMD, DM_TABLE_LOAD, words[0], 0,
                              {{{0, first, "linear", absl::StrCat(words[1], " 0")},
                                Faulty(words[1], first, count, features),
                                {end, sectors - end, "linear", absl::StrCat(words[1], " ", end)}}}));
  return Control(DM_DEV_SUSPEND_CMD, DM_DEV_SUSPEND, words[0], 0);  // without the flag: resume
}

absl::Status Run(Args& args) {
  TSM_RETURN_IF_ERROR(args.Finish());
  const absl::Span<const std::string> words = args.positional();
  if (words.size() == 2 && words[0] == "remove") {
    return Control(DM_DEV_REMOVE_CMD, DM_DEV_REMOVE, words[1], 0);
  }
  if (words.empty() || words[0] != "create") {
    return UsageError("create or remove");
  }
  return Create(words.subspan(1));
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunProgram(argc, argv, "flaky_disk", tsmedia::kHelp, tsmedia::Run); }
