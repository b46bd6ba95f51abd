// Spans of bytes, and integers stored in them at fixed byte order.
//
// Formats are read and written field by field with these functions; no struct is ever laid over a buffer.

#ifndef TSMEDIA_TOOLS_BASE_BYTES_H_
#define TSMEDIA_TOOLS_BASE_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace tsmedia {

using ByteSpan = absl::Span<const uint8_t>;
using MutableByteSpan = absl::Span<uint8_t>;

// KiB, MiB and GiB in bytes.
inline constexpr uint64_t kKiB = uint64_t{1} << 10;
inline constexpr uint64_t kMiB = uint64_t{1} << 20;
inline constexpr uint64_t kGiB = uint64_t{1} << 30;
inline constexpr uint64_t kTiB = 1024 * kGiB;

// AsBytes and AsText view the same memory as bytes or as characters.
inline ByteSpan AsBytes(std::string_view text) {
  return ByteSpan(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}
inline std::string_view AsText(ByteSpan bytes) {
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// LoadLittle and LoadBig read an unsigned integer of type T that starts at `p`; sizeof(T) bytes must be readable.
template <typename T>
constexpr T LoadLittle(const uint8_t* p) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value | (static_cast<T>(p[i]) << (8 * i)));
  }
  return value;
}
template <typename T>
constexpr T LoadBig(const uint8_t* p) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value | (static_cast<T>(p[i]) << (8 * (sizeof(T) - 1 - i))));
  }
  return value;
}

// StoreLittle and StoreBig write `value` at `p`; sizeof(T) bytes must be writable.
template <typename T>
constexpr void StoreLittle(T value, uint8_t* p) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    p[i] = static_cast<uint8_t>(value >> (8 * i));
  }
}
template <typename T>
constexpr void StoreBig(T value, uint8_t* p) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    p[i] = static_cast<uint8_t>(value >> (8 * (sizeof(T) - 1 - i)));
  }
}

// RoundUp returns the smallest multiple of `unit` (> 0) that is >= `value`; the caller rules out overflow.
constexpr uint64_t RoundUp(uint64_t value, uint64_t unit) { return (value + unit - 1) / unit * unit; }

// AllZero returns whether every byte of `bytes` is zero.
bool AllZero(ByteSpan bytes);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_BYTES_H_
