// Reading a task sequence that a person wrote.

#ifndef TSMEDIA_TOOLS_SEQUENCE_PARSE_H_
#define TSMEDIA_TOOLS_SEQUENCE_PARSE_H_

#include <memory>
#include <string_view>

#include "google/protobuf/text_format.h"
#include "tools/sequence/diagnostics.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {

// ParsedSequence is a task sequence and where each of its fields stands in the text.
struct ParsedSequence {
  TaskSequence sequence;
  google::protobuf::TextFormat::ParseInfoTree locations;
};

// ParseSequenceText parses a textproto of at most kMaxSequenceSize bytes that begins with the comments
// `# proto-file: tools/sequence/sequence.proto` and `# proto-message: tsmedia.TaskSequence`. Unknown fields, steps and
// values are errors in `diagnostics`, each with the nearest name, and the rest is parsed nevertheless; null is returned
// only if an error of syntax or type makes that impossible. What the sequence means is not checked here.
std::unique_ptr<ParsedSequence> ParseSequenceText(std::string_view text, Diagnostics* diagnostics);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_PARSE_H_
