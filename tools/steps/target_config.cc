#include "tools/steps/target_config.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tools/base/status_macros.h"
#include "tools/engine/pattern.h"

namespace tsmedia {
namespace {

constexpr std::string_view kNetworkDirectory = "/etc/systemd/network";
constexpr char kNetworkd[] = "/usr/lib/systemd/system/systemd-networkd.service";

// The lines of a file that there may be, without the empty one behind its last line feed.
std::vector<std::string> Lines(const std::string& path, const TargetRoot& root) {
  const absl::StatusOr<std::string> text = root.Read(path);
  std::vector<std::string> lines;
  if (text.ok() && !text->empty()) {
    lines = absl::StrSplit(*text, '\n');
    if (lines.back().empty()) {
      lines.pop_back();
    }
  }
  return lines;
}

std::string Text(const std::vector<std::string>& lines) {
  return absl::StrCat(absl::StrJoin(lines, "\n"), lines.empty() ? "" : "\n");
}

std::vector<std::string> Words(std::string_view line) {
  return absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
}

bool IsHostName(std::string_view name) {
  return !name.empty() && name.size() <= 63 && name.front() != '-' && name.back() != '-' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return absl::ascii_isalnum(c) || c == '-'; });
}

std::string FstabLine(const MountPoint& mount) {
  const bool is_root = mount.path == "/";
  // The system starts without its EFI partition too; only the next update of boot files needs it. FAT has no journal:
  // it is not mounted before somebody looks (systemd.mount(5)).
  const std::string_view options = is_root                            ? "errors=remount-ro"
                                   : mount.file_system.type == "vfat" ? "umask=0077,nofail,x-systemd.automount"
                                                                      : "defaults";
  return absl::StrCat("UUID=", mount.file_system.uuid, " ", mount.path, " ", mount.file_system.type, " ", options,
                      " 0 ", is_root ? 1 : 2);
}

// ---- Network --------------------------------------------------------------------------------------------------------

// The [Match] line of an adapter.
absl::StatusOr<std::string> Match(const NetworkAdapter& adapter, const MachineFacts& facts) {
  if (adapter.mac_address().empty() && !adapter.name().empty()) {
    return absl::StrCat("Name=", adapter.name());
  }
  for (const InterfaceFacts& interface : facts.interfaces()) {
    const bool meant = adapter.mac_address().empty()
                           ? interface.link() && interface.wired()
                           : MatchesPattern(adapter.mac_address(), interface.mac_address()) &&
                                 (adapter.name().empty() || MatchesPattern(adapter.name(), interface.name()));
    if (meant) {
      return absl::StrCat("MACAddress=", interface.mac_address());
    }
  }
  return absl::NotFoundError(adapter.mac_address().empty() ? "the machine has no wired network adapter with a link"
                                                           : absl::StrCat("the machine has no network adapter ",
                                                                          adapter.mac_address(), " ", adapter.name()));
}

// A value stands on a line of its own in the file: a line feed in it would be another setting.
absl::Status CheckLine(std::string_view value) {
  if (std::any_of(value.begin(), value.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); })) {
    return absl::InvalidArgumentError(absl::StrCat("\"", absl::CEscape(value), "\" is no network setting"));
  }
  return absl::OkStatus();
}

template <typename Values>
absl::Status AddLines(std::string_view key, const Values& values, std::vector<std::string>* lines) {
  for (const std::string& value : values) {
    TSM_RETURN_IF_ERROR(CheckLine(value));
    lines->push_back(absl::StrCat(key, "=", value));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> NetworkFile(const NetworkAdapter& adapter, const ApplyNetworkSettings& settings,
                                        const MachineFacts& facts) {
  TSM_ASSIGN_OR_RETURN(const std::string match, Match(adapter, facts));
  TSM_RETURN_IF_ERROR(CheckLine(match));
  std::vector<std::string> lines = {"[Match]", match, "", "[Network]"};
  lines.push_back(absl::StrCat("DHCP=", adapter.dhcp() ? "yes" : "no"));
  TSM_RETURN_IF_ERROR(AddLines("Address", adapter.addresses(), &lines));
  TSM_RETURN_IF_ERROR(AddLines("Gateway", adapter.gateways(), &lines));
  TSM_RETURN_IF_ERROR(AddLines("DNS", adapter.dns_servers(), &lines));
  TSM_RETURN_IF_ERROR(AddLines("Domains", settings.search_domains(), &lines));
  return Text(lines);
}

}  // namespace

absl::Status SetComputerName(std::string_view name, const TargetRoot& root) {
  if (!IsHostName(name)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", absl::CEscape(name), "\" cannot be the name of a computer"));
  }
  TSM_RETURN_IF_ERROR(root.Write("/etc/hostname", absl::StrCat(name, "\n")));
  // 127.0.1.1 is the address that Debian and others give to the machine's own name.
  std::vector<std::string> lines = Lines("/etc/hosts", root);
  std::erase_if(lines, [](const std::string& line) {
    const std::vector<std::string> words = Words(line);
    return !words.empty() && words[0] == "127.0.1.1";
  });
  lines.push_back(absl::StrCat("127.0.1.1 ", name));
  return root.Write("/etc/hosts", Text(lines));
}

absl::Status WriteFstab(const std::vector<MountPoint>& mounts, const TargetRoot& root) {
  std::vector<std::string> lines = Lines("/etc/fstab", root);
  std::erase_if(lines, [&mounts](const std::string& line) {
    const std::vector<std::string> words = Words(line);
    return words.size() > 1 && words[0][0] != '#' &&
           std::any_of(mounts.begin(), mounts.end(),
                       [&words](const MountPoint& mount) { return mount.path == words[1]; });
  });
  for (const MountPoint& mount : mounts) {
    lines.push_back(FstabLine(mount));
  }
  return root.Write("/etc/fstab", Text(lines));
}

absl::Status SetMachineId(const RandomSource& random, const TargetRoot& root) {
  const std::array<uint8_t, 16> id = random();
  const std::string_view bytes(reinterpret_cast<const char*>(id.data()), id.size());
  return root.Write("/etc/machine-id", absl::StrCat(absl::BytesToHexString(bytes), "\n"), 0444);
}

absl::Status WriteNetworkSettings(const ApplyNetworkSettings& settings, const MachineFacts& facts,
                                  const TargetRoot& root) {
  if (!root.Exists(kNetworkd)) {
    return absl::FailedPreconditionError(
        "the operating system has no systemd-networkd, which is what network settings are written for");
  }
  for (int i = 0; i < settings.adapters_size(); ++i) {
    TSM_ASSIGN_OR_RETURN(const std::string file, NetworkFile(settings.adapters(i), settings, facts));
    TSM_RETURN_IF_ERROR(root.Write(absl::StrFormat("%s/10-tsmedia-%02d.network", kNetworkDirectory, i), file));
  }
  std::vector<std::string> others = {"[Match]", "Type=ether", "", "[Network]", "DHCP=yes"};
  TSM_RETURN_IF_ERROR(AddLines("Domains", settings.search_domains(), &others));
  TSM_RETURN_IF_ERROR(root.Write(absl::StrCat(kNetworkDirectory, "/90-tsmedia-others.network"), Text(others)));
  return root.Link("/etc/systemd/system/multi-user.target.wants/systemd-networkd.service", kNetworkd);
}

}  // namespace tsmedia
