#include "tools/sequence/references.h"

#include <set>
#include <utility>

#include "google/protobuf/descriptor.h"
#include "tools/sequence/options.pb.h"

namespace tsmedia {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

class ReferenceCollector {
 public:
  void Visit(const Message& message) {
    const Reflection* reflection = message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
          Visit(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                     : reflection->GetMessage(message, field));
        } else if (field->options().ExtensionSize(package_reference) > 0) {
          Add(field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                   : reflection->GetString(message, field));
        }
      }
    }
  }
  std::vector<std::string> TakeIds() { return std::move(ids_); }

 private:
  void Add(const std::string& id) {
    if (seen_.insert(id).second) {
      ids_.push_back(id);
    }
  }

  std::vector<std::string> ids_;
  std::set<std::string> seen_;
};

}  // namespace

std::vector<std::string> PackageReferences(const TaskSequence& sequence) { return MessagePackageReferences(sequence); }

std::vector<std::string> MessagePackageReferences(const Message& message) {
  ReferenceCollector collector;
  collector.Visit(message);
  return collector.TakeIds();
}

}  // namespace tsmedia
