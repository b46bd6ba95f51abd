// Choosing the disk that a step means. A wrong disk is never guessed.

#ifndef TSMEDIA_TOOLS_ENGINE_DISKS_H_
#define TSMEDIA_TOOLS_ENGINE_DISKS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/engine/facts.pb.h"
#include "tools/engine/variable_store.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {

// A fixed disk and its number: its place, from 0, among the fixed disks in the order of their paths, then serial
// numbers. Numbers within a path count as numbers: ata-2 stands before ata-10.
struct NumberedDisk {
  uint32_t number = 0;
  const DiskFacts* disk = nullptr;  // in the facts
};

// FixedDisks returns the disks that may be written to, by number: those that are neither removable, nor read-only, nor
// the medium.
std::vector<NumberedDisk> FixedDisks(const MachineFacts& facts);

// MatchingDisks returns the fixed disks that `selector` describes, `pick` left aside. An index_variable that holds no
// number matches no disk.
std::vector<NumberedDisk> MatchingDisks(const DiskSelector& selector, const MachineFacts& facts,
                                        const VariableStore& variables);

// SelectDisk returns the one disk that is meant. NotFound if no disk matches, FailedPrecondition if several do; both
// list what is there, as a technician has to decide from it.
absl::StatusOr<NumberedDisk> SelectDisk(const DiskSelector& selector, const MachineFacts& facts,
                                        const VariableStore& variables);

// DescribeDisk returns, for example, "disk 0 (/dev/sda, QEMU HARDDISK, serial QM00001, 8192 MB)".
std::string DescribeDisk(const NumberedDisk& disk);

// SectorSize returns the bytes of the disk's logical sectors.
uint32_t SectorSize(const DiskFacts& disk);

// PartitionDevice returns the device of a partition: /dev/sda, 2 -> /dev/sda2; /dev/nvme0n1, 2 -> /dev/nvme0n1p2.
std::string PartitionDevice(std::string_view disk, uint32_t number);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_DISKS_H_
