// What tests of the engine share.

#ifndef TSMEDIA_TOOLS_ENGINE_ENGINE_TESTING_H_
#define TSMEDIA_TOOLS_ENGINE_ENGINE_TESTING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/engine/events.h"

namespace tsmedia {

// TraceListener writes a line for every event, for example
//   started
//   > 1 Preinstall
//   + 1.1 Partition           a step that is started
//   . disk 0 ...              a detail
//   = Site = "North"          a variable
//   ~ 1.1 Partition: ...      an attempt that failed
//   ok 1.1 Partition          or `failed 1.1 Partition 0x80070490: ...`
//   - 1.2 Notes: disabled     a step that is skipped
//   < 1 Preinstall            or `< 1 Preinstall failed`
//   restart: ...
//   finished                  or `stopped 0x80070490`
class TraceListener : public EngineListener {
 public:
  void OnEvent(const Event& event) override;
  void OnProgress(const StepInfo& step, uint64_t done, uint64_t total) override;

  const std::vector<std::string>& lines() const { return lines_; }
  // The lines that do not begin with `.` or `=`.
  std::vector<std::string> Flow() const;
  int progress_calls() const { return progress_calls_; }

 private:
  std::vector<std::string> lines_;
  int progress_calls_ = 0;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_ENGINE_TESTING_H_
