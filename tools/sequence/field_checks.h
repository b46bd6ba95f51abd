// The part of validation that looks at each message and field by itself, driven by the options in sequence.proto.

#ifndef TSMEDIA_TOOLS_SEQUENCE_FIELD_CHECKS_H_
#define TSMEDIA_TOOLS_SEQUENCE_FIELD_CHECKS_H_

#include "tools/sequence/cursor.h"
#include "tools/sequence/diagnostics.h"
#include "tools/sequence/sequence.pb.h"
#include "tools/sequence/validate.h"

namespace tsmedia {

// CheckFields checks every message of `sequence`, disabled steps and children included: required fields, lengths,
// numbers, characters, names of variables, references to packages and sequences, secrets; the rules of each step's
// message; and that the steps exist on the media that the sequence is for.
void CheckFields(const TaskSequence& sequence, const Cursor& cursor, const SequenceSurroundings& surroundings,
                 Diagnostics* diagnostics);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_FIELD_CHECKS_H_
