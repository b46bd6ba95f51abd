// Where two files differ.

#ifndef TSMEDIA_TOOLS_TESTING_FIRST_DIFFERENCE_H_
#define TSMEDIA_TOOLS_TESTING_FIRST_DIFFERENCE_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"

namespace tsmedia {

// FirstDifference returns the offset of the first byte that differs; where one source is the beginning of the other,
// the size of the shorter one; and nothing if both are equal. It reads both once, in bounded memory.
absl::StatusOr<std::optional<uint64_t>> FirstDifference(const ByteSource& first, const ByteSource& second);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_TESTING_FIRST_DIFFERENCE_H_
