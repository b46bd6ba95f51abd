#include "tools/sequence/schema.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace tsmedia {
namespace {

using google::protobuf::FieldDescriptor;

const google::protobuf::OneofDescriptor* ActionOneof() { return Step::descriptor()->FindOneofByName("action"); }

// EditDistance returns how many characters have to be inserted, removed or replaced to get from `a` to `b`.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<const FieldDescriptor*> ActionFields() {
  std::vector<const FieldDescriptor*> fields;
  for (int i = 0; i < ActionOneof()->field_count(); ++i) {
    fields.push_back(ActionOneof()->field(i));
  }
  return fields;
}

const FieldDescriptor* ActionField(const Step& step) {
  return step.GetReflection()->GetOneofFieldDescriptor(step, ActionOneof());
}

bool IsRefused(const FieldDescriptor* field) { return field->options().HasExtension(refused); }

const StepRule& RuleOf(const FieldDescriptor* action) { return action->message_type()->options().GetExtension(step); }

std::string ActionTitle(const FieldDescriptor* action) {
  return IsRefused(action) ? action->options().GetExtension(refused).title() : RuleOf(action).title();
}

std::string NearestName(std::string_view name, const std::vector<std::string>& candidates) {
  // Longer input is no slip of the pen, and the work is the product of the lengths.
  constexpr size_t kMaxLength = 64;
  if (name.size() > kMaxLength) {
    return "";
  }
  std::string lower = absl::AsciiStrToLower(name);
  // One slip in three characters.
  size_t best = name.size() / 3 + 1;
  std::string nearest;
  for (const std::string& candidate : candidates) {
    size_t distance = EditDistance(lower, absl::AsciiStrToLower(candidate));
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace tsmedia
