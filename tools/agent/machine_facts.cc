#include "tools/agent/machine_facts.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/agent/block_devices.h"
#include "tools/agent/firmware.h"
#include "tools/base/kernel_file.h"

namespace tsmedia {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxFile = 1 << 20;
constexpr uint64_t kSysfsSector = 512;  // /sys/block/*/size counts these, whatever the disk's sectors are

// Names in a directory, ascending.
std::vector<std::string> Names(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The real path of a link in sysfs; "" if there is none.
std::string Resolve(const std::string& path) {
  std::error_code error;
  const fs::path resolved = fs::canonical(path, error);
  return error ? "" : resolved.string();
}

// ---- Machine --------------------------------------------------------------------------------------------------------

void ReadSmbios(const std::string& root, MachineFacts* facts) {
  const std::string dmi = root + "/sys/class/dmi/id/";
  facts->set_make(KernelText(dmi + "sys_vendor"));
  facts->set_model(KernelText(dmi + "product_name"));
  facts->set_serial_number(KernelText(dmi + "product_serial"));
  facts->set_asset_tag(KernelText(dmi + "chassis_asset_tag"));
  facts->set_uuid(absl::AsciiStrToLower(KernelText(dmi + "product_uuid")));
}

// "Key:   value" lines, as in /proc/meminfo and /proc/cpuinfo. Returns the largest value of `key`.
double LargestValue(const std::string& text, std::string_view key) {
  double largest = 0;
  for (std::string_view line : absl::StrSplit(text, '\n')) {
    const std::pair<std::string_view, std::string_view> parts = absl::StrSplit(line, absl::MaxSplits(':', 1));
    std::string_view value = absl::StripAsciiWhitespace(parts.second);
    double number = 0;
    if (absl::StripAsciiWhitespace(parts.first) == key && absl::SimpleAtod(value.substr(0, value.find(' ')), &number)) {
      largest = std::max(largest, number);
    }
  }
  return largest;
}

uint64_t MemoryMb(const std::string& root) {
  constexpr uint64_t kStep = 64;
  const uint64_t mb = static_cast<uint64_t>(LargestValue(KernelText(root + "/proc/meminfo"), "MemTotal")) / 1024;
  return (mb + kStep - 1) / kStep * kStep;
}

uint32_t ProcessorMhz(const std::string& root) {
  const uint64_t khz = KernelNumber(root + "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq");
  return khz > 0 ? static_cast<uint32_t>(khz / 1000)
                 : static_cast<uint32_t>(LargestValue(KernelText(root + "/proc/cpuinfo"), "cpu MHz"));
}

// A machine that has a battery and says that its mains adapter is off runs on the battery.
bool HasMainsPower(const std::string& root) {
  bool has_mains = false;
  bool online = false;
  for (const std::string& name : Names(root + "/sys/class/power_supply")) {
    const std::string supply = absl::StrCat(root, "/sys/class/power_supply/", name);
    if (KernelText(supply + "/type") == "Mains") {
      has_mains = true;
      online = online || KernelText(supply + "/online") == "1";
    }
  }
  return !has_mains || online;
}

// ---- Disks ----------------------------------------------------------------------------------------------------------

// SCSI disks say their serial number on a page of vital product data: four bytes of header, then text (SPC-4, 7.8.16).
std::string DiskSerial(const std::string& sys) {
  for (const char* file : {"/serial", "/device/serial"}) {
    if (std::string serial = KernelText(sys + file); !serial.empty()) {
      return serial;
    }
  }
  const absl::StatusOr<std::string> page = ReadKernelFile(sys + "/device/vpd_pg80", kMaxFile);
  return page.ok() && page->size() > 4 ? std::string(absl::StripAsciiWhitespace(page->substr(4))) : "";
}

// The number of the SATA port that a disk hangs on, from the directory of its host ("ata3").
std::string AtaPort(const std::string& sys_path) {
  const size_t at = sys_path.find("/ata");
  if (at == std::string::npos) {
    return "";
  }
  const size_t end = sys_path.find('/', at + 1);
  const std::string host = sys_path.substr(at + 1, end - at - 1);
  return KernelText(absl::StrCat(sys_path.substr(0, end), "/ata_port/", host, "/port_no"));
}

void AddDisk(const std::string& root, const std::string& name, bool medium, MachineFacts* facts) {
  const std::string sys = absl::StrCat(root, "/sys/block/", name);
  const std::string sys_path = Resolve(sys);
  DiskFacts* disk = facts->add_disks();
  disk->set_device("/dev/" + name);
  disk->set_by_path(DiskPath(sys_path, AtaPort(sys_path)));
  disk->set_serial(DiskSerial(sys));
  disk->set_model(KernelText(sys + "/device/model"));
  disk->set_size(KernelNumber(sys + "/size") * kSysfsSector);
  disk->set_sector_size(static_cast<uint32_t>(KernelNumber(sys + "/queue/logical_block_size")));
  // Sticks that claim to be fixed disks exist; what hangs on USB is not a part of the machine.
  disk->set_removable(KernelText(sys + "/removable") == "1" || absl::StrContains(sys_path, "/usb"));
  disk->set_read_only(KernelText(sys + "/ro") == "1" || absl::StartsWith(name, "sr"));
  disk->set_medium(medium);
}

// ---- Network --------------------------------------------------------------------------------------------------------

void AddInterface(const std::string& root, const std::string& name, MachineFacts* facts) {
  const std::string sys = absl::StrCat(root, "/sys/class/net/", name);
  std::error_code error;
  InterfaceFacts* interface = facts->add_interfaces();
  interface->set_name(name);
  interface->set_mac_address(KernelText(sys + "/address"));
  interface->set_link(KernelText(sys + "/carrier") == "1");
  interface->set_wired(!fs::exists(sys + "/wireless", error));
}

std::string AddressText(int family, const void* address) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(family, address, text, sizeof(text)) == nullptr ? "" : text;
}

// Two routes may lead to one gateway.
void AddGateway(const std::string& address, MachineFacts* facts) {
  if (std::ranges::find(facts->default_gateways(), address) == facts->default_gateways().end()) {
    facts->add_default_gateways(address);
  }
}

// The default gateways of /proc/net/route, whose addresses are hexadecimal numbers in the machine's byte order
// (proc(5)).
void ReadGateways4(const std::string& root, MachineFacts* facts) {
  for (std::string_view line : absl::StrSplit(KernelText(root + "/proc/net/route"), '\n')) {
    const std::vector<std::string> fields = absl::StrSplit(line, '\t');
    uint32_t gateway = 0;
    if (fields.size() > 2 && fields[1] == "00000000" && absl::SimpleHexAtoi(fields[2], &gateway) && gateway != 0) {
      AddGateway(AddressText(AF_INET, &gateway), facts);
    }
  }
}

// Those of /proc/net/ipv6_route (linux/net/ipv6/route.c, rt6_proc_ops): destination, its prefix length, source, its
// prefix length, gateway, ...; addresses are the hexadecimal digits of their bytes.
void ReadGateways6(const std::string& root, MachineFacts* facts) {
  const std::string none(32, '0');
  for (std::string_view line : absl::StrSplit(KernelText(root + "/proc/net/ipv6_route"), '\n')) {
    const std::vector<std::string> fields = absl::StrSplit(line, ' ', absl::SkipEmpty());
    std::string gateway;
    if (fields.size() > 4 && fields[0] == none && fields[1] == "00" && fields[4].size() == none.size() &&
        fields[4] != none && absl::HexStringToBytes(fields[4], &gateway)) {
      AddGateway(AddressText(AF_INET6, gateway.data()), facts);
    }
  }
}

}  // namespace

std::string DiskPath(std::string_view sys_path, std::string_view ata_port) {
  const std::vector<std::string> parts = absl::StrSplit(sys_path, '/');
  std::string path;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string& part = parts[i];
    // 0000:00:1f.2; the last one is the device's own, those before it are bridges.
    if (part.size() == 12 && part[4] == ':' && part[7] == ':' && part[10] == '.') {
      path = "pci-" + part;
    } else if (absl::StartsWith(part, "usb") && i + 1 < parts.size()) {
      // usb1/1-2/1-2:1.0: the interface names bus, ports, configuration and interface; udev leaves out the bus.
      size_t interface = i + 1;
      while (interface < parts.size() && parts[interface].find(':') == std::string::npos) {
        ++interface;
      }
      const size_t hyphen = interface < parts.size() ? parts[interface].find('-') : std::string::npos;
      if (hyphen != std::string::npos) {
        absl::StrAppend(&path, "-usb-0:", parts[interface].substr(hyphen + 1));
      }
    } else if (absl::StartsWith(part, "nvme") && absl::StrContains(part, "n") && i + 1 == parts.size()) {
      absl::StrAppend(&path, "-nvme-", part.substr(part.rfind('n') + 1));
    } else if (absl::StartsWith(part, "target") && i + 1 < parts.size() && ata_port.empty()) {
      // The host's number depends on the order of discovery: udev writes 0 for it, like for the first host.
      absl::StrAppend(&path, "-scsi-0", parts[i + 1].substr(std::min(parts[i + 1].find(':'), parts[i + 1].size())));
    }
  }
  if (!ata_port.empty() && !path.empty()) {
    absl::StrAppend(&path, "-ata-", ata_port);
  }
  return path;
}

std::string WholeDisk(const std::string& root, const std::string& device) {
  const std::string sys = absl::StrCat(root, "/sys/class/block/", device);
  std::error_code error;
  if (!fs::exists(sys + "/partition", error)) {
    return device;
  }
  const std::string resolved = Resolve(sys);
  return resolved.empty() ? device : fs::path(resolved).parent_path().filename().string();
}

AddressMap InterfaceAddresses() {
  AddressMap addresses;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) {
    return addresses;
  }
  for (const ifaddrs* it = list; it != nullptr; it = it->ifa_next) {
    const int family = it->ifa_addr == nullptr ? AF_UNSPEC : it->ifa_addr->sa_family;
    if (family == AF_INET) {
      const auto* address = reinterpret_cast<const sockaddr_in*>(it->ifa_addr);
      addresses[it->ifa_name].push_back(AddressText(family, &address->sin_addr));
    } else if (family == AF_INET6) {
      const auto* address = reinterpret_cast<const sockaddr_in6*>(it->ifa_addr);
      addresses[it->ifa_name].push_back(AddressText(family, &address->sin6_addr));
    }
  }
  freeifaddrs(list);
  return addresses;
}

void AddAddresses(const AddressMap& addresses, MachineFacts* facts) {
  for (InterfaceFacts& interface : *facts->mutable_interfaces()) {
    if (auto found = addresses.find(interface.name()); found != addresses.end()) {
      interface.mutable_addresses()->Assign(found->second.begin(), found->second.end());
    }
  }
}

MachineFacts ReadMachineFacts(const std::string& root, const std::set<std::string>& medium_disks) {
  MachineFacts facts;
  const Firmware firmware = DetectFirmware(root);
  facts.set_uefi(firmware != Firmware::kBios);
  facts.set_secure_boot(firmware == Firmware::kUefiSecureBoot);
  facts.set_memory_mb(MemoryMb(root));
  facts.set_processor_mhz(ProcessorMhz(root));
  facts.set_mains_power(HasMainsPower(root));
  facts.set_tpm(KernelText(root + "/sys/class/tpm/tpm0/tpm_version_major") == "2");
  ReadSmbios(root, &facts);
  utsname system = {};
  facts.set_architecture(uname(&system) == 0 ? system.machine : "");
  for (const std::string& name : Names(root + "/sys/block")) {
    if (MayHoldMedium(name)) {
      AddDisk(root, name, medium_disks.contains(name), &facts);
    }
  }
  for (const std::string& name : Names(root + "/sys/class/net")) {
    if (name != "lo") {
      AddInterface(root, name, &facts);
    }
  }
  ReadGateways4(root, &facts);
  ReadGateways6(root, &facts);
  if (root.empty()) {
    AddAddresses(InterfaceAddresses(), &facts);
  }
  return facts;
}

}  // namespace tsmedia
