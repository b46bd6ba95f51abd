#include "tools/seal/padding.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tsmedia {
namespace {

// Field 2047, wire type 2 (protocol buffers encoding guide): 2047 << 3 | 2 as a varint.
constexpr std::string_view kTag = "\xfa\x7f";

// Tag and length in front of `count` bytes of padding.
std::string Head(uint64_t count) {
  std::string head(kTag);
  for (; count >= 0x80; count >>= 7) {
    head.push_back(static_cast<char>(count | 0x80));
  }
  head.push_back(static_cast<char>(count));
  return head;
}

// Zero bytes that bring `size` bytes and their head to `total` bytes, or 0 if no number does: where the length becomes
// one byte longer, one total is left out.
uint64_t PaddingFor(uint64_t size, uint64_t total) {
  for (uint64_t head = kTag.size() + 1; size + head < total && head <= kTag.size() + 10; ++head) {
    uint64_t count = total - size - head;
    if (Head(count).size() == head) {
      return count;
    }
  }
  return 0;
}

}  // namespace

std::string PadMessage(std::string_view message, uint64_t unit) {
  uint64_t total = RoundUp(message.size() + kTag.size() + 2, unit);
  uint64_t count = PaddingFor(message.size(), total);
  if (count == 0) {
    count = PaddingFor(message.size(), total + unit);
  }
  return absl::StrCat(message, Head(count), std::string(count, '\0'));
}

absl::StatusOr<std::string_view> UnpadMessage(std::string_view padded, uint64_t unit) {
  size_t last = padded.find_last_not_of('\0');
  size_t content = last == std::string_view::npos ? 0 : last + 1;
  std::string head = Head(padded.size() - content);
  std::string_view message = padded.substr(0, content);
  if (!message.ends_with(head)) {
    return absl::DataLossError("its padding is missing or damaged");
  }
  message.remove_suffix(head.size());
  // There is one padding for a message, so there is one sealed object for it.
  if (PadMessage(message, unit).size() != padded.size()) {
    return absl::DataLossError(absl::StrCat("it is not padded to the smallest multiple of ", unit, " bytes"));
  }
  return message;
}

}  // namespace tsmedia
