// Which packages a task sequence names.

#ifndef TSMEDIA_TOOLS_SEQUENCE_REFERENCES_H_
#define TSMEDIA_TOOLS_SEQUENCE_REFERENCES_H_

#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {

// PackageReferences returns the IDs of the packages that `sequence` and its children name, each once, in the order of
// first use, depth first; children after the sequence itself. Disabled steps count.
std::vector<std::string> PackageReferences(const TaskSequence& sequence);

// MessagePackageReferences does the same for any message of sequence.proto.
std::vector<std::string> MessagePackageReferences(const google::protobuf::Message& message);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_REFERENCES_H_
