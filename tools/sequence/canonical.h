// The binary form of a task sequence: how it travels on the medium.

#ifndef TSMEDIA_TOOLS_SEQUENCE_CANONICAL_H_
#define TSMEDIA_TOOLS_SEQUENCE_CANONICAL_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {

// WriteSequence returns the one binary form of `sequence`: the context first, fields ascending. Fails with
// ResourceExhausted if it is larger than kMaxSequenceSize.
absl::StatusOr<std::string> WriteSequence(TaskSequence sequence);

// ReadSequence reads what WriteSequence wrote, and nothing else: InvalidArgument for another context, damage, unknown
// or misplaced fields, more than kMaxSequenceSize bytes, or messages nested deeper than kMaxMessageDepth. It does not
// check what the sequence means (see ValidateSequence); an action or test that is not set stays not set.
absl::StatusOr<TaskSequence> ReadSequence(std::string_view bytes);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_CANONICAL_H_
