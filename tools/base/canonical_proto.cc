#include "tools/base/canonical_proto.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace tsmedia {
namespace {

// Tag of field 1 with wire type 2 (length-delimited), protocol buffers encoding guide.
constexpr char kContextTag = 0x0a;
// A context's length then fits one byte.
constexpr size_t kMaxContextSize = 127;

bool BeginsWithContext(std::string_view bytes, std::string_view context) {
  return context.size() <= kMaxContextSize && bytes.size() >= 2 + context.size() && bytes[0] == kContextTag &&
         static_cast<size_t>(bytes[1]) == context.size() && bytes.substr(2, context.size()) == context;
}

}  // namespace

absl::Status ParseCanonical(std::string_view bytes, std::string_view context, google::protobuf::Message* message) {
  if (!BeginsWithContext(bytes, context)) {
    return absl::InvalidArgumentError(absl::StrCat("it does not begin with the context \"", context, "\""));
  }
  if (bytes.size() > INT32_MAX || !message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError(absl::StrCat("damaged: not a valid ", message->GetTypeName()));
  }
  message->DiscardUnknownFields();
  if (SerializeCanonical(*message) != bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("not canonical: it has unknown, repeated or misplaced fields of ", message->GetTypeName()));
  }
  return absl::OkStatus();
}

std::string SerializeCanonical(const google::protobuf::Message& message) {
  std::string bytes;
  bytes.reserve(message.ByteSizeLong());
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

}  // namespace tsmedia
