#include "tools/base/bytes.h"

#include <cstring>

namespace tsmedia {

bool AllZero(ByteSpan bytes) {
  // A buffer is all zero if its first byte is and every byte equals its predecessor: memcmp runs at memory speed.
  return bytes.empty() || (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace tsmedia
