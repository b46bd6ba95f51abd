#include "tools/sequence/reference.h"

#include <set>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/compiler/parser.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "tools/plan/media.pb.h"
#include "tools/sequence/limits.h"
#include "tools/sequence/schema.h"
#include "tools/sequence/sequence.pb.h"
#include "tools/sequence/variables.h"

namespace tsmedia {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorProto;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumDescriptorProto;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptorProto;

// Keeps the first error of protobuf's parser of .proto files.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (text_.empty()) {
      text_ = absl::StrCat("line ", line + 1, ", column ", column + 1, ": ", message);
    }
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// CommentNamer gives every comment the name of what it stands before. A path is the field numbers and indexes that lead
// to a declaration in FileDescriptorProto (descriptor.proto, SourceCodeInfo.Location.path).
class CommentNamer {
 public:
  explicit CommentNamer(const FileDescriptorProto& file) {
    for (const auto& location : file.source_code_info().location()) {
      std::vector<int> path(location.path().begin(), location.path().end());
      if (!location.leading_comments().empty()) {
        by_path_[path] = location.leading_comments();
      }
    }
    for (int i = 0; i < file.message_type_size(); ++i) {
      NameMessage(file.message_type(i), file.package(), {FileDescriptorProto::kMessageTypeFieldNumber, i});
    }
  }
  SchemaComments TakeComments() { return std::move(comments_); }

 private:
  using Path = std::vector<int>;

  static Path Join(Path path, int number, int index) {
    path.push_back(number);
    path.push_back(index);
    return path;
  }

  void Name(const std::string& name, const Path& path) {
    if (auto found = by_path_.find(path); found != by_path_.end()) {
      std::vector<std::string> lines = absl::StrSplit(absl::StripAsciiWhitespace(found->second), '\n');
      for (std::string& line : lines) {
        absl::StripAsciiWhitespace(&line);
      }
      comments_[name] = absl::StrJoin(lines, " ");
    }
  }

  void NameMessage(const DescriptorProto& message, const std::string& scope, const Path& path) {
    std::string name = absl::StrCat(scope, ".", message.name());
    Name(name, path);
    for (int i = 0; i < message.field_size(); ++i) {
      Name(absl::StrCat(name, ".", message.field(i).name()), Join(path, DescriptorProto::kFieldFieldNumber, i));
    }
    for (int i = 0; i < message.enum_type_size(); ++i) {
      NameEnum(message.enum_type(i), name, Join(path, DescriptorProto::kEnumTypeFieldNumber, i));
    }
    for (int i = 0; i < message.nested_type_size(); ++i) {
      NameMessage(message.nested_type(i), name, Join(path, DescriptorProto::kNestedTypeFieldNumber, i));
    }
  }

  void NameEnum(const EnumDescriptorProto& type, const std::string& scope, const Path& path) {
    for (int i = 0; i < type.value_size(); ++i) {
      Name(absl::StrCat(scope, ".", type.value(i).name()), Join(path, EnumDescriptorProto::kValueFieldNumber, i));
    }
  }

  std::map<Path, std::string> by_path_;
  SchemaComments comments_;
};

std::string Anchor(std::string_view heading) {
  return absl::AsciiStrToLower(absl::StrReplaceAll(heading, {{" ", "-"}}));
}

// A cell of a table must not end it.
std::string Cell(std::string_view text) { return absl::StrReplaceAll(text, {{"|", "\\|"}, {"\n", " "}}); }

std::string PackageRules(const FieldDescriptor* field) {
  std::vector<std::string> rules;
  for (int i = 0; i < field->options().ExtensionSize(package_reference); ++i) {
    switch (field->options().GetExtension(package_reference, i)) {
      case PackageReference::PACKAGE:
        rules.push_back("`content_package`");
        break;
      case PackageReference::APPLICATION:
        rules.push_back("`application`");
        break;
      case PackageReference::DRIVER:
        rules.push_back("`driver_package`");
        break;
      case PackageReference::OS_IMAGE:
        rules.push_back("`os_image`");
        break;
      default:
        break;
    }
  }
  return absl::StrJoin(rules, " or ");
}

class Manual {
 public:
  explicit Manual(const SchemaComments& comments) : comments_(comments) {}

  std::string Write() {
    Introduction();
    Steps();
    Section("Task sequence", TaskSequence::descriptor());
    Section("Step", Step::descriptor());
    for (const FieldDescriptor* action : ActionFields()) {
      if (!IsRefused(action)) {
        Action(action);
      }
    }
    Text("## Messages used by steps\n\n");
    for (const Descriptor* message : Shared()) {
      Text("### ", message->name(), "\n\n", Comment(message->full_name()), "\n\n");
      Fields(message);
    }
    RefusedSteps();
    Variables();
    return std::move(text_);
  }

 private:
  template <typename... Parts>
  void Text(const Parts&... parts) {
    absl::StrAppend(&text_, parts...);
  }

  std::string Comment(std::string_view name) const {
    auto found = comments_.find(std::string(name));
    return found == comments_.end() ? "" : found->second;
  }

  void Introduction() {
    Text("<!-- Generated from tools/sequence/sequence.proto: tools/bazel run //tools/sequence:reference. -->\n\n",
         "# Task sequence reference\n\n",
         "Every step and setting of a task sequence. How they work together is in "
         "[task_sequence.md](task_sequence.md).\n"
         "\"Reference:\" in a description says what Configuration Manager calls it.\n\n",
         "Limits of a whole task sequence: ", kMaxSequenceSize, " bytes, groups ", kMaxGroupDepth, " deep, conditions ",
         kMaxConditionDepth, " deep, child task sequences ", kMaxChildDepth, " deep, ", kMaxRunSteps,
         " steps with child task sequences written out.\n\n");
  }

  void Steps() {
    Text("## Steps\n\n| step | field | runs in | media | when it was interrupted |\n|---|---|---|---|---|\n");
    for (const FieldDescriptor* action : ActionFields()) {
      if (!IsRefused(action)) {
        Text("| [", ActionTitle(action), "](#", Anchor(ActionTitle(action)), ") | `", action->name(), "` | ",
             Environments(RuleOf(action)), " | ", Media(RuleOf(action)), " | ",
             RuleOf(action).unknown_when_interrupted() ? "has failed, unless `safe_to_repeat`" : "begins anew", " |\n");
      }
    }
    Text("\n");
  }

  static std::string Environments(const StepRule& rule) {
    if (rule.environments_size() != 1) {
      return "both";
    }
    return rule.environments(0) == StepRule::BOOT ? "boot image" : "deployed operating system";
  }

  static std::string Media(const StepRule& rule) {
    std::vector<std::string> names;
    for (int medium : rule.media()) {
      names.push_back(absl::AsciiStrToLower(MediaKind_Name(static_cast<MediaKind>(medium))));
    }
    return names.empty() ? "all" : absl::StrJoin(names, ", ");
  }

  void Section(std::string_view heading, const Descriptor* message) {
    Text("## ", heading, "\n\n", Comment(message->full_name()), "\n\n");
    Fields(message);
  }

  void Action(const FieldDescriptor* action) {
    Text("## ", ActionTitle(action), "\n\n", Comment(action->message_type()->full_name()), "\n\n");
    Fields(action->message_type());
  }

  // Shared returns the messages that are neither steps nor actions, in the order of sequence.proto.
  static std::vector<const Descriptor*> Shared() {
    std::set<const Descriptor*> actions = {TaskSequence::descriptor(), Step::descriptor()};
    for (const FieldDescriptor* action : ActionFields()) {
      actions.insert(action->message_type());
    }
    std::vector<const Descriptor*> shared;
    for (int i = 0; i < Step::descriptor()->file()->message_type_count(); ++i) {
      if (const Descriptor* message = Step::descriptor()->file()->message_type(i); !actions.contains(message)) {
        shared.push_back(message);
      }
    }
    return shared;
  }

  void Fields(const Descriptor* message) {
    Text("| field | type | meaning |\n|---|---|---|\n");
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      bool action = message == Step::descriptor() && field->real_containing_oneof() != nullptr;
      if (!action) {
        Field(field);
      }
    }
    if (message == Step::descriptor()) {
      Text("| one of the [steps](#steps) | message | What the step does. |\n");
    }
    Text("\n");
  }

  void Field(const FieldDescriptor* field) {
    std::string meaning = field->options().HasExtension(refused) ? RefusedMeaning(field) : Comment(field->full_name());
    Text("| `", field->name(), "` | ", Cell(Type(field)), " | ", Cell(absl::StrCat(meaning, Properties(field))));
    if (field->enum_type() != nullptr) {
      Values(field->enum_type());
    }
    Text(" |\n");
  }

  static std::string RefusedMeaning(const FieldDescriptor* field) {
    const Refusal& refusal = field->options().GetExtension(refused);
    return absl::StrCat("Refused: ", refusal.rule(), "; ", refusal.instead(), ".");
  }

  static std::string Type(const FieldDescriptor* field) {
    std::string type;
    if (field->message_type() != nullptr) {
      std::string name(field->message_type()->name());
      type = field->message_type() == Step::descriptor()           ? "[Step](#step)"
             : field->message_type() == TaskSequence::descriptor() ? "[TaskSequence](#task-sequence)"
                                                                   : absl::StrCat("[", name, "](#", Anchor(name), ")");
    } else if (field->enum_type() != nullptr) {
      type = "one word";
    } else if (field->options().ExtensionSize(package_reference) > 0) {
      type = absl::StrCat("ID of ", PackageRules(field));
    } else if (field->options().GetExtension(variable) != VariableUse::USE_UNSPECIFIED) {
      type = "variable name";
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      type = "text";
    } else {
      type = field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL ? "true or false" : "number";
    }
    return field->is_repeated() ? absl::StrCat("list: ", type) : type;
  }

  // Properties returns what the options say, as sentences.
  static std::string Properties(const FieldDescriptor* field) {
    const auto& options = field->options();
    std::string text;
    if (options.GetExtension(required)) {
      absl::StrAppend(&text, " Required.");
    }
    if (options.GetExtension(secret)) {
      absl::StrAppend(&text, " Secret: only a reference %Variable% may stand here.");
    } else if (options.GetExtension(expands)) {
      absl::StrAppend(&text, " Expands %variables%.");
    }
    if (options.GetExtension(max_length) > 0) {
      absl::StrAppend(&text, " At most ", options.GetExtension(max_length), " characters.");
    }
    if (options.GetExtension(max_count) > 0) {
      absl::StrAppend(&text, " At most ", options.GetExtension(max_count), " elements.");
    }
    if (options.HasExtension(range)) {
      absl::StrAppend(&text, " From ", options.GetExtension(range).min(), " to ", options.GetExtension(range).max(),
                      ".");
    }
    return text;
  }

  void Values(const EnumDescriptor* type) {
    for (int i = 0; i < type->value_count(); ++i) {
      std::string comment = Comment(type->value(i)->full_name());
      if (absl::StrContains(type->value(i)->name(), "_UNSPECIFIED")) {
        continue;
      }
      Text("<br>`", type->value(i)->name(), "`", comment.empty() ? "" : ": ", Cell(comment));
    }
  }

  void RefusedSteps() {
    Text(
        "## Refused steps\n\nSteps of Configuration Manager that no medium of rules_tsmedia carries out. A sequence "
        "that has one, unless it is disabled, is an error.\n\n| step | field | why | instead |\n|---|---|---|---|\n");
    for (const FieldDescriptor* action : ActionFields()) {
      if (IsRefused(action)) {
        const Refusal& refusal = action->options().GetExtension(refused);
        Text("| ", refusal.title(), " | `", action->name(), "` | ", Cell(refusal.rule()), " | ",
             Cell(refusal.instead()), " |\n");
      }
    }
    Text("\n");
  }

  void Variables() {
    Text(
        "## Known variables\n\nVariables that have a value or a meaning without a step that sets them; reading one is "
        "never warned of. One that ends in `*` stands for all that begin so.\n\n");
    for (const std::string& name : BuiltInVariables()) {
      Text("* `", name, "`\n");
    }
  }

  const SchemaComments& comments_;
  std::string text_;
};

}  // namespace

absl::StatusOr<SchemaComments> ReadSchemaComments(std::string_view proto_source) {
  FirstError error;
  google::protobuf::io::ArrayInputStream stream(proto_source.data(), static_cast<int>(proto_source.size()));
  google::protobuf::io::Tokenizer tokenizer(&stream, &error);
  google::protobuf::compiler::Parser parser;
  parser.RecordErrorsTo(&error);
  FileDescriptorProto file;
  if (!parser.Parse(&tokenizer, &file)) {
    return absl::InvalidArgumentError(absl::StrCat("sequence.proto: ", error.text()));
  }
  return CommentNamer(file).TakeComments();
}

std::string ReferenceManual(const SchemaComments& comments) { return Manual(comments).Write(); }

}  // namespace tsmedia
