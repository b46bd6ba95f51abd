// Files of the kernel (below /sys and /proc), whose size is not known before they are read.

#ifndef TSMEDIA_TOOLS_BASE_KERNEL_FILE_H_
#define TSMEDIA_TOOLS_BASE_KERNEL_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace tsmedia {

// ReadKernelFile reads `path` to its end. More than `max_size` bytes are ResourceExhausted.
absl::StatusOr<std::string> ReadKernelFile(const std::string& path, uint64_t max_size);

// KernelText returns the text of a file of at most 1 MiB without white space around it; "" if it cannot be read.
std::string KernelText(const std::string& path);

// KernelNumber returns the number that is the text of a file; 0 if there is none.
uint64_t KernelNumber(const std::string& path);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_KERNEL_FILE_H_
