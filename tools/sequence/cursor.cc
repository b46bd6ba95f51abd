#include "tools/sequence/cursor.h"

namespace tsmedia {

using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

namespace {

SourcePosition FromParser(TextFormat::ParseLocation location) { return {location.line + 1, location.column + 1}; }

TextFormat::ParseLocationRange RangeOf(const TextFormat::ParseInfoTree& tree, const FieldDescriptor* field, int index) {
  TextFormat::ParseLocationRange range = tree.GetLocationRange(field, field->is_repeated() ? index : -1);
  // The elements of a list [a, b] have one location.
  return range.start.line < 0 && index > 0 ? tree.GetLocationRange(field, 0) : range;
}

}  // namespace

SourcePosition Cursor::PositionOf(const FieldDescriptor* field, int index) const {
  if (tree == nullptr) {
    return position;
  }
  TextFormat::ParseLocationRange range = RangeOf(*tree, field, index);
  return range.start.line < 0 ? position : FromParser(range.start);
}

Cursor Cursor::Nested(const FieldDescriptor* field, int index) const {
  const TextFormat::ParseInfoTree* nested =
      tree == nullptr ? nullptr : tree->GetTreeForNested(field, field->is_repeated() ? index : -1);
  SourcePosition nested_end = tree == nullptr ? end : FromParser(RangeOf(*tree, field, index).end);
  return {nested, PositionOf(field, index), nested_end, where};
}

const FieldDescriptor* FieldOf(const google::protobuf::Message& message, int number) {
  return message.GetDescriptor()->FindFieldByNumber(number);
}

}  // namespace tsmedia
