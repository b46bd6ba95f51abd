#include "tools/drive/device_checks.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/base/kernel_file.h"
#include "tools/base/printable.h"
#include "tools/base/progress.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

namespace fs = std::filesystem;

// sysfs counts in these, whatever the sectors of a device are.
constexpr uint64_t kSysfsSector = 512;

// The directories in `directory`, or what links in it lead to, in the order of their names.
std::vector<fs::path> DirectoriesIn(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    fs::path path = fs::canonical(it->path(), ignored);
    if (!ignored && fs::is_directory(path, ignored)) {
      found.push_back(std::move(path));
    }
  }
  std::ranges::sort(found);
  return found;
}

bool IsPartition(const fs::path& directory) {
  std::error_code error;
  return fs::exists(directory / "partition", error);
}

std::string NodePath(const fs::path& directory) {
  const std::string mapped = KernelText(directory / "dm/name");
  if (!mapped.empty()) {
    return absl::StrCat("/dev/mapper/", mapped);
  }
  std::string name = directory.filename();
  std::ranges::replace(name, '!', '/');  // the kernel's way to write a name with a slash
  return absl::StrCat("/dev/", name);
}

// A block device that is the one in question, a part of it, or stands on it.
struct Node {
  fs::path directory;
  std::string path;
  std::string number;  // "8:17"
};

// Collects a device, its partitions, and what holds them: volume groups, RAIDs, encryption, in any depth.
class Family {
 public:
  explicit Family(const fs::path& device) { Add(device); }

  const std::vector<Node>& nodes() const { return nodes_; }
  // "/dev/sdb1 is a part of /dev/mapper/vg-home".
  const std::vector<std::string>& holdings() const { return holdings_; }

 private:
  // Each directory is added once, so this ends.
  void Add(const fs::path& directory) {
    if (!seen_.insert(directory).second) {
      return;
    }
    const Node node = {directory, NodePath(directory), KernelText(directory / "dev")};
    nodes_.push_back(node);
    for (const fs::path& part : DirectoriesIn(directory)) {
      if (IsPartition(part) && part.parent_path() == directory) {
        Add(part);
      }
    }
    for (const fs::path& holder : DirectoriesIn(directory / "holders")) {
      holdings_.push_back(absl::StrCat(node.path, " is a part of ", NodePath(holder)));
      Add(holder);
    }
  }

  std::set<fs::path> seen_;
  std::vector<Node> nodes_;
  std::vector<std::string> holdings_;
};

// The kernel writes space, tab, line feed and backslash in the tables as three octal digits.
std::string Unescape(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view digits = text.substr(i).size() > 3 ? text.substr(i + 1, 3) : "";
    if (text[i] == '\\' && digits.size() == 3 &&
        std::ranges::all_of(digits, [](char c) { return c >= '0' && c < '8'; })) {
      result += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

bool IsSystemDirectory(std::string_view mount_point) {
  for (std::string_view directory : {"/boot", "/efi", "/usr"}) {
    if (mount_point == directory || absl::StartsWith(mount_point, absl::StrCat(directory, "/"))) {
      return true;
    }
  }
  return mount_point == "/";
}

// proc_pid_mountinfo(5): ID, parent, MAJOR:MINOR, root, mount point, options, ..., "-", type, source, ...
void AddMounts(const std::string& root, const Family& family, DeviceFacts* facts) {
  std::ifstream table(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(table, line);) {
    const std::vector<std::string> fields = absl::StrSplit(line, ' ');
    const auto dash = std::ranges::find(fields, "-");
    if (fields.size() < 6 || fields.end() - dash < 3) {
      continue;
    }
    // The numbers of btrfs are not those of its device; its source is.
    const std::string source = Unescape(dash[2]);
    for (const Node& node : family.nodes()) {
      if (fields[2] != node.number && source != node.path) {
        continue;
      }
      const std::string mount_point = Unescape(fields[4]);
      const std::string use = absl::StrCat(node.path, " is mounted at ", PrintableLine(mount_point));
      facts->uses.push_back(use);
      if (IsSystemDirectory(mount_point)) {
        facts->system_uses.push_back(use);
      }
    }
  }
}

// proc(5): a line of titles, then a line for each swap space that begins with its path.
void AddSwaps(const std::string& root, const Family& family, DeviceFacts* facts) {
  std::ifstream table(root + "/proc/swaps");
  for (std::string line; std::getline(table, line);) {
    const std::string path = Unescape(line.substr(0, line.find_first_of(" \t")));
    for (const Node& node : family.nodes()) {
      // Swap on a volume has the kernel's name of it here: /dev/dm-0.
      if (path == node.path || path == absl::StrCat("/dev/", node.directory.filename().string())) {
        facts->uses.push_back(absl::StrCat(node.path, " is swap space"));
      }
    }
  }
}

std::string PartitionName(const fs::path& directory) {
  for (std::string_view line : absl::StrSplit(KernelText(directory / "uevent"), '\n')) {
    if (absl::ConsumePrefix(&line, "PARTNAME=")) {
      return PrintableLine(line);
    }
  }
  return "";
}

void AddPartitions(const fs::path& device, DeviceFacts* facts) {
  std::vector<std::pair<uint64_t, PartitionFacts>> partitions;
  for (const fs::path& directory : DirectoriesIn(device)) {
    if (IsPartition(directory) && directory.parent_path() == device) {
      partitions.emplace_back(KernelNumber(directory / "partition"),
                              PartitionFacts{.device = NodePath(directory),
                                             .size = KernelNumber(directory / "size") * kSysfsSector,
                                             .label = PartitionName(directory)});
    }
  }
  std::ranges::sort(partitions, {}, [](const auto& partition) { return partition.first; });
  for (auto& [number, partition] : partitions) {
    facts->partitions.push_back(std::move(partition));
  }
}

// A card in a slot is removable, though the kernel never says so of one; eMMC is of the type MMC.
bool IsRemovable(const fs::path& device) {
  return KernelNumber(device / "removable") != 0 || KernelText(device / "device/type") == "SD";
}

std::string Model(const fs::path& device) {
  const std::string model = KernelText(device / "device/model");
  return PrintableLine(model.empty() ? KernelText(device / "device/name") : model);
}

std::string NameOf(const DeviceFacts& facts) {
  return absl::StrJoin({facts.vendor, facts.model.empty() ? std::string("unnamed model") : facts.model},
                       facts.vendor.empty() ? "" : " ");
}

absl::Status Refuse(const DeviceFacts& facts, std::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat(facts.device, ": ", why));
}

absl::Status CheckSectors(const DeviceFacts& facts, const DeviceNeeds& needs) {
  if (facts.sector_size == needs.sector_size) {
    return absl::OkStatus();
  }
  const std::string seen = absl::StrCat("its sectors have ", facts.sector_size, " bytes, the medium is for sectors of ",
                                        needs.sector_size, ": build it with ");
  if (needs.is_iso) {
    return Refuse(facts, absl::StrCat(seen, "format = \"usb\" and sector_size = ", facts.sector_size));
  }
  return Refuse(facts, absl::StrCat(seen, "sector_size = ", facts.sector_size));
}

}  // namespace

absl::StatusOr<DeviceFacts> ReadDeviceFacts(const std::string& root, uint32_t major, uint32_t minor) {
  std::error_code error;
  const fs::path device = fs::canonical(absl::StrCat(root, "/sys/dev/block/", major, ":", minor), error);
  if (error) {
    return absl::NotFoundError(absl::StrCat("the kernel knows no block device ", major, ":", minor));
  }
  if (IsPartition(device)) {
    return absl::InvalidArgumentError(
        absl::StrCat(NodePath(device), " is a partition: name the whole device, ", NodePath(device.parent_path())));
  }
  DeviceFacts facts = {.device = NodePath(device),
                       .vendor = PrintableLine(KernelText(device / "device/vendor")),
                       .model = Model(device),
                       .size = KernelNumber(device / "size") * kSysfsSector,
                       .sector_size = static_cast<uint32_t>(KernelNumber(device / "queue/logical_block_size")),
                       .removable = IsRemovable(device),
                       .read_only = KernelNumber(device / "ro") != 0,
                       .partitions = {},
                       .uses = {},
                       .system_uses = {}};
  AddPartitions(device, &facts);
  const Family family(device);
  AddMounts(root, family, &facts);
  AddSwaps(root, family, &facts);
  facts.uses.insert(facts.uses.end(), family.holdings().begin(), family.holdings().end());
  return facts;
}

std::string DescribeDevice(const DeviceFacts& facts) {
  std::string text = absl::StrCat(facts.device, ": ", NameOf(facts), ", ", FormatBytes(facts.size), ", ",
                                  facts.removable ? "removable" : "not removable", "\n");
  for (const PartitionFacts& partition : facts.partitions) {
    absl::StrAppend(&text, "  ", partition.device, ": ", FormatBytes(partition.size),
                    partition.label.empty() ? "" : absl::StrCat(", \"", partition.label, "\""), "\n");
  }
  if (facts.partitions.empty()) {
    absl::StrAppend(&text, "  no partitions\n");
  }
  return text;
}

absl::Status CheckDevice(const DeviceFacts& facts, const DeviceNeeds& needs) {
  if (!facts.system_uses.empty()) {
    return Refuse(facts, absl::StrCat("the running system is on it (", absl::StrJoin(facts.system_uses, ", "),
                                      "): name another device"));
  }
  if (!facts.uses.empty()) {
    return Refuse(facts, absl::StrCat("it is in use (", absl::StrJoin(facts.uses, ", "), "): end that first"));
  }
  if (facts.read_only) {
    return Refuse(facts, "it is write-protected: look for a switch on it");
  }
  TSM_RETURN_IF_ERROR(CheckSectors(facts, needs));
  if (facts.size < needs.size) {
    return Refuse(facts, absl::StrCat("too small: it has ", facts.size, " bytes, the medium needs ", needs.size));
  }
  if (!facts.removable && !needs.allow_fixed) {
    return Refuse(facts,
                  absl::StrCat("not a removable device, but ", NameOf(facts), ", ", FormatBytes(facts.size), ", ",
                               facts.partitions.size(), " partitions; if it is the right one, say --force"));
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
