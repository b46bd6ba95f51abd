#include "tools/content/tar_format.h"

namespace tsmedia {

uint32_t TarChecksum(ByteSpan header) {
  uint32_t sum = 0;
  for (uint8_t byte : header) {
    sum += byte;
  }
  for (uint8_t byte : header.subspan(kTarChecksum.offset, kTarChecksum.size)) {
    sum -= byte;
  }
  return sum + static_cast<uint32_t>(kTarChecksum.size) * ' ';
}

}  // namespace tsmedia
