// Fields of ISO 9660 structures, appended to or stored in strings. Internal to the writer.

#ifndef TSMEDIA_TOOLS_ISO9660_FIELDS_H_
#define TSMEDIA_TOOLS_ISO9660_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tools/base/bytes.h"

namespace tsmedia::iso {

inline uint8_t* At(std::string* bytes, size_t offset) { return reinterpret_cast<uint8_t*>(bytes->data()) + offset; }

// Stores a number in both byte orders, little-endian first (ECMA-119 7.2.3, 7.3.3): 2 * sizeof(T) bytes.
template <typename T>
void StoreBoth(T value, uint8_t* p) {
  StoreLittle<T>(value, p);
  StoreBig<T>(value, p + sizeof(T));
}

inline void AppendBoth32(uint32_t value, std::string* out) {
  out->append(8, '\0');
  StoreBoth<uint32_t>(value, At(out, out->size() - 8));
}

inline void StoreText(std::string_view text, size_t offset, std::string* out) {
  out->replace(offset, text.size(), text);
}

}  // namespace tsmedia::iso

#endif  // TSMEDIA_TOOLS_ISO9660_FIELDS_H_
