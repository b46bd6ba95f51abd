// What the kernel knows about the machine, as the task sequence engine asks for it.

#ifndef TSMEDIA_TOOLS_AGENT_MACHINE_FACTS_H_
#define TSMEDIA_TOOLS_AGENT_MACHINE_FACTS_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/engine/facts.pb.h"

namespace tsmedia {

// ReadMachineFacts asks the kernel below `root` ("" on a machine). `medium_disks` are the names (as below /dev) of the
// disks that hold the deployment medium or further volumes of it. What the kernel does not say stays empty; nothing is
// an error. Addresses are not in files: only the machine itself has them.
MachineFacts ReadMachineFacts(const std::string& root, const std::set<std::string>& medium_disks);

// Addresses by the name of their interface, without prefix length.
using AddressMap = std::map<std::string, std::vector<std::string>>;

// InterfaceAddresses asks the kernel for the addresses of all interfaces, IPv4 and IPv6.
AddressMap InterfaceAddresses();

// AddAddresses gives the interfaces of `facts` their addresses.
void AddAddresses(const AddressMap& addresses, MachineFacts* facts);

// DiskPath returns the path of a disk as udev names it below /dev/disk/by-path, from the path of its directory below
// /sys/devices: "pci-0000:00:1f.2-ata-1", "pci-0000:01:00.0-nvme-1", "pci-0000:00:14.0-usb-0:1:1.0-scsi-0:0:0:0",
// "pci-0000:00:04.0". "" if it hangs on no bus that is known. `ata_port` is the number of the port on its controller.
std::string DiskPath(std::string_view sys_path, std::string_view ata_port);

// WholeDisk returns the disk that a partition is on: "sda1" -> "sda", "nvme0n1p2" -> "nvme0n1"; a disk is its own.
std::string WholeDisk(const std::string& root, const std::string& device);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_MACHINE_FACTS_H_
