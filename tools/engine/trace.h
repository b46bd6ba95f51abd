// The events of a run, as text for people or JSON for programs: what `mediactl simulate` prints.

#ifndef TSMEDIA_TOOLS_ENGINE_TRACE_H_
#define TSMEDIA_TOOLS_ENGINE_TRACE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "tools/base/json_writer.h"
#include "tools/engine/events.h"

namespace tsmedia {

// TextTrace gives out lines as events come:
//
//   1      Preinstall
//   1.1      Check the machine  (Check Readiness)
//   1.2      Default computer name  skipped: OSDComputerName not exists; it is "pc-7"
//   1.4      Partition the disk  (Format and Partition Disk)
//              disk 0 (/dev/vda, 8192 MB): GPT
//              failed with 0x80070070: ...
class TextTrace : public EngineListener {
 public:
  // `write` gets each line, with a line feed at its end.
  explicit TextTrace(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

  void OnEvent(const Event& event) override;
  void OnProgress(const StepInfo&, uint64_t, uint64_t) override {}

 private:
  void Entry(const StepInfo& step, std::string_view rest);
  void Below(const StepInfo& step, std::string_view text);

  const std::function<void(std::string_view)> write_;
};

// JsonTrace writes an array of events: {"event", "position", "name", "type", "packages", "succeeded", "code", "text"};
// what has no meaning for an event is left out.
class JsonTrace : public EngineListener {
 public:
  // The events become elements of the array that `json` is in.
  explicit JsonTrace(JsonWriter& json) : json_(json) {}

  void OnEvent(const Event& event) override;
  void OnProgress(const StepInfo&, uint64_t, uint64_t) override {}

 private:
  JsonWriter& json_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_TRACE_H_
