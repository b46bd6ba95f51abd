// The part of validation that follows a task sequence in the order in which it runs.

#ifndef TSMEDIA_TOOLS_SEQUENCE_FLOW_CHECKS_H_
#define TSMEDIA_TOOLS_SEQUENCE_FLOW_CHECKS_H_

#include "tools/sequence/cursor.h"
#include "tools/sequence/diagnostics.h"
#include "tools/sequence/sequence.pb.h"
#include "tools/sequence/validate.h"

namespace tsmedia {

// CheckFlow walks through the enabled steps of `sequence`, into groups and child sequences, and reports what cannot
// work at its place: a step of the boot image after a restart into the deployed operating system or the reverse, a
// restart with nothing to start, a disk that is formatted twice, a hidden variable in a command line, a child that runs
// itself. It warns of variables that nothing has set before they are read, and of error handlers that can never run.
// Conditions are not evaluated: an error is only what is wrong whichever way they turn out.
void CheckFlow(const TaskSequence& sequence, const Cursor& cursor, const SequenceSurroundings& surroundings,
               Diagnostics* diagnostics);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_FLOW_CHECKS_H_
