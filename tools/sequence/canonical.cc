#include "tools/sequence/canonical.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "tools/base/canonical_proto.h"
#include "tools/sequence/limits.h"
#include "tools/sequence/schema.h"

namespace tsmedia {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// IsDeeperThan returns whether messages stand in `message` more than `depth` deep.
bool IsDeeperThan(const Message& message, int depth) {
  if (depth < 0) {
    return true;
  }
  const Reflection* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    }
    int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (IsDeeperThan(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                            : reflection->GetMessage(message, field),
                       depth - 1)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<std::string> WriteSequence(TaskSequence sequence) {
  sequence.set_context(std::string(kSequenceContext));
  std::string bytes = SerializeCanonical(sequence);
  if (bytes.size() > kMaxSequenceSize) {
    return absl::ResourceExhaustedError(absl::StrCat("task sequence: ", bytes.size(),
                                                     " bytes with its child sequences, and at most ", kMaxSequenceSize,
                                                     " are allowed; run fewer or smaller child sequences"));
  }
  return bytes;
}

absl::StatusOr<TaskSequence> ReadSequence(std::string_view bytes) {
  if (bytes.size() > kMaxSequenceSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("task sequence: ", bytes.size(), " bytes, and at most ", kMaxSequenceSize, " are allowed"));
  }
  TaskSequence sequence;
  if (absl::Status status = ParseCanonical(bytes, kSequenceContext, &sequence); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("task sequence: ", status.message()));
  }
  if (IsDeeperThan(sequence, kMaxMessageDepth)) {
    return absl::InvalidArgumentError(
        absl::StrCat("task sequence: messages are nested more than ", kMaxMessageDepth, " deep"));
  }
  return sequence;
}

}  // namespace tsmedia
