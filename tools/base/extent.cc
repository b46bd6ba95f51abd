#include "tools/base/extent.h"

#include "tools/base/bytes.h"

namespace tsmedia {

std::string CountingBytes(CountingWords words, uint64_t offset, uint64_t length) {
  const uint64_t skip = offset % sizeof(uint32_t);
  std::string bytes(RoundUp(skip + length, sizeof(uint32_t)), '\0');
  uint32_t number = words.first + static_cast<uint32_t>(offset / sizeof(uint32_t));
  for (size_t i = 0; i < bytes.size(); i += sizeof(uint32_t)) {
    StoreLittle(number++, reinterpret_cast<uint8_t*>(bytes.data()) + i);
  }
  return bytes.substr(skip, length);
}

}  // namespace tsmedia
