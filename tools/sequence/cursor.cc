#include "tools/sequence/cursor.h"

namespace tsmedia {

using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

SourcePosition Cursor::PositionOf(const FieldDescriptor* field, int index) const {
  if (tree == nullptr) {
    return position;
  }
  TextFormat::ParseLocation location = tree->GetLocation(field, field->is_repeated() ? index : -1);
  if (location.line < 0 && index > 0) {
    location = tree->GetLocation(field, 0);  // the elements of a list [a, b] have one location
  }
  return location.line < 0 ? position : SourcePosition{location.line + 1, location.column + 1};
}

Cursor Cursor::Nested(const FieldDescriptor* field, int index) const {
  const TextFormat::ParseInfoTree* nested =
      tree == nullptr ? nullptr : tree->GetTreeForNested(field, field->is_repeated() ? index : -1);
  return {nested, PositionOf(field, index), where};
}

const FieldDescriptor* FieldOf(const google::protobuf::Message& message, int number) {
  return message.GetDescriptor()->FindFieldByNumber(number);
}

}  // namespace tsmedia
