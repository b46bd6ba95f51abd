// The reference manual of task sequences, made from the comments and options of sequence.proto.

#ifndef TSMEDIA_TOOLS_SEQUENCE_REFERENCE_H_
#define TSMEDIA_TOOLS_SEQUENCE_REFERENCE_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tsmedia {

// SchemaComments are the comments before the declarations of a .proto file, by full name: "tsmedia.Step",
// "tsmedia.Step.name", "tsmedia.Partition.EFI" (a value of an enumeration has the name that C++ gives it).
using SchemaComments = std::map<std::string, std::string>;

// ReadSchemaComments parses the source text of sequence.proto. A declaration without a comment has no entry.
absl::StatusOr<SchemaComments> ReadSchemaComments(std::string_view proto_source);

// ReferenceManual returns rules/docs/task_sequence_reference.md.
std::string ReferenceManual(const SchemaComments& comments);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_REFERENCE_H_
