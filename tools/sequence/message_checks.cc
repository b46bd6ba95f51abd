#include "tools/sequence/message_checks.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/sequence/schema.h"
#include "tools/sequence/sequence.pb.h"
#include "tools/sequence/variables.h"

namespace tsmedia {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Most that a master boot record can address: 2^32 sectors of 512 bytes, in MB.
constexpr uint64_t kMaxMbrMb = uint64_t{2} << 20;
constexpr int kMaxMbrPartitions = 4;
// FAT32 has at least 65,525 clusters; with clusters of 512 bytes and its tables that is a little more than 32 MB.
constexpr uint64_t kMinFat32Mb = 33;
// Bytes of ext4's s_volume_name and of FAT's BS_VolLab.
constexpr size_t kMaxExt4Label = 16;
constexpr size_t kMaxFatLabel = 11;

// Report adds the errors of one message.
class Report {
 public:
  Report(const Message& message, const Cursor& cursor, Diagnostics* diagnostics)
      : message_(message), cursor_(cursor), diagnostics_(diagnostics) {}

  void Add(std::string_view text) const { AddAt(cursor_.position, text); }
  // Add at a field, or at an element of a repeated one.
  void Add(int field_number, std::string_view text, int index = 0) const {
    AddAt(cursor_.PositionOf(FieldOf(message_, field_number), index), text);
  }
  // Add at a field of the message in element `index` of a repeated field.
  void AddNested(int field_number, int index, const Message& nested, int nested_number, std::string_view text) const {
    AddAt(cursor_.Nested(FieldOf(message_, field_number), index).PositionOf(FieldOf(nested, nested_number)), text);
  }

 private:
  void AddAt(SourcePosition position, std::string_view text) const {
    diagnostics_->AddError(position, absl::StrCat(cursor_.where, text));
  }

  const Message& message_;
  const Cursor& cursor_;
  Diagnostics* diagnostics_;
};

// SetsNothing returns whether no field of `message` is set.
bool SetsNothing(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return fields.empty();
}

// ClosesQuotes returns whether each quote of a command line has its partner.
bool ClosesQuotes(std::string_view command_line) {
  char open = 0;
  for (char c : command_line) {
    if (open != 0) {
      open = c == open ? 0 : open;
    } else if (c == '\'' || c == '"') {
      open = c;
    }
  }
  return open == 0;
}

bool HasReference(std::string_view text) { return !FindReferences(text).empty(); }

// AddressBits returns 32 for an IPv4 address, 128 for an IPv6 address, else 0.
int AddressBits(std::string_view text) {
  std::string address(text);
  unsigned char binary[sizeof(in6_addr)];
  if (inet_pton(AF_INET, address.c_str(), binary) == 1) {
    return 32;
  }
  return inet_pton(AF_INET6, address.c_str(), binary) == 1 ? 128 : 0;
}

bool IsAddressWithPrefix(std::string_view text) {
  std::vector<std::string> parts = absl::StrSplit(text, '/');
  int prefix = 0;
  return parts.size() == 2 && absl::SimpleAtoi(parts[1], &prefix) && prefix > 0 && prefix <= AddressBits(parts[0]);
}

void Check(const TaskSequence& sequence, const Report& report) {
  std::set<std::string> names = {sequence.name()};
  for (int i = 0; i < sequence.children_size(); ++i) {
    const TaskSequence& child = sequence.children(i);
    if (!names.insert(child.name()).second) {
      report.AddNested(TaskSequence::kChildrenFieldNumber, i, child, TaskSequence::kNameFieldNumber,
                       absl::StrCat("there are two task sequences \"", child.name(), "\"; rename one"));
    }
  }
}

void Check(const Step& step, const Report& report) {
  const FieldDescriptor* action = ActionField(step);
  if (action == nullptr) {
    report.Add("the step does nothing; add an action such as run_command_line { ... }");
    return;
  }
  if (IsRefused(action)) {
    return;
  }
  if (step.safe_to_repeat() && !RuleOf(action).unknown_when_interrupted()) {
    report.Add(
        Step::kSafeToRepeatFieldNumber,
        absl::StrCat(ActionTitle(action), " begins anew by itself after an interruption; remove safe_to_repeat"));
  }
  if (!RuleOf(action).structural()) {
    return;
  }
  if (step.has_retry()) {
    report.Add(Step::kRetryFieldNumber,
               absl::StrCat(ActionTitle(action), " cannot be retried; put retry on the steps that can fail"));
  }
  if (step.timeout_seconds() > 0) {
    report.Add(Step::kTimeoutSecondsFieldNumber,
               absl::StrCat(ActionTitle(action), " has no timeout; put timeout_seconds on the steps that can hang"));
  }
}

void Check(const Condition& condition, const Report& report) {
  if (condition.test_case() == Condition::TEST_NOT_SET) {
    report.Add("the condition tests nothing; add a test such as variable { ... }");
  }
}

void Check(const VariableCondition& condition, const Report& report) {
  bool unary =
      condition.operator_() == VariableCondition::EXISTS || condition.operator_() == VariableCondition::NOT_EXISTS;
  if (unary && condition.has_value()) {
    report.Add(VariableCondition::kValueFieldNumber,
               "EXISTS and NOT_EXISTS compare with no value; remove value or choose EQUALS");
  }
  if (!unary && !condition.has_value()) {
    report.Add("value of VariableCondition is missing; add it, or choose EXISTS or NOT_EXISTS");
  }
}

void CheckPath(const std::string& path, int field_number, const Report& report) {
  if (!path.empty() && path[0] != '/' && path[0] != '%') {
    report.Add(field_number, absl::StrCat("\"", path, "\" is a relative path; begin it with / or a %Variable%"));
  }
}

void Check(const FileCondition& condition, const Report& report) {
  CheckPath(condition.path(), FileCondition::kPathFieldNumber, report);
}

void Check(const FolderCondition& condition, const Report& report) {
  CheckPath(condition.path(), FolderCondition::kPathFieldNumber, report);
}

void CheckTestsSomething(const Message& message, const Report& report) {
  if (SetsNothing(message)) {
    report.Add(absl::StrCat(message.GetDescriptor()->name(), " tests nothing; set one of its fields"));
  }
}

void Check(const MemoryCondition& condition, const Report& report) {
  CheckTestsSomething(condition, report);
  if (condition.has_min_mb() && condition.has_max_mb() && condition.min_mb() > condition.max_mb()) {
    report.Add(MemoryCondition::kMaxMbFieldNumber,
               "max_mb is less than min_mb; no memory has such a size: correct one");
  }
}

void Check(const DiskCondition& condition, const Report& report) {
  if (condition.selector().pick() != DiskSelector::ONLY) {
    report.Add(DiskCondition::kSelectorFieldNumber,
               "pick has no meaning in a condition, which counts disks; remove it");
  }
}

void Check(const DiskSelector& selector, const Report& report) {
  if (selector.has_index() && !selector.index_variable().empty()) {
    report.Add(DiskSelector::kIndexVariableFieldNumber, "index and index_variable exclude each other; remove one");
  }
  if (selector.has_min_size_mb() && selector.has_max_size_mb() && selector.min_size_mb() > selector.max_size_mb()) {
    report.Add(DiskSelector::kMaxSizeMbFieldNumber,
               "max_size_mb is less than min_size_mb; no disk has such a size: correct one");
  }
}

// MaxLabelLength returns the most bytes of a label; NTFS has no other limit than the field.
size_t MaxLabelLength(Partition::FileSystem file_system) {
  switch (file_system) {
    case Partition::EXT4:
      return kMaxExt4Label;
    case Partition::FAT32:
      return kMaxFatLabel;
    default:
      return SIZE_MAX;
  }
}

void CheckLabel(const Partition& partition, const Report& report) {
  if (partition.label().empty() || HasReference(partition.label())) {
    return;
  }
  if (partition.file_system() == Partition::FILE_SYSTEM_UNSPECIFIED) {
    report.Add(Partition::kLabelFieldNumber,
               "a partition without a file system has no label; remove it or add file_system");
    return;
  }
  size_t most = MaxLabelLength(partition.file_system());
  if (partition.label().size() > most) {
    report.Add(Partition::kLabelFieldNumber,
               absl::StrCat("label has ", partition.label().size(), " bytes; shorten it to ", most, ", the most of ",
                            Partition::FileSystem_Name(partition.file_system())));
  }
}

void CheckFileSystem(const Partition& partition, const Report& report) {
  bool raw = partition.type() == Partition::MICROSOFT_RESERVED || partition.type() == Partition::BIOS_BOOT;
  bool formatted = partition.file_system() != Partition::FILE_SYSTEM_UNSPECIFIED;
  if (raw && formatted) {
    report.Add(Partition::kFileSystemFieldNumber, absl::StrCat(Partition::Type_Name(partition.type()),
                                                               " partitions have no file system; remove file_system"));
  }
  if (partition.type() == Partition::EFI && partition.file_system() != Partition::FAT32) {
    report.Add(
        "an EFI partition has to be FAT32, the only file system that all firmware reads; set file_system: FAT32");
  }
  bool small = (partition.has_size_mb() && partition.size_mb() < kMinFat32Mb);
  if (partition.file_system() == Partition::FAT32 && small) {
    report.Add(Partition::kSizeMbFieldNumber,
               absl::StrCat("FAT32 does not fit into ", partition.size_mb(), " MB; choose at least ", kMinFat32Mb));
  }
}

void Check(const Partition& partition, const Report& report) {
  if (partition.size_case() == Partition::SIZE_NOT_SET) {
    report.Add("the partition has no size; add size_mb, size_gb, size_percent or rest: true");
  }
  if (partition.has_rest() && !partition.rest()) {
    report.Add(Partition::kRestFieldNumber, "rest: false is no size; write rest: true or another size");
  }
  CheckFileSystem(partition, report);
  CheckLabel(partition, report);
}

// PlanTotals are sums over the partitions of a disk.
struct PlanTotals {
  uint64_t fixed_mb = 0;
  uint64_t percent = 0;
  int rest = 0;
  int efi = 0;
  int active = 0;
};

void CheckShares(const FormatAndPartitionDisk& plan, const PlanTotals& totals, const Report& report) {
  constexpr int kPartitions = FormatAndPartitionDisk::kPartitionsFieldNumber;
  if (totals.percent > 100) {
    report.Add(kPartitions, absl::StrCat("the partitions ask for ", totals.percent,
                                         " percent of the disk; make size_percent add up to at most 100"));
  }
  if (totals.percent >= 100 && totals.rest > 0) {
    report.Add(kPartitions, "100 percent leave nothing for rest: true; lower a size_percent or remove rest");
  }
  if (plan.style() == FormatAndPartitionDisk::MBR && totals.fixed_mb > kMaxMbrMb) {
    report.Add(kPartitions, absl::StrCat("the partitions need ", totals.fixed_mb,
                                         " MB, and an MBR reaches only 2 TiB; use style: GPT"));
  }
}

// CheckPartitionInPlan checks what a partition may be beside those before it.
void CheckPartitionInPlan(const FormatAndPartitionDisk& plan, int index, const PlanTotals& before,
                          const Report& report) {
  constexpr int kPartitions = FormatAndPartitionDisk::kPartitionsFieldNumber;
  const Partition& partition = plan.partitions(index);
  bool mbr = plan.style() == FormatAndPartitionDisk::MBR;
  if (mbr && (partition.type() == Partition::EFI || partition.type() == Partition::MICROSOFT_RESERVED ||
              partition.type() == Partition::BIOS_BOOT)) {
    report.AddNested(kPartitions, index, partition, Partition::kTypeFieldNumber,
                     absl::StrCat(Partition::Type_Name(partition.type()),
                                  " partitions exist only on GPT disks; use style: GPT or another type"));
  }
  if (partition.type() == Partition::EFI && before.efi > 0) {
    report.AddNested(kPartitions, index, partition, Partition::kTypeFieldNumber,
                     "the disk has two EFI partitions, and firmware starts from one; remove one");
  }
  if (partition.rest() && before.rest > 0) {
    report.AddNested(kPartitions, index, partition, Partition::kRestFieldNumber,
                     "two partitions cannot both have the rest of the disk; give one a size_percent");
  }
  if (partition.active() && !mbr) {
    report.AddNested(kPartitions, index, partition, Partition::kActiveFieldNumber,
                     "only MBR partitions can be active; remove active or use style: MBR");
  }
  if (partition.active() && before.active > 0) {
    report.AddNested(kPartitions, index, partition, Partition::kActiveFieldNumber,
                     "two partitions of the disk are active; keep one");
  }
  if (mbr && !partition.name().empty()) {
    report.AddNested(kPartitions, index, partition, Partition::kNameFieldNumber,
                     "MBR partitions have no name; use label or style: GPT");
  }
}

void Check(const FormatAndPartitionDisk& plan, const Report& report) {
  PlanTotals totals;
  for (int i = 0; i < plan.partitions_size(); ++i) {
    CheckPartitionInPlan(plan, i, totals, report);
    const Partition& partition = plan.partitions(i);
    // Sums stop far above any limit, so that absurd sizes cannot wrap around.
    uint64_t mb = partition.has_size_gb() ? std::min(partition.size_gb(), kMaxMbrMb) * 1024 : partition.size_mb();
    totals.fixed_mb = std::min(totals.fixed_mb + std::min(mb, kMaxMbrMb * 1024), kMaxMbrMb * 1024 * 1024);
    totals.percent += partition.size_percent();
    totals.rest += partition.rest() ? 1 : 0;
    totals.efi += partition.type() == Partition::EFI ? 1 : 0;
    totals.active += partition.active() ? 1 : 0;
  }
  CheckShares(plan, totals, report);
  if (plan.style() == FormatAndPartitionDisk::MBR && plan.partitions_size() > kMaxMbrPartitions) {
    report.Add(FormatAndPartitionDisk::kPartitionsFieldNumber,
               absl::StrCat("an MBR holds at most ", kMaxMbrPartitions, " partitions; use style: GPT"),
               kMaxMbrPartitions);
  }
}

void Check(const Destination& destination, const Report& report) {
  if (destination.where_case() == Destination::WHERE_NOT_SET) {
    report.Add("the destination is open; add next_available: true, partition or device_variable");
  }
  if (destination.has_next_available() && !destination.next_available()) {
    report.Add(Destination::kNextAvailableFieldNumber,
               "next_available: false is no destination; write true, partition or device_variable");
  }
}

void CheckAddress(int field_number, int index, const std::string& value, const Report& report) {
  if (!HasReference(value) && AddressBits(value) == 0) {
    report.Add(field_number, absl::StrCat("\"", value, "\" is no IP address; write one such as 192.0.2.1"), index);
  }
}

void Check(const NetworkAdapter& adapter, const Report& report) {
  if (adapter.dhcp() == (adapter.addresses_size() > 0)) {
    report.Add(adapter.dhcp() ? "dhcp: true and addresses exclude each other; remove one"
                              : "the adapter gets no address; add dhcp: true or addresses");
  }
  for (int i = 0; i < adapter.addresses_size(); ++i) {
    if (!HasReference(adapter.addresses(i)) && !IsAddressWithPrefix(adapter.addresses(i))) {
      report.Add(NetworkAdapter::kAddressesFieldNumber,
                 absl::StrCat("\"", adapter.addresses(i),
                              "\" is no IP address with prefix length; write one such as 192.0.2.10/24"),
                 i);
    }
  }
  if (adapter.dhcp() && adapter.gateways_size() > 0) {
    report.Add(NetworkAdapter::kGatewaysFieldNumber, "with dhcp: true the server names the gateway; remove gateways");
  }
  for (int i = 0; i < adapter.gateways_size(); ++i) {
    CheckAddress(NetworkAdapter::kGatewaysFieldNumber, i, adapter.gateways(i), report);
  }
  for (int i = 0; i < adapter.dns_servers_size(); ++i) {
    CheckAddress(NetworkAdapter::kDnsServersFieldNumber, i, adapter.dns_servers(i), report);
  }
}

void Check(const ApplyNetworkSettings& settings, const Report& report) {
  if (SetsNothing(settings)) {
    report.Add("the step sets nothing; add adapters or search_domains");
  }
}

void CheckCommandLine(const std::string& command_line, int field_number, const Report& report) {
  if (!ClosesQuotes(command_line)) {
    report.Add(field_number, "command_line has a quote that is not closed; close it");
  }
}

void Check(const RunCommandLine& command, const Report& report) {
  CheckCommandLine(command.command_line(), RunCommandLine::kCommandLineFieldNumber, report);
  if (command.package().empty() && !command.start_in().empty()) {
    CheckPath(command.start_in(), RunCommandLine::kStartInFieldNumber, report);
  }
}

void Check(const InstallPackage& install, const Report& report) {
  CheckCommandLine(install.command_line(), InstallPackage::kCommandLineFieldNumber, report);
}

void Check(const InstallApplication& install, const Report& report) {
  std::set<std::string> seen;
  for (int i = 0; i < install.applications_size(); ++i) {
    if (!seen.insert(install.applications(i)).second) {
      report.Add(InstallApplication::kApplicationsFieldNumber,
                 absl::StrCat("application ", install.applications(i), " is listed twice; remove one"), i);
    }
  }
}

void Check(const SetTaskSequenceVariable& set, const Report& report) {
  if (set.hidden() && !set.value().empty() && !IsSingleReference(set.value())) {
    report.Add(SetTaskSequenceVariable::kValueFieldNumber,
               "the value of a hidden variable stands here in clear; write a reference such as %MySecret% and give the "
               "medium that variable in its secret_variables");
  }
}

void Check(const CheckReadiness& check, const Report& report) {
  if (SetsNothing(check)) {
    report.Add("the step checks nothing; add min_memory_mb, disk, firmware or another requirement");
  }
}

// CheckIf runs the rules of message type T if `message` is one.
template <typename T>
void CheckIf(const Message& message, const Report& report) {
  if (message.GetDescriptor() == T::descriptor()) {
    Check(static_cast<const T&>(message), report);
  }
}

}  // namespace

void CheckMessageRules(const Message& message, const Cursor& cursor, Diagnostics* diagnostics) {
  Report report(message, cursor, diagnostics);
  CheckIf<TaskSequence>(message, report);
  CheckIf<Step>(message, report);
  CheckIf<Condition>(message, report);
  CheckIf<VariableCondition>(message, report);
  CheckIf<FileCondition>(message, report);
  CheckIf<FolderCondition>(message, report);
  CheckIf<MemoryCondition>(message, report);
  CheckIf<DiskCondition>(message, report);
  CheckIf<DiskSelector>(message, report);
  CheckIf<FormatAndPartitionDisk>(message, report);
  CheckIf<Partition>(message, report);
  CheckIf<Destination>(message, report);
  CheckIf<ApplyNetworkSettings>(message, report);
  CheckIf<NetworkAdapter>(message, report);
  CheckIf<RunCommandLine>(message, report);
  CheckIf<InstallPackage>(message, report);
  CheckIf<InstallApplication>(message, report);
  CheckIf<SetTaskSequenceVariable>(message, report);
  CheckIf<CheckReadiness>(message, report);
  if (message.GetDescriptor() == FirmwareCondition::descriptor() ||
      message.GetDescriptor() == NetworkCondition::descriptor() ||
      message.GetDescriptor() == HardwareCondition::descriptor()) {
    CheckTestsSomething(message, report);
  }
}

}  // namespace tsmedia
