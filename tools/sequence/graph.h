// A task sequence as a tree: text, Graphviz or JSON.

#ifndef TSMEDIA_TOOLS_SEQUENCE_GRAPH_H_
#define TSMEDIA_TOOLS_SEQUENCE_GRAPH_H_

#include <string>

#include "absl/status/statusor.h"
#include "tools/sequence/graph.pb.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {

// DescribeCondition says in words what a condition asks for, for example `_SMSTSLastActionSucceeded equals "false"`.
std::string DescribeCondition(const Condition& condition);

// BuildGraph returns the tree of `sequence`.
SequenceNode BuildGraph(const TaskSequence& sequence);

// GraphToText returns one line a node, indented by depth.
std::string GraphToText(const SequenceNode& root);

// GraphToDot returns the tree in Graphviz's language.
std::string GraphToDot(const SequenceNode& root);

// GraphToJson returns SequenceNode in protobuf's JSON form, with the field names of graph.proto.
absl::StatusOr<std::string> GraphToJson(const SequenceNode& root);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_GRAPH_H_
