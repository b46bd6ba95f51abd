// Any bytes as a task sequence that a person wrote: parsed, checked, formatted.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tools/plan/media.pb.h"
#include "tools/sequence/canonical.h"
#include "tools/sequence/diagnostics.h"
#include "tools/sequence/format.h"
#include "tools/sequence/graph.h"
#include "tools/sequence/parse.h"
#include "tools/sequence/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  tsmedia::Diagnostics diagnostics;
  std::unique_ptr<tsmedia::ParsedSequence> parsed = tsmedia::ParseSequenceText(text, &diagnostics);
  if (parsed == nullptr) {
    return 0;
  }
  bool well_formed = diagnostics.ok();
  tsmedia::SequenceSurroundings surroundings;
  surroundings.media = {tsmedia::STANDALONE};
  tsmedia::ValidateSequence(parsed->sequence, &parsed->locations, surroundings, &diagnostics);
  tsmedia::GraphToText(tsmedia::BuildGraph(parsed->sequence));
  tsmedia::Diagnostics ignored;
  std::optional<std::string> formatted = tsmedia::FormatSequenceText(text, &ignored);
  if (formatted.has_value() != well_formed ||
      (formatted.has_value() && tsmedia::FormatSequenceText(*formatted, &ignored) != formatted)) {
    std::abort();  // not formatted without a reason, or formatting twice is not the same as formatting once
  }
  if (diagnostics.ok() && !tsmedia::ReadSequence(*tsmedia::WriteSequence(parsed->sequence)).ok()) {
    std::abort();  // what was accepted cannot be read from the medium
  }
  return 0;
}
