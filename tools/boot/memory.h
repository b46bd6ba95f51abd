// How much memory a machine needs to run a boot image.

#ifndef TSMEDIA_TOOLS_BOOT_MEMORY_H_
#define TSMEDIA_TOOLS_BOOT_MEMORY_H_

#include <cstdint>

namespace tsmedia {

// MinimumMemoryMb returns the MB (1 MB = 1,048,576 bytes) of memory for initial RAM disks of `compressed` bytes that
// are `unpacked` bytes in memory, as MachineFacts.memory_mb says it, a multiple of 64: the larger of
//
//   the kernel, its tables and drivers                        128 MB
//   + the RAM disks as they are loaded and as they unpack     compressed + unpacked
//   + the password's work at the factor that media have       257 MB (scrypt N = 2^18, r = 8: 128 * N * r, and 1 MB)
//   + the agent, which streams in 64 MB, and its programs     96 MB
//
// and twice what holds the unpacked files, of which the kernel gives at most half of the memory to files
// (linux/Documentation/filesystems/ramfs-rootfs-initramfs.rst, tmpfs.rst).
uint32_t MinimumMemoryMb(uint64_t compressed, uint64_t unpacked);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BOOT_MEMORY_H_
