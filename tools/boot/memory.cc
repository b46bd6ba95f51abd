#include "tools/boot/memory.h"

#include <algorithm>

#include "tools/base/bytes.h"

namespace tsmedia {
namespace {

constexpr uint64_t kKernelMb = 128;
constexpr uint64_t kScryptMb = 257;
constexpr uint64_t kAgentMb = 96;
constexpr uint64_t kStepMb = 64;

uint64_t Mb(uint64_t bytes) { return (bytes + kMiB - 1) / kMiB; }

}  // namespace

uint32_t MinimumMemoryMb(uint64_t compressed, uint64_t unpacked) {
  const uint64_t sum = kKernelMb + Mb(compressed) + Mb(unpacked) + kScryptMb + kAgentMb;
  const uint64_t minimum = std::max(sum, 2 * Mb(unpacked) + kKernelMb);
  return static_cast<uint32_t>((minimum + kStepMb - 1) / kStepMb * kStepMb);
}

}  // namespace tsmedia
