// Files of the kernel (below /sys and /proc), whose size is not known before they are read.

#ifndef TSMEDIA_TOOLS_AGENT_KERNEL_FILE_H_
#define TSMEDIA_TOOLS_AGENT_KERNEL_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace tsmedia {

// ReadKernelFile reads `path` to its end. More than `max_size` bytes are ResourceExhausted.
absl::StatusOr<std::string> ReadKernelFile(const std::string& path, uint64_t max_size);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_KERNEL_FILE_H_
