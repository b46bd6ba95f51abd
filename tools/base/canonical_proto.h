// Protocol buffers as files with exactly one form.
//
// Signed files, and files that travel between actions, are canonical: the first field is a context that names the kind
// of file, fields ascend, none is unknown, no singular field stands twice, numbers are in their shortest form. Two
// readers then never see two meanings in one file. A reader gets that by parsing, dropping what it does not know,
// writing again and comparing the bytes.

#ifndef TSMEDIA_TOOLS_BASE_CANONICAL_PROTO_H_
#define TSMEDIA_TOOLS_BASE_CANONICAL_PROTO_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace tsmedia {

// ParseCanonical fills `message` from `bytes`. Field 1 of the message's type must be a string, and the bytes must
// begin with it holding `context`: that is compared as raw bytes before anything is parsed. InvalidArgument otherwise,
// without the file's name.
absl::Status ParseCanonical(std::string_view bytes, std::string_view context, google::protobuf::Message* message);

// SerializeCanonical returns the one form that ParseCanonical accepts.
std::string SerializeCanonical(const google::protobuf::Message& message);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_CANONICAL_PROTO_H_
