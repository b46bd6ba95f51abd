#include "tools/testing/first_difference.h"

#include <algorithm>
#include <string>

#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

constexpr uint64_t kPart = uint64_t{1} << 20;  // bytes in memory of each source

}  // namespace

absl::StatusOr<std::optional<uint64_t>> FirstDifference(const ByteSource& first, const ByteSource& second) {
  const uint64_t common = std::min(first.size(), second.size());
  for (uint64_t offset = 0; offset < common; offset += kPart) {
    const uint64_t length = std::min(kPart, common - offset);
    TSM_ASSIGN_OR_RETURN(const std::string a, first.ReadString(offset, length));
    TSM_ASSIGN_OR_RETURN(const std::string b, second.ReadString(offset, length));
    const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin());
    if (in_a != a.end()) {
      return offset + static_cast<uint64_t>(in_a - a.begin());
    }
  }
  if (first.size() != second.size()) {
    return common;
  }
  return std::nullopt;
}

}  // namespace tsmedia
