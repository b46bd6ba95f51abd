// What happens in a run of a task sequence, as it happens: for the technician's screen, the log, and `mediactl
// simulate`.

#ifndef TSMEDIA_TOOLS_ENGINE_EVENTS_H_
#define TSMEDIA_TOOLS_ENGINE_EVENTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tsmedia {

// Where in the sequence something happens.
struct StepInfo {
  std::string position = {};  // "2.1": first entry of the second group; empty: the sequence as a whole
  std::string name = {};
  std::string type = {};  // "Group", "Run Command Line", ...
  std::vector<std::string> packages = {};
  int depth = 0;  // 1: an entry of the sequence itself
};

struct Event {
  enum class Kind {
    kSequenceStarted,   // also after a restart
    kGroupStarted,      // a group or a child sequence is entered
    kGroupFinished,     // `succeeded`; what is left of a group that failed is not run
    kSkipped,           // `text`: why
    kStepStarted,       // its conditions hold
    kDetail,            // `text`: with which values the step works, one line each
    kVariable,          // `text`: NAME = "value", or that it was deleted
    kAttemptFailed,     // `code`, `text`; the step is run again
    kStepFinished,      // `succeeded`, `code`; `text`: what went wrong
    kRestart,           // `text`: what is started next and the message that is shown
    kSequenceFinished,  // `succeeded`
  };
  Kind kind;
  StepInfo step = {};
  bool succeeded = true;
  int32_t code = 0;
  std::string text = {};
};

// EventKindName returns, for example, "step_started".
std::string_view EventKindName(Event::Kind kind);

// IsCheckpoint returns whether the engine's state has to be on the disk before the run goes on from an event of this
// kind, so that a machine that loses its power goes on with the step that was running.
constexpr bool IsCheckpoint(Event::Kind kind) {
  return kind == Event::Kind::kStepStarted || kind == Event::Kind::kStepFinished;
}

// EngineListener hears everything, in order, from the engine's thread. Hidden values are masked already.
class EngineListener {
 public:
  virtual ~EngineListener() = default;
  virtual void OnEvent(const Event& event) = 0;
  // The running step has done `done` of `total` bytes.
  virtual void OnProgress(const StepInfo& step, uint64_t done, uint64_t total) = 0;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_EVENTS_H_
