// What sequence.proto says about itself: the steps, their names and rules, read from its descriptors and options.

#ifndef TSMEDIA_TOOLS_SEQUENCE_SCHEMA_H_
#define TSMEDIA_TOOLS_SEQUENCE_SCHEMA_H_

#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {

// The context of a task sequence's binary form, version 1.
inline constexpr std::string_view kSequenceContext = "tsmedia/sequence/v1";

// ActionFields returns the fields of Step that are actions, in the order of sequence.proto; refused ones included.
std::vector<const google::protobuf::FieldDescriptor*> ActionFields();

// ActionField returns the field that holds the action of `step`, or null if it has none.
const google::protobuf::FieldDescriptor* ActionField(const Step& step);

// IsRefused returns whether a field exists only to be refused.
bool IsRefused(const google::protobuf::FieldDescriptor* field);

// RuleOf returns the StepRule of the message of an action that is not refused.
const StepRule& RuleOf(const google::protobuf::FieldDescriptor* action);

// ActionTitle returns the name of an action in Configuration Manager's editor, for example "Run Command Line".
std::string ActionTitle(const google::protobuf::FieldDescriptor* action);

// NearestName returns the candidate that a misspelt `name` most probably means, or "" if none is near.
std::string NearestName(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_SCHEMA_H_
