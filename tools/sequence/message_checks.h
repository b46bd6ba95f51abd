// Rules of single messages that the options in sequence.proto cannot say.

#ifndef TSMEDIA_TOOLS_SEQUENCE_MESSAGE_CHECKS_H_
#define TSMEDIA_TOOLS_SEQUENCE_MESSAGE_CHECKS_H_

#include "google/protobuf/message.h"
#include "tools/sequence/cursor.h"
#include "tools/sequence/diagnostics.h"

namespace tsmedia {

// CheckMessageRules checks `message` itself, not the messages in it.
void CheckMessageRules(const google::protobuf::Message& message, const Cursor& cursor, Diagnostics* diagnostics);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_MESSAGE_CHECKS_H_
