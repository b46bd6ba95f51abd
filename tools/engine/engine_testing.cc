#include "tools/engine/engine_testing.h"

#include "absl/strings/str_cat.h"
#include "tools/engine/result_code.h"

namespace tsmedia {
namespace {

std::string Line(const Event& event) {
  const std::string step = absl::StrCat(event.step.position, " ", event.step.name);
  switch (event.kind) {
    case Event::Kind::kSequenceStarted:
      return "started";
    case Event::Kind::kGroupStarted:
      return absl::StrCat("> ", step);
    case Event::Kind::kGroupFinished:
      return absl::StrCat("< ", step, event.succeeded ? "" : " failed");
    case Event::Kind::kSkipped:
      return absl::StrCat("- ", step, ": ", event.text);
    case Event::Kind::kStepStarted:
      return absl::StrCat("+ ", step);
    case Event::Kind::kDetail:
      return absl::StrCat(". ", event.text);
    case Event::Kind::kVariable:
      return absl::StrCat("= ", event.text);
    case Event::Kind::kAttemptFailed:
      return absl::StrCat("~ ", step, ": ", event.text);
    case Event::Kind::kStepFinished:
      return event.succeeded ? absl::StrCat("ok ", step)
                             : absl::StrCat("failed ", step, " ", ResultCodeText(event.code), ": ", event.text);
    case Event::Kind::kRestart:
      return absl::StrCat("restart: ", event.text);
    case Event::Kind::kSequenceFinished:
      return event.succeeded ? "finished" : absl::StrCat("stopped ", ResultCodeText(event.code));
  }
  return "";
}

}  // namespace

void TraceListener::OnEvent(const Event& event) { lines_.push_back(Line(event)); }

void TraceListener::OnProgress(const StepInfo&, uint64_t, uint64_t) { ++progress_calls_; }

std::vector<std::string> TraceListener::Flow() const {
  std::vector<std::string> flow;
  for (const std::string& line : lines_) {
    if (line[0] != '.' && line[0] != '=') {
      flow.push_back(line);
    }
  }
  return flow;
}

}  // namespace tsmedia
