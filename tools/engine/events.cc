#include "tools/engine/events.h"

namespace tsmedia {

std::string_view EventKindName(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::kSequenceStarted:
      return "sequence_started";
    case Event::Kind::kGroupStarted:
      return "group_started";
    case Event::Kind::kGroupFinished:
      return "group_finished";
    case Event::Kind::kSkipped:
      return "skipped";
    case Event::Kind::kStepStarted:
      return "step_started";
    case Event::Kind::kDetail:
      return "detail";
    case Event::Kind::kVariable:
      return "variable";
    case Event::Kind::kAttemptFailed:
      return "attempt_failed";
    case Event::Kind::kStepFinished:
      return "step_finished";
    case Event::Kind::kRestart:
      return "restart";
    case Event::Kind::kSequenceFinished:
      return "sequence_finished";
  }
  return "";
}

}  // namespace tsmedia
