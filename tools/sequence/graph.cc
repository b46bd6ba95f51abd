#include "tools/sequence/graph.h"

#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/util/json_util.h"
#include "tools/sequence/references.h"
#include "tools/sequence/schema.h"

namespace tsmedia {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string Words(std::string_view enum_name) {
  return absl::AsciiStrToLower(absl::StrReplaceAll(enum_name, {{"_", " "}}));
}

// DescribeFields returns the fields of `message` that are set, as "name value, name value".
std::string DescribeFields(const Message& message) {
  const Reflection* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  std::vector<std::string> parts;
  for (const FieldDescriptor* field : fields) {
    std::string name = Words(field->name());
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        parts.push_back(absl::StrCat(name, " \"", reflection->GetString(message, field), "\""));
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        parts.push_back(absl::StrCat(reflection->GetBool(message, field) ? "" : "not ", name));
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        parts.push_back(absl::StrCat(name, " ", reflection->GetUInt32(message, field)));
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        parts.push_back(absl::StrCat(name, " ", reflection->GetUInt64(message, field)));
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        parts.push_back(absl::StrCat(name, " ", reflection->GetEnum(message, field)->name()));
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        parts.push_back(DescribeFields(reflection->GetMessage(message, field)));
        break;
      default:
        break;
    }
  }
  return absl::StrJoin(parts, ", ");
}

std::string DescribeList(std::string_view word, const ConditionList& list) {
  std::vector<std::string> parts;
  for (const Condition& condition : list.conditions()) {
    parts.push_back(DescribeCondition(condition));
  }
  return absl::StrCat(word, " (", absl::StrJoin(parts, "; "), ")");
}

std::string DescribeVariable(const VariableCondition& test) {
  std::string text = absl::StrCat(test.variable(), " ", Words(VariableCondition::Operator_Name(test.operator_())));
  return test.has_value() ? absl::StrCat(text, " \"", test.value(), "\"") : text;
}

void AddStep(const Step& step, SequenceNode* parent);

void AddAction(const Step& step, const FieldDescriptor* action, SequenceNode* node) {
  node->set_type(ActionTitle(action));
  for (const Step& nested : step.group().steps()) {
    AddStep(nested, node);
  }
  if (!step.has_group()) {
    for (const std::string& id : MessagePackageReferences(step)) {
      node->add_packages(id);
    }
  }
  if (step.has_restart_computer()) {
    node->set_restart(step.restart_computer().to() == RestartComputer::TARGET ? "deployed operating system"
                                                                              : "boot image");
  }
  node->set_runs(step.run_task_sequence().task_sequence());
}

void AddStep(const Step& step, SequenceNode* parent) {
  SequenceNode* node = parent->add_nodes();
  node->set_name(step.name());
  node->set_disabled(step.disabled());
  node->set_continue_on_error(step.continue_on_error());
  node->set_retries(step.retry().count());
  for (const Condition& condition : step.conditions()) {
    node->add_conditions(DescribeCondition(condition));
  }
  if (const FieldDescriptor* action = ActionField(step); action != nullptr) {
    AddAction(step, action, node);
  }
}

// Remarks returns what is worth knowing about a node besides name, type and conditions.
std::vector<std::string> Remarks(const SequenceNode& node) {
  std::vector<std::string> remarks;
  if (node.disabled()) {
    remarks.push_back("disabled");
  }
  if (node.continue_on_error()) {
    remarks.push_back("continues on error");
  }
  if (node.retries() > 0) {
    remarks.push_back(absl::StrCat("retries: ", node.retries()));
  }
  if (!node.packages().empty()) {
    remarks.push_back(absl::StrCat("uses ", absl::StrJoin(node.packages(), ", ")));
  }
  if (!node.restart().empty()) {
    remarks.push_back(absl::StrCat("restarts to the ", node.restart()));
  }
  if (!node.runs().empty()) {
    remarks.push_back(absl::StrCat("runs \"", node.runs(), "\""));
  }
  return remarks;
}

void AppendText(const SequenceNode& node, int depth, std::string* text) {
  absl::StrAppend(text, std::string(2 * depth, ' '), depth == 0 ? "" : "- ", node.name(), " [", node.type(), "]");
  for (const std::string& remark : Remarks(node)) {
    absl::StrAppend(text, ", ", remark);
  }
  absl::StrAppend(text, "\n");
  for (const std::string& condition : node.conditions()) {
    absl::StrAppend(text, std::string(2 * depth + 4, ' '), "if ", condition, "\n");
  }
  for (const SequenceNode& nested : node.nodes()) {
    AppendText(nested, depth + 1, text);
  }
}

std::string DotString(std::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}}), "\"");
}

std::string DotLabel(const SequenceNode& node) {
  std::string label = absl::StrCat(node.name(), "\n", node.type());
  for (const std::string& condition : node.conditions()) {
    absl::StrAppend(&label, "\nif ", condition);
  }
  for (const std::string& remark : Remarks(node)) {
    absl::StrAppend(&label, "\n", remark);
  }
  return label;
}

std::string_view DotShape(const SequenceNode& node) {
  if (!node.restart().empty()) {
    return "octagon";
  }
  return node.nodes().empty() ? "box" : "folder";
}

// AppendDot returns the number of the node.
int AppendDot(const SequenceNode& node, int* count, std::string* dot) {
  int number = (*count)++;
  absl::StrAppend(dot, "  n", number, " [label=", DotString(DotLabel(node)), ", shape=", DotShape(node),
                  node.disabled() ? ", style=dashed" : "", "];\n");
  for (const SequenceNode& nested : node.nodes()) {
    int child = AppendDot(nested, count, dot);
    absl::StrAppend(dot, "  n", number, " -> n", child, ";\n");
  }
  return number;
}

}  // namespace

std::string DescribeCondition(const Condition& condition) {
  switch (condition.test_case()) {
    case Condition::kAll:
      return DescribeList("all of", condition.all());
    case Condition::kAny:
      return DescribeList("any of", condition.any());
    case Condition::kNone:
      return DescribeList("none of", condition.none());
    case Condition::kVariable:
      return DescribeVariable(condition.variable());
    case Condition::kFile:
      return absl::StrCat("file ", condition.file().path(), " exists");
    case Condition::kFolder:
      return absl::StrCat("folder ", condition.folder().path(), " exists");
    case Condition::TEST_NOT_SET:
      return "nothing";
    default:
      break;
  }
  const FieldDescriptor* test =
      condition.GetReflection()->GetOneofFieldDescriptor(condition, Condition::descriptor()->FindOneofByName("test"));
  return absl::StrCat(test->name(), ": ", DescribeFields(condition.GetReflection()->GetMessage(condition, test)));
}

SequenceNode BuildGraph(const TaskSequence& sequence) {
  SequenceNode root;
  root.set_name(sequence.name());
  root.set_type("Task Sequence");
  for (const Step& step : sequence.steps()) {
    AddStep(step, &root);
  }
  for (const TaskSequence& child : sequence.children()) {
    *root.add_nodes() = BuildGraph(child);
  }
  return root;
}

std::string GraphToText(const SequenceNode& root) {
  std::string text;
  AppendText(root, 0, &text);
  return text;
}

std::string GraphToDot(const SequenceNode& root) {
  std::string dot = "digraph task_sequence {\n  ordering=out;\n  rankdir=LR;\n";
  int count = 0;
  AppendDot(root, &count, &dot);
  return absl::StrCat(dot, "}\n");
}

absl::StatusOr<std::string> GraphToJson(const SequenceNode& root) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string json;
  if (auto status = google::protobuf::util::MessageToJsonString(root, &json, options); !status.ok()) {
    return absl::InternalError(absl::StrCat("cannot write JSON: ", std::string(status.message())));
  }
  return json;
}

}  // namespace tsmedia
