#include "tools/sequence/parse.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "tools/base/utf8.h"
#include "tools/sequence/limits.h"
#include "tools/sequence/schema.h"
#include "tools/sequence/text_scanner.h"

namespace tsmedia {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

constexpr std::string_view kManual = "rules/docs/task_sequence_reference.md";

std::vector<std::string> FieldNames(const Descriptor* message) {
  std::vector<std::string> names;
  for (int i = 0; i < message->field_count(); ++i) {
    names.emplace_back(message->field(i)->name());
  }
  return names;
}

// WalkSchema calls `visit` for every message type below `message`, each once.
void WalkSchema(const Descriptor* message, std::set<const Descriptor*>* seen,
                const std::function<void(const Descriptor*)>& visit) {
  if (!seen->insert(message).second) {
    return;
  }
  visit(message);
  for (int i = 0; i < message->field_count(); ++i) {
    if (const Descriptor* nested = message->field(i)->message_type(); nested != nullptr) {
      WalkSchema(nested, seen, visit);
    }
  }
}

// SuggestStep returns the step whose name or alias is near `name`, or the step that has a field of that name.
std::string SuggestStep(std::string_view name) {
  std::vector<std::string> candidates = FieldNames(Step::descriptor());
  std::string owner;
  for (const FieldDescriptor* action : ActionFields()) {
    for (const std::string& alias : RuleOf(action).aliases()) {
      if (alias == name) {
        return absl::StrCat("did you mean \"", action->name(), "\"?");
      }
    }
    if (owner.empty() && action->message_type()->FindFieldByName(std::string(name)) != nullptr) {
      owner = action->name();
    }
  }
  if (!owner.empty()) {
    return absl::StrCat("it belongs into the braces of ", owner);
  }
  std::string nearest = NearestName(name, candidates);
  return nearest.empty() ? absl::StrCat("the steps are listed in ", kManual)
                         : absl::StrCat("did you mean \"", nearest, "\"?");
}

std::string DescribeUnknownField(std::string_view type, std::string_view name) {
  if (type == Step::descriptor()->full_name()) {
    return absl::StrCat("unknown step or setting \"", name, "\"; ", SuggestStep(name));
  }
  const Descriptor* message =
      Step::descriptor()->file()->FindMessageTypeByName(std::string(absl::StripPrefix(type, "tsmedia.")));
  std::string nearest = message == nullptr ? "" : NearestName(name, FieldNames(message));
  return absl::StrCat("unknown field \"", name, "\" of ", absl::StripPrefix(type, "tsmedia."), "; ",
                      nearest.empty() ? absl::StrCat("its fields are listed in ", kManual)
                                      : absl::StrCat("did you mean \"", nearest, "\"?"));
}

// The parser does not say which message the field is in, so the values of all fields of that name are offered.
std::string DescribeUnknownValue(std::string_view value, std::string_view field_name) {
  std::vector<std::string> values;
  std::set<const Descriptor*> seen;
  WalkSchema(TaskSequence::descriptor(), &seen, [&](const Descriptor* message) {
    const FieldDescriptor* field = message->FindFieldByName(std::string(field_name));
    const EnumDescriptor* type = field == nullptr ? nullptr : field->enum_type();
    for (int i = 0; type != nullptr && i < type->value_count(); ++i) {
      if (!absl::EndsWith(type->value(i)->name(), "_UNSPECIFIED")) {
        values.emplace_back(type->value(i)->name());
      }
    }
  });
  std::string nearest = NearestName(value, values);
  return absl::StrCat("unknown value \"", value, "\" of ", field_name, "; ",
                      nearest.empty() ? absl::StrCat("the values are listed in ", kManual)
                                      : absl::StrCat("did you mean ", nearest, "?"));
}

// TextPositions converts between offsets and the lines and columns of protobuf's tokenizer, which both count from 0; a
// column is a byte, and a tab goes on to the next multiple of eight.
class TextPositions {
 public:
  explicit TextPositions(std::string_view text) : text_(text) {
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') {
        line_starts_.push_back(i + 1);
      }
    }
  }

  // PositionBefore returns where `word` stands last before a place that the tokenizer has reached: of an unknown field
  // it reports where the name ends.
  SourcePosition PositionBefore(int line, int column, std::string_view word) const {
    size_t offset = line_starts_[std::min<size_t>(line, line_starts_.size() - 1)];
    for (int at = 0; at < column && offset < text_.size(); ++offset) {
      at = NextColumn(at, text_[offset]);
    }
    size_t found = offset < word.size() ? std::string_view::npos : text_.rfind(word, offset - word.size());
    return found == std::string_view::npos ? SourcePosition{line + 1, column + 1} : PositionOf(found);
  }

 private:
  static int NextColumn(int column, char c) {
    constexpr int kTabWidth = 8;
    return c == '\t' ? (column / kTabWidth + 1) * kTabWidth : column + 1;
  }

  SourcePosition PositionOf(size_t offset) const {
    auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    int column = 0;
    for (size_t i = *std::prev(next); i < offset; ++i) {
      column = NextColumn(column, text_[i]);
    }
    return {static_cast<int>(next - line_starts_.begin()), column + 1};
  }

  std::string_view text_;
  std::vector<size_t> line_starts_ = {0};
};

// Translator turns messages of protobuf's parser into ours.
class Translator : public google::protobuf::io::ErrorCollector {
 public:
  Translator(std::string_view text, Diagnostics* diagnostics) : positions_(text), diagnostics_(diagnostics) {}

  void AddError(int line, int column, const std::string& message) override {
    std::vector<std::string> quoted = absl::StrSplit(message, '"');
    std::string text = absl::StartsWith(message, "Unknown enumeration value of ") && quoted.size() == 5
                           ? DescribeUnknownValue(quoted[1], quoted[3])
                           : absl::StrCat("cannot be parsed: ", absl::StripSuffix(message, "."),
                                          absl::EndsWith(message, "got: ") ? "the end of the file" : "",
                                          "; correct it (only the first such error of a file is reported)");
    diagnostics_->AddError({line + 1, column + 1}, text);
  }

  // The parser warns of unknown fields only because it is told to parse on after them.
  void AddWarning(int line, int column, const std::string& message) override {
    std::vector<std::string> quoted = absl::StrSplit(message, '"');
    if (quoted.size() == 5 && quoted[1] == RefusedStep::descriptor()->full_name()) {
      return;  // the step is refused as a whole
    }
    if (quoted.size() == 5) {
      diagnostics_->AddError(positions_.PositionBefore(line, column, quoted[3]),
                             DescribeUnknownField(quoted[1], quoted[3]));
    } else {
      diagnostics_->AddError({line + 1, column + 1}, message);
    }
  }

 private:
  TextPositions positions_;
  Diagnostics* diagnostics_;
};

// HeaderValue returns what follows `# key:` in the comments before the first field.
std::string HeaderValue(std::string_view text, std::string_view key) {
  TextScanner scanner(text);
  for (TextToken token = scanner.Next(); token.kind == TextToken::Kind::kComment; token = scanner.Next()) {
    std::string_view comment = absl::StripAsciiWhitespace(token.text.substr(1));
    if (absl::ConsumePrefix(&comment, key) && absl::ConsumePrefix(&comment, ":")) {
      return std::string(absl::StripAsciiWhitespace(comment));
    }
  }
  return "";
}

void CheckHeader(std::string_view text, Diagnostics* diagnostics) {
  constexpr std::string_view kFile = "tools/sequence/sequence.proto";
  if (!absl::EndsWith(HeaderValue(text, "proto-file"), kFile)) {
    diagnostics->AddError({1, 1}, absl::StrCat("the header that names the schema is missing; begin the file with "
                                               "\"# proto-file: ",
                                               kFile, "\""));
  }
  std::string message = HeaderValue(text, "proto-message");
  if (message != TaskSequence::descriptor()->full_name() && message != TaskSequence::descriptor()->name()) {
    diagnostics->AddError({1, 1},
                          "the header that names the message is missing; begin the file with "
                          "\"# proto-message: tsmedia.TaskSequence\"");
  }
}

bool CheckText(std::string_view text, Diagnostics* diagnostics) {
  if (text.size() > kMaxSequenceSize) {
    diagnostics->AddError({},
                          absl::StrCat("the file has more than ", kMaxSequenceSize,
                                       " bytes, the most of a task sequence; move parts into child task sequences"));
    return false;
  }
  if (!IsValidUtf8(text)) {
    diagnostics->AddError({}, "the file is not UTF-8; convert it");
    return false;
  }
  if (MaxNesting(text) > kMaxMessageDepth) {
    diagnostics->AddError({}, absl::StrCat("braces are nested more than ", kMaxMessageDepth,
                                           " deep; move inner groups outwards or into child task sequences"));
    return false;
  }
  return true;
}

}  // namespace

std::unique_ptr<ParsedSequence> ParseSequenceText(std::string_view text, Diagnostics* diagnostics) {
  if (!CheckText(text, diagnostics)) {
    return nullptr;
  }
  CheckHeader(text, diagnostics);
  auto parsed = std::make_unique<ParsedSequence>();
  Translator translator(text, diagnostics);
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&translator);
  parser.WriteLocationsTo(&parsed->locations);
  parser.AllowUnknownField(true);
  parser.SetRecursionLimit(kMaxMessageDepth + 1);
  google::protobuf::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  if (!parser.Parse(&stream, &parsed->sequence)) {
    return nullptr;
  }
  return parsed;
}

}  // namespace tsmedia
