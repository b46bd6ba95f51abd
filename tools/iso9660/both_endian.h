// Numbers that ISO 9660 stores in both byte orders. Internal to the reader.

#ifndef TSMEDIA_TOOLS_ISO9660_BOTH_ENDIAN_H_
#define TSMEDIA_TOOLS_ISO9660_BOTH_ENDIAN_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"

namespace tsmedia::iso {

// LoadBoth returns the number whose little-endian form starts at `offset` of `bytes` (2 * sizeof(T) bytes must be
// there); DataLoss if the big-endian form behind it differs. `where` and `field` name it; `base` is the offset of
// `bytes` in the image.
template <typename T>
absl::StatusOr<T> LoadBoth(std::string_view bytes, size_t offset, std::string_view where, std::string_view field,
                           uint64_t base) {
  const uint8_t* p = reinterpret_cast<const uint8_t*>(bytes.data()) + offset;
  T little = LoadLittle<T>(p);
  T big = LoadBig<T>(p + sizeof(T));
  if (little != big) {
    return absl::DataLossError(absl::StrCat(where, ": ", field, " at offset ", base + offset, ": ", little,
                                            " as little-endian and ", big, " as big-endian number differ"));
  }
  return little;
}

}  // namespace tsmedia::iso

#endif  // TSMEDIA_TOOLS_ISO9660_BOTH_ENDIAN_H_
