#include "tools/sequence/format.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/base/canonical_proto.h"
#include "tools/sequence/parse.h"
#include "tools/sequence/text_scanner.h"

namespace tsmedia {
namespace {

// Longest line on which a message or list may stay together, in bytes.
constexpr size_t kMaxLine = 100;
constexpr int kIndent = 2;

// ListItem is an element of a list [a, b], or a comment between elements.
struct ListItem {
  std::string value = {};
  std::string comment = {};
};

// Entry is a field, or a comment on lines of its own.
struct Entry {
  enum class Kind { kComment, kScalar, kList, kBlock };

  Kind kind = Kind::kComment;
  std::string name = {};
  // An empty line stands before it.
  bool blank_before = false;
  // kScalar: the value; more than one if it is a string in parts.
  std::vector<std::string> values = {};
  // kList.
  std::vector<ListItem> items = {};
  // kBlock.
  std::vector<Entry> entries = {};
  bool on_one_line = false;
  // kComment: the text; otherwise what stands behind the field on its (last) line.
  std::string comment = {};
  // kBlock: what stands behind the opening brace.
  std::string open_comment = {};
};

// EntryReader builds entries from a text that TextFormat has accepted; recursion is bounded by its nesting.
class EntryReader {
 public:
  explicit EntryReader(std::string_view text) : scanner_(text) { Advance(); }

  // ReadEntries reads up to `end` (a closing brace, or the end of the text), which it leaves.
  std::vector<Entry> ReadEntries() {
    std::vector<Entry> entries;
    while (token_.kind == TextToken::Kind::kWord || token_.kind == TextToken::Kind::kComment) {
      bool blank = !entries.empty() && token_.line > last_line_ + 1;
      size_t first = entries.size();
      if (token_.kind == TextToken::Kind::kComment) {
        entries.push_back({.comment = std::string(token_.text)});
        Advance();
      } else {
        ReadField(&entries);
      }
      entries[first].blank_before = blank;
    }
    return entries;
  }

 private:
  void Advance() {
    last_line_ = token_.line;
    token_ = scanner_.Next();
  }

  // AdvanceTo skips comments inside of a field, keeping them for the lines before it.
  void AdvanceTo() {
    Advance();
    KeepComments();
  }
  void KeepComments() {
    while (token_.kind == TextToken::Kind::kComment) {
      kept_.emplace_back(token_.text);
      Advance();
    }
  }

  // TakeTrailing returns the comment on the line that was just finished, if there is one.
  std::string TakeTrailing() {
    if (token_.kind != TextToken::Kind::kComment || token_.line != last_line_) {
      return "";
    }
    std::string comment(token_.text);
    Advance();
    return comment;
  }

  void SkipSeparator() {
    if (token_.Is(",") || token_.Is(";")) {
      Advance();
    }
  }

  // ReadField appends a field; several for a list of messages.
  void ReadField(std::vector<Entry>* entries) {
    kept_.clear();
    std::vector<Entry> fields;
    std::string name(token_.text);
    AdvanceTo();
    if (token_.Is(":")) {
      AdvanceTo();
    }
    if (token_.Is("[")) {
      ReadList(name, &fields);
    } else if (token_.Is("{") || token_.Is("<")) {
      fields.push_back(ReadBlock(name));
    } else {
      fields.push_back(ReadScalar(name));
    }
    SkipSeparator();
    fields.back().comment = TakeTrailing();
    for (const std::string& comment : kept_) {
      entries->push_back({.comment = comment});
    }
    kept_.clear();
    std::move(fields.begin(), fields.end(), std::back_inserter(*entries));
  }

  std::string ReadValue() {
    std::string value(token_.text);
    Advance();
    if (value == "-") {
      value.append(token_.text);
      Advance();
    }
    return value;
  }

  Entry ReadScalar(const std::string& name) {
    Entry entry{.kind = Entry::Kind::kScalar, .name = name};
    if (token_.kind != TextToken::Kind::kString) {
      entry.values.push_back(ReadValue());
      return entry;
    }
    while (token_.kind == TextToken::Kind::kString) {
      entry.values.emplace_back(token_.text);
      Advance();
      if (token_.kind == TextToken::Kind::kComment && ContinuesString()) {
        KeepComments();
      }
    }
    return entry;
  }

  // ContinuesString looks behind comments for another part of a string.
  bool ContinuesString() const {
    TextScanner ahead = scanner_;
    TextToken token = ahead.Next();
    while (token.kind == TextToken::Kind::kComment) {
      token = ahead.Next();
    }
    return token.kind == TextToken::Kind::kString;
  }

  Entry ReadBlock(const std::string& name) {
    Entry entry{.kind = Entry::Kind::kBlock, .name = name};
    std::vector<std::string> outer_kept;
    outer_kept.swap(kept_);
    int open_line = token_.line;
    Advance();
    entry.open_comment = TakeTrailing();
    entry.entries = ReadEntries();
    entry.on_one_line = token_.line == open_line;
    Advance();
    kept_.swap(outer_kept);
    return entry;
  }

  void ReadList(const std::string& name, std::vector<Entry>* fields) {
    Entry list{.kind = Entry::Kind::kList, .name = name};
    Advance();
    while (!token_.Is("]") && token_.kind != TextToken::Kind::kEnd) {
      if (token_.kind == TextToken::Kind::kComment) {
        list.items.push_back({.comment = std::string(token_.text)});
        Advance();
      } else if (token_.Is("{") || token_.Is("<")) {
        fields->push_back(ReadBlock(name));
      } else if (token_.Is(",")) {
        Advance();
      } else {
        ReadListItem(&list);
      }
    }
    Advance();
    if (fields->empty()) {
      fields->push_back(std::move(list));
      return;
    }
    for (ListItem& item : list.items) {
      kept_.push_back(std::move(item.comment));
    }
  }

  void ReadListItem(Entry* list) {
    ListItem item{.value = absl::StrJoin(ReadScalar("").values, " ")};
    if (token_.Is(",")) {
      Advance();
    }
    item.comment = TakeTrailing();
    list->items.push_back(std::move(item));
  }

  TextScanner scanner_;
  TextToken token_;
  int last_line_ = 0;
  // Comments that stood in the middle of the current field.
  std::vector<std::string> kept_;
};

// OneLine returns an entry on one line, or nothing if it has comments or parts that need lines of their own.
std::optional<std::string> OneLine(const Entry& entry) {
  switch (entry.kind) {
    case Entry::Kind::kComment:
      return std::nullopt;
    case Entry::Kind::kScalar:
      if (entry.values.size() != 1) {
        return std::nullopt;
      }
      return absl::StrCat(entry.name, ": ", entry.values[0]);
    case Entry::Kind::kList: {
      std::vector<std::string> values;
      for (const ListItem& item : entry.items) {
        if (!item.comment.empty()) {
          return std::nullopt;
        }
        values.push_back(item.value);
      }
      return absl::StrCat(entry.name, ": [", absl::StrJoin(values, ", "), "]");
    }
    case Entry::Kind::kBlock:
      break;
  }
  if ((!entry.on_one_line && !entry.entries.empty()) || !entry.open_comment.empty()) {
    return std::nullopt;
  }
  std::string line = absl::StrCat(entry.name, " {");
  for (const Entry& nested : entry.entries) {
    std::optional<std::string> part = nested.comment.empty() ? OneLine(nested) : std::nullopt;
    if (!part.has_value()) {
      return std::nullopt;
    }
    absl::StrAppend(&line, " ", *part);
  }
  return absl::StrCat(line, entry.entries.empty() ? "}" : " }");
}

class EntryWriter {
 public:
  void WriteEntries(const std::vector<Entry>& entries, int indent) {
    for (const Entry& entry : entries) {
      if (entry.blank_before) {
        text_.append("\n");
      }
      WriteEntry(entry, indent);
    }
  }
  std::string TakeText() { return std::move(text_); }

 private:
  void WriteLine(int indent, std::string_view line, std::string_view comment) {
    absl::StrAppend(&text_, std::string(indent, ' '), line, comment.empty() ? "" : "  ", comment, "\n");
  }

  void WriteEntry(const Entry& entry, int indent) {
    if (entry.kind == Entry::Kind::kComment) {
      WriteLine(indent, entry.comment, "");
      return;
    }
    std::optional<std::string> line = OneLine(entry);
    bool fits = line.has_value() && indent + line->size() <= kMaxLine;
    if (line.has_value() && (fits || entry.kind == Entry::Kind::kScalar)) {
      WriteLine(indent, *line, entry.comment);
    } else if (entry.kind == Entry::Kind::kScalar) {
      WriteParts(entry, indent);
    } else if (entry.kind == Entry::Kind::kList) {
      WriteList(entry, indent);
    } else {
      WriteLine(indent, absl::StrCat(entry.name, " {"), entry.open_comment);
      WriteEntries(entry.entries, indent + kIndent);
      WriteLine(indent, "}", entry.comment);
    }
  }

  void WriteParts(const Entry& entry, int indent) {
    WriteLine(indent, absl::StrCat(entry.name, ":"), "");
    for (size_t i = 0; i < entry.values.size(); ++i) {
      WriteLine(indent + kIndent, entry.values[i], i + 1 == entry.values.size() ? entry.comment : "");
    }
  }

  void WriteList(const Entry& entry, int indent) {
    WriteLine(indent, absl::StrCat(entry.name, ": ["), "");
    size_t values =
        std::count_if(entry.items.begin(), entry.items.end(), [](const ListItem& item) { return !item.value.empty(); });
    for (const ListItem& item : entry.items) {
      if (item.value.empty()) {
        WriteLine(indent + kIndent, item.comment, "");
      } else {
        WriteLine(indent + kIndent, absl::StrCat(item.value, --values > 0 ? "," : ""), item.comment);
      }
    }
    WriteLine(indent, "]", entry.comment);
  }

  std::string text_;
};

std::vector<std::string> SortedComments(std::string_view text) {
  std::vector<std::string> comments;
  TextScanner scanner(text);
  for (TextToken token = scanner.Next(); token.kind != TextToken::Kind::kEnd; token = scanner.Next()) {
    if (token.kind == TextToken::Kind::kComment) {
      comments.emplace_back(token.text);
    }
  }
  std::sort(comments.begin(), comments.end());
  return comments;
}

// SaysTheSame returns whether `formatted` has the fields and the comments of what was formatted.
bool SaysTheSame(std::string_view text, const TaskSequence& sequence, std::string_view formatted) {
  Diagnostics ignored;
  std::unique_ptr<ParsedSequence> again = ParseSequenceText(formatted, &ignored);
  return again != nullptr && SerializeCanonical(again->sequence) == SerializeCanonical(sequence) &&
         SortedComments(text) == SortedComments(formatted);
}

}  // namespace

std::optional<std::string> FormatSequenceText(std::string_view text, Diagnostics* diagnostics) {
  std::unique_ptr<ParsedSequence> parsed = ParseSequenceText(text, diagnostics);
  if (parsed == nullptr || !diagnostics->ok()) {
    return std::nullopt;
  }
  EntryWriter writer;
  writer.WriteEntries(EntryReader(text).ReadEntries(), 0);
  std::string formatted = writer.TakeText();
  if (!SaysTheSame(text, parsed->sequence, formatted)) {
    diagnostics->AddError({},
                          "the formatter would change what the file says, which is a fault of ours; the file is "
                          "left as it is, please report it");
    return std::nullopt;
  }
  return formatted;
}

}  // namespace tsmedia
