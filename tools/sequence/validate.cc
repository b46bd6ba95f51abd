#include "tools/sequence/validate.h"

#include "tools/sequence/field_checks.h"
#include "tools/sequence/flow_checks.h"

namespace tsmedia {

void ValidateSequence(const TaskSequence& sequence, const google::protobuf::TextFormat::ParseInfoTree* locations,
                      const SequenceSurroundings& surroundings, Diagnostics* diagnostics) {
  Cursor cursor{locations, {}, {}, ""};
  CheckFields(sequence, cursor, surroundings, diagnostics);
  CheckFlow(sequence, cursor, surroundings, diagnostics);
}

}  // namespace tsmedia
