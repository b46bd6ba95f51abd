#include "tools/engine/trace.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/engine/result_code.h"

namespace tsmedia {
namespace {

// Width of the column with positions; deeper ones push their line to the right.
constexpr int kPositionWidth = 8;

// Where text about an entry begins, in columns behind the positions.
int Indentation(const StepInfo& step) { return 2 * (step.depth - 1); }

bool EndsSomething(Event::Kind kind) {
  return kind == Event::Kind::kStepFinished || kind == Event::Kind::kGroupFinished ||
         kind == Event::Kind::kAttemptFailed || kind == Event::Kind::kSequenceFinished;
}

}  // namespace

void TextTrace::Entry(const StepInfo& step, std::string_view rest) {
  write_(absl::StrFormat("%-*s%s%s%s\n", kPositionWidth, step.position, std::string(Indentation(step), ' '), step.name,
                         rest));
}

void TextTrace::Below(const StepInfo& step, std::string_view text) {
  write_(absl::StrCat(std::string(kPositionWidth + Indentation(step) + 2, ' '), text, "\n"));
}

void TextTrace::OnEvent(const Event& event) {
  switch (event.kind) {
    case Event::Kind::kGroupStarted:
      Entry(event.step, "");
      break;
    case Event::Kind::kStepStarted:
      Entry(event.step, absl::StrCat("  (", event.step.type, ")"));
      break;
    case Event::Kind::kSkipped:
      Entry(event.step, absl::StrCat("  skipped: ", event.text));
      break;
    case Event::Kind::kDetail:
    case Event::Kind::kVariable:
    case Event::Kind::kAttemptFailed:
    case Event::Kind::kRestart:
      Below(event.step, event.text);
      break;
    case Event::Kind::kStepFinished:
      if (!event.succeeded) {
        Below(event.step, absl::StrCat("failed with ", ResultCodeText(event.code), ": ", event.text));
      }
      break;
    case Event::Kind::kGroupFinished:
      if (!event.succeeded) {
        Entry(event.step, "  failed, the rest of it is not run");
      }
      break;
    case Event::Kind::kSequenceStarted:
    case Event::Kind::kSequenceFinished:
      break;
  }
}

void JsonTrace::OnEvent(const Event& event) {
  json_.BeginObject();
  json_.String("event", EventKindName(event.kind));
  if (!event.step.position.empty()) {
    json_.String("position", event.step.position);
    json_.String("name", event.step.name);
    json_.String("type", event.step.type);
  }
  if (!event.step.packages.empty()) {
    json_.BeginArray("packages");
    for (const std::string& package : event.step.packages) {
      json_.String("", package);
    }
    json_.EndArray();
  }
  if (EndsSomething(event.kind)) {
    json_.Bool("succeeded", event.succeeded);
    json_.String("code", ResultCodeText(event.code));
  }
  if (!event.text.empty()) {
    json_.String("text", event.text);
  }
  json_.EndObject();
}

}  // namespace tsmedia
