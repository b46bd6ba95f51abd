// Padding of small sealed objects, so that their size says little about what is in them.
//
// Variables, sequence and inventory are protocol buffers. The padding is one more field behind the message: number
// 2047, which none of them has, length-delimited, with at least one zero byte in it. A reader that does not know it
// skips it, so the output of `age -d` is still the message (`protoc --decode` shows the field by its number). It can be
// taken away without parsing anything: the zeros at the end are its content, as the length before them never ends in a
// zero.

#ifndef TSMEDIA_TOOLS_SEAL_PADDING_H_
#define TSMEDIA_TOOLS_SEAL_PADDING_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/base/bytes.h"

namespace tsmedia {

// Sizes to which objects are padded.
inline constexpr uint64_t kSmallPadding = 4 * kKiB;
inline constexpr uint64_t kInventoryPadding = 64 * kKiB;

// PadMessage returns `message` with padding, as many bytes as the smallest multiple of `unit` that it fits.
std::string PadMessage(std::string_view message, uint64_t unit);

// UnpadMessage returns the message in `padded`. What PadMessage does not write is DataLoss.
absl::StatusOr<std::string_view> UnpadMessage(std::string_view padded, uint64_t unit);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEAL_PADDING_H_
