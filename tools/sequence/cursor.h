// Walking over a message together with the places of its fields in the text it was parsed from.

#ifndef TSMEDIA_TOOLS_SEQUENCE_CURSOR_H_
#define TSMEDIA_TOOLS_SEQUENCE_CURSOR_H_

#include <string>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "tools/sequence/diagnostics.h"

namespace tsmedia {

// Cursor is the place of one message. Where the text is not at hand (a child sequence of another target), the position
// is that of what brought the message in, and `where` names the message in words.
struct Cursor {
  // Null if the text is not at hand.
  const google::protobuf::TextFormat::ParseInfoTree* tree = nullptr;
  SourcePosition position;
  // Where the message ends; unknown for the outermost one.
  SourcePosition end;
  // Empty, or a prefix for messages such as "in task sequence \"Tools\": ".
  std::string where;

  // PositionOf returns where a field, or element `index` of a repeated one, stands; the message's own position if the
  // field is not in the text.
  SourcePosition PositionOf(const google::protobuf::FieldDescriptor* field, int index = 0) const;

  // Nested returns the cursor of the message in a field, or in element `index` of a repeated one.
  Cursor Nested(const google::protobuf::FieldDescriptor* field, int index = 0) const;
};

// FieldOf returns the field of `message` with this number, which must exist.
const google::protobuf::FieldDescriptor* FieldOf(const google::protobuf::Message& message, int number);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_CURSOR_H_
