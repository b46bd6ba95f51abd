// Bounds of task sequences that are not properties of one field (those stand in sequence.proto).

#ifndef TSMEDIA_TOOLS_SEQUENCE_LIMITS_H_
#define TSMEDIA_TOOLS_SEQUENCE_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace tsmedia {

// Largest task sequence, as text and in binary form, in bytes. Configuration Manager's editor refuses more than 2 MB.
inline constexpr uint64_t kMaxSequenceSize = uint64_t{2} << 20;

// How deep groups may stand in groups.
inline constexpr int kMaxGroupDepth = 16;

// How deep conditions may stand in conditions.
inline constexpr int kMaxConditionDepth = 16;

// How deep task sequences may run others.
inline constexpr int kMaxChildDepth = 8;

// How deep messages may stand in each other: 16 groups with two messages each, 16 conditions with two each, a child
// around them, and what else is in a step; it bounds every parser's recursion.
inline constexpr int kMaxMessageDepth = 90;

// Most steps that a sequence may come to when its child sequences are written out; it bounds the checks of the flow,
// which walk through a child once for each time that it is run.
inline constexpr size_t kMaxRunSteps = 20000;

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_LIMITS_H_
