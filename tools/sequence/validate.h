// Checking what a task sequence means.

#ifndef TSMEDIA_TOOLS_SEQUENCE_VALIDATE_H_
#define TSMEDIA_TOOLS_SEQUENCE_VALIDATE_H_

#include <map>
#include <string>
#include <vector>

#include "google/protobuf/text_format.h"
#include "tools/plan/media.pb.h"
#include "tools/sequence/diagnostics.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {

// SequenceSurroundings is what a task sequence may rely on outside of itself.
struct SequenceSurroundings {
  // The kinds of media that the sequence is for. Empty: only what holds for all kinds is checked.
  std::vector<MediaKind> media;

  // The packages at hand, by package ID: those that the task_sequence target references, and what they depend on. The
  // value is the kind in the words of TsmPack: package, application, driver, os_image, boot or prestart.
  std::map<std::string, std::string> packages;

  // Package IDs of applications by the applications' names, to help those who write the name instead.
  std::map<std::string, std::string> applications;

  // Variables that are set before the sequence starts: media variables, and those of the prestart command. They are
  // known only together with the medium: without `media` nothing is said about variables that are not set.
  std::vector<std::string> variables;

  // Whether the run stops at each restart until somebody types the medium's password, and nobody is there.
  bool waits_after_restart = false;
};

// ValidateSequence adds to `diagnostics` all errors of `sequence` and its children, and warnings about what is probably
// not meant. `locations` is from the parsing of the text, or null. Depth is bounded by what the parsers accept.
void ValidateSequence(const TaskSequence& sequence, const google::protobuf::TextFormat::ParseInfoTree* locations,
                      const SequenceSurroundings& surroundings, Diagnostics* diagnostics);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_VALIDATE_H_
