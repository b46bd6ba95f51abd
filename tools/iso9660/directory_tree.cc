#include "tools/iso9660/directory_tree.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/base/utf16.h"
#include "tools/iso9660/fields.h"
#include "tools/iso9660/format.h"

namespace tsmedia::iso {
namespace {

// Identifiers of "." and ".." (ECMA-119 6.8.2.2), and of the root in path tables.
constexpr std::string_view kSelf("\0", 1);
constexpr std::string_view kParent("\1", 1);

// Rock Ridge modes: what a user who copies a medium to a disk wants to get. Executables need none: nothing is run from
// a mounted medium.
constexpr uint32_t kDirectoryMode = kModeDirectory | 0755;
constexpr uint32_t kFileMode = kModeRegular | 0644;

// The extension reference of Rock Ridge (RRIP 1.10, section 4.3). 1.10 rather than 1.12, as its 36-byte PX entry is
// what every reader since 1994 knows.
constexpr std::string_view kRockRidgeId = "RRIP_1991A";
constexpr std::string_view kRockRidgeDescription =
    "THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS";
constexpr std::string_view kRockRidgeSource =
    "PLEASE CONTACT DISC PUBLISHER FOR SPECIFICATION SOURCE.  SEE PUBLISHER IDENTIFIER IN PRIMARY VOLUME DESCRIPTOR "
    "FOR CONTACT INFORMATION.";

// TF flags: modification, access and attribute change time (RRIP 1.10, 4.1.6).
constexpr char kTimeFlags = 0x0e;
constexpr size_t kTimeCount = 3;
constexpr size_t kTfSize = kSuspHeader + 1 + kTimeCount * kRecordDateSize;

// Starts a system use entry: signature, length, version 1.
void AppendSuspHeader(std::string_view signature, size_t length, std::string* out) {
  out->append(signature);
  out->push_back(static_cast<char>(length));
  out->push_back('\1');
}

constexpr size_t kErSize =
    kSuspHeader + 4 + kRockRidgeId.size() + kRockRidgeDescription.size() + kRockRidgeSource.size();

void AppendExtensionReference(std::string* out) {
  AppendSuspHeader("ER", kErSize, out);
  out->push_back(static_cast<char>(kRockRidgeId.size()));
  out->push_back(static_cast<char>(kRockRidgeDescription.size()));
  out->push_back(static_cast<char>(kRockRidgeSource.size()));
  out->push_back('\1');  // extension version
  absl::StrAppend(out, kRockRidgeId, kRockRidgeDescription, kRockRidgeSource);
}

void AppendName(std::string_view name, uint8_t flags, std::string* out) {
  AppendSuspHeader("NM", kNmHeader + name.size(), out);
  out->push_back(static_cast<char>(flags));
  out->append(name);
}

// Size of a record before its system use fields: an identifier of even length is followed by a zero (ECMA-119 9.1.12).
size_t RecordHeadSize(std::string_view identifier) {
  return kRecordId + identifier.size() + (identifier.size() % 2 == 0 ? 1 : 0);
}

// A record must not cross a sector (ECMA-119 6.8.1.1), and neither must an entry's part of a continuation area: the
// kernel reads one block for it. Returns where `size` bytes behind `end` begin.
size_t PlaceInSector(size_t end, size_t size) {
  return end % kSectorSize + size > kSectorSize ? RoundUp(end, kSectorSize) : end;
}

}  // namespace

// How long a directory's records and its continuation area are.
class DirectoryTree::Sizes {
 public:
  size_t records() const { return records_; }
  size_t continuation() const { return continuation_; }

  void Add(size_t record, size_t continued) {
    records_ = PlaceInSector(records_, record) + record;
    if (continued > 0) {
      continuation_ = PlaceInSector(continuation_, continued) + continued;
    }
  }

 private:
  size_t records_ = 0;
  size_t continuation_ = 0;
};

std::string_view DirectoryTree::RegionPrefix() const { return kind_ == TreeKind::kJoliet ? "Joliet" : "ISO 9660"; }

absl::Status DirectoryTree::PlanIdentifiers() {
  directories_.resize(tree_.directories().size());
  directories_[0].identifier = std::string(kSelf);
  // Length of each directory's path in identifiers. Parents come before their children in tree_.
  std::vector<uint32_t> path_lengths(directories_.size(), 0);
  for (uint32_t i = 0; i < directories_.size(); ++i) {
    TSM_RETURN_IF_ERROR(PlanDirectory(i, path_lengths[i]));
    for (const Entry& entry : directories_[i].entries) {
      if (entry.child->is_directory) {
        directories_[entry.child->index].identifier = entry.identifier;
        path_lengths[entry.child->index] = path_lengths[i] + static_cast<uint32_t>(entry.identifier.size()) + 1;
      }
    }
  }
  NumberDirectories();
  for (uint32_t i = 0; i < directories_.size(); ++i) {
    const Sizes sizes = Measure(i);
    if (sizes.records() > kMaxSectionSize) {
      return absl::InvalidArgumentError(
          absl::StrCat("directory ", tree_.DirectoryPath(i), " has too many files: its records exceed 4 GiB"));
    }
    // A directory has whole sectors (ECMA-119 6.8.1); the end of the last one is padding.
    directories_[i].size = static_cast<uint32_t>(RoundUp(sizes.records(), kSectorSize));
    directories_[i].records_size = static_cast<uint32_t>(sizes.records());
    directories_[i].continuation_size = static_cast<uint32_t>(sizes.continuation());
  }
  return absl::OkStatus();
}

absl::Status DirectoryTree::PlanDirectory(uint32_t index, size_t path_length) {
  const std::vector<FileTree::Child>& children = tree_.directories()[index].children;
  std::vector<Identifier> identifiers(children.size());
  std::vector<NamedEntry> named(children.size());
  for (size_t i = 0; i < children.size(); ++i) {
    TSM_ASSIGN_OR_RETURN(std::u16string name, Utf8ToUtf16(children[i].name));
    identifiers[i] = MapName(kind_, name, children[i].is_directory);
    named[i] = {&identifiers[i], children[i].is_directory};
  }
  MakeUnique(kind_, named);
  std::vector<uint32_t> order(children.size());
  for (uint32_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  const auto is_before = [&](uint32_t a, uint32_t b) { return CompareIdentifiers(identifiers[a], identifiers[b]) < 0; };
  // Equal in this order, though not equal, are "A" and "A " in Joliet: the real names decide.
  if (!std::is_sorted(order.begin(), order.end(), is_before)) {
    std::stable_sort(order.begin(), order.end(), is_before);
  }
  Directory& directory = directories_[index];
  directory.entries.reserve(children.size());
  for (uint32_t i : order) {
    directory.entries.push_back({Spell(kind_, identifiers[i], children[i].is_directory), &children[i]});
    TSM_RETURN_IF_ERROR(CheckPathLength(index, directory.entries.back(), path_length));
    directory.subdirectories += children[i].is_directory ? 1 : 0;
  }
  return absl::OkStatus();
}

absl::Status DirectoryTree::CheckPathLength(uint32_t index, const Entry& entry, size_t path_length) const {
  // Joliet's own limit (240 bytes) is not enforced: every reader goes from directory to directory.
  if (kind_ == TreeKind::kIso9660 && path_length + entry.identifier.size() > kMaxPathLength) {
    return absl::InvalidArgumentError(absl::StrCat("a path in directory ", tree_.DirectoryPath(index),
                                                   " is too long for ISO 9660: its identifiers have more than ",
                                                   kMaxPathLength,
                                                   " characters together; shorten the directories' names"));
  }
  return absl::OkStatus();
}

void DirectoryTree::NumberDirectories() {
  // Ascending by level, then by the parent's number, then by identifier (ECMA-119 6.9.1): breadth first.
  order_.reserve(directories_.size());
  order_.push_back(0);
  for (size_t i = 0; i < order_.size(); ++i) {
    Directory& directory = directories_[order_[i]];
    directory.number = static_cast<uint32_t>(i + 1);
    path_table_size_ += static_cast<uint32_t>(RoundUp(kPathRecordId + directory.identifier.size(), 2));
    for (const Entry& entry : directory.entries) {
      if (entry.child->is_directory) {
        order_.push_back(entry.child->index);
      }
    }
  }
}

std::string DirectoryTree::PathTable(bool big_endian) const {
  std::string table;
  table.reserve(path_table_size_);
  for (uint32_t index : order_) {
    const Directory& directory = directories_[index];
    uint16_t parent = static_cast<uint16_t>(directories_[tree_.directories()[index].parent].number);
    const size_t start = table.size();
    table.resize(start + kPathRecordId);
    table[start] = static_cast<char>(directory.identifier.size());
    if (big_endian) {
      StoreBig<uint32_t>(directory.sector, At(&table, start + 2));
      StoreBig<uint16_t>(parent, At(&table, start + 6));
    } else {
      StoreLittle<uint32_t>(directory.sector, At(&table, start + 2));
      StoreLittle<uint16_t>(parent, At(&table, start + 6));
    }
    table.append(directory.identifier);
    table.resize(RoundUp(table.size(), 2));
  }
  return table;
}

uint64_t DirectoryTree::PlaceDirectories(uint64_t sector) {
  for (uint32_t index : order_) {
    Directory& directory = directories_[index];
    directory.sector = static_cast<uint32_t>(sector);
    sector += (directory.size + RoundUp(directory.continuation_size, kSectorSize)) / kSectorSize;
  }
  return sector;
}

std::string DirectoryTree::RootRecord() const {
  std::string bytes;
  AppendRecord({.identifier = kSelf,
                .location = directories_[0].sector,
                .data_length = directories_[0].size,
                .flags = kFlagDirectory},
               SystemUseSize(), /*continuation=*/0, &bytes);
  return bytes;
}

// Directories far down are many and small, and those of one level follow one another. They share a region, "/*/*/*", so
// that what describes the image does not grow with their number.
std::string DirectoryTree::RegionPath(uint32_t index) const {
  constexpr uint32_t kMaxOwnLevel = 3;
  const uint32_t level = tree_.directories()[index].level;
  if (level <= kMaxOwnLevel) {
    return tree_.DirectoryPath(index);
  }
  std::string path;
  for (uint32_t i = 1; i < level; ++i) {
    absl::StrAppend(&path, "/*");
  }
  return path;
}

void DirectoryTree::AppendDirectories(Layout* layout) const {
  for (uint32_t index : order_) {
    const Directory& directory = directories_[index];
    std::string path = RegionPath(index);
    DirectoryBytes bytes = Build(index);
    uint64_t offset = directory.sector * kSectorSize;
    layout->extents.push_back({offset, bytes.records.size(), InlineBytes{std::move(bytes.records)},
                               absl::StrCat(RegionPrefix(), " directory ", path), true});
    if (!bytes.continuation.empty()) {
      layout->extents.push_back({offset + directory.size, bytes.continuation.size(),
                                 InlineBytes{std::move(bytes.continuation)},
                                 absl::StrCat("Rock Ridge continuation area of ", path), true});
    }
  }
}

DirectoryTree::SystemUseSize DirectoryTree::SizeOf(const Record& record) const {
  SystemUseSize size;
  if (kind_ == TreeKind::kJoliet) {
    return size;
  }
  const SystemUse& use = record.system_use;
  size.in_record = kPxSize + kTfSize;
  if (use.is_root_self) {
    size.in_record += kSpSize + kCeSize;
    size.continued = kErSize;
  }
  if (use.name.empty()) {
    return size;
  }
  size.in_record += kNmHeader;
  size_t room = kMaxRecordLength - RecordHeadSize(record.identifier) - size.in_record;
  size.name_in_record = use.name.size();
  if (use.name.size() > room) {
    size.name_in_record = room - kCeSize;
    size.in_record += kCeSize;
    size.continued = kNmHeader + use.name.size() - size.name_in_record;
  }
  size.in_record += size.name_in_record;
  return size;
}

template <typename Visitor>
void DirectoryTree::VisitRecords(uint32_t index, Visitor visit) const {
  const auto record_of = [](std::string_view identifier, const Directory& directory) {
    return Record{.identifier = identifier,
                  .location = directory.sector,
                  .data_length = directory.size,
                  .flags = kFlagDirectory,
                  .system_use = {.mode = kDirectoryMode, .links = 2 + directory.subdirectories}};
  };
  const Directory& directory = directories_[index];
  Record self = record_of(kSelf, directory);
  self.system_use.is_root_self = index == 0;
  visit(self);
  visit(record_of(kParent, directories_[tree_.directories()[index].parent]));
  for (const Entry& entry : directory.entries) {
    if (!entry.child->is_directory) {
      VisitFile(entry, visit);
      continue;
    }
    Record child = record_of(entry.identifier, directories_[entry.child->index]);
    child.system_use.name = entry.child->name;
    visit(child);
  }
}

// A file has a record for each section.
template <typename Visitor>
void DirectoryTree::VisitFile(const Entry& entry, Visitor& visit) const {
  const FilePlace& file = files_[entry.child->index];
  uint64_t done = 0;
  do {
    const uint64_t section = std::min(file.length - done, kMaxSectionSize);
    const bool is_last = done + section == file.length;
    visit(Record{.identifier = entry.identifier,
                 .location = file.sector + static_cast<uint32_t>(done / kSectorSize),
                 .data_length = static_cast<uint32_t>(section),
                 .flags = is_last ? uint8_t{0} : kFlagMultiExtent,
                 .system_use = {.mode = kFileMode, .links = 1, .name = entry.child->name}});
    done += section;
  } while (done < file.length);
}

DirectoryTree::Sizes DirectoryTree::Measure(uint32_t index) const {
  Sizes sizes;
  VisitRecords(index, [&](const Record& record) {
    const SystemUseSize use = SizeOf(record);
    sizes.Add(RecordSize(record.identifier, use), use.continued);
  });
  return sizes;
}

DirectoryTree::DirectoryBytes DirectoryTree::Build(uint32_t index) const {
  const Directory& directory = directories_[index];
  DirectoryBytes out;
  out.records.reserve(directory.records_size);
  out.continuation.reserve(directory.continuation_size);
  VisitRecords(index, [&](const Record& record) {
    const SystemUseSize use = SizeOf(record);
    out.records.resize(PlaceInSector(out.records.size(), RecordSize(record.identifier, use)));
    const size_t offset = PlaceInSector(out.continuation.size(), use.continued);
    AppendRecord(record, use, directory.sector * kSectorSize + directory.size + offset, &out.records);
    if (use.continued > 0) {
      out.continuation.resize(offset);
      AppendContinued(record.system_use, use, &out.continuation);
    }
  });
  return out;
}

size_t DirectoryTree::RecordSize(std::string_view identifier, const SystemUseSize& use) {
  return RoundUp(RecordHeadSize(identifier) + use.in_record, 2);
}

void DirectoryTree::AppendRecord(const Record& record, const SystemUseSize& use, uint64_t continuation,
                                 std::string* out) const {
  const size_t start = out->size();
  out->resize(start + RecordHeadSize(record.identifier));
  (*out)[start] = static_cast<char>(RecordSize(record.identifier, use));
  StoreBoth<uint32_t>(record.location, At(out, start + kRecordLocation));
  StoreBoth<uint32_t>(record.data_length, At(out, start + kRecordDataLength));
  StoreText(date_, start + kRecordDate, out);
  (*out)[start + kRecordFlags] = static_cast<char>(record.flags);
  StoreBoth<uint16_t>(1, At(out, start + kRecordSequenceNumber));
  (*out)[start + kRecordIdLength] = static_cast<char>(record.identifier.size());
  StoreText(record.identifier, start + kRecordId, out);
  if (use.in_record > 0) {
    AppendSystemUse(record.system_use, use, continuation, out);
  }
  out->resize(start + RecordSize(record.identifier, use));
}

void DirectoryTree::AppendSystemUse(const SystemUse& use, const SystemUseSize& size, uint64_t continuation,
                                    std::string* out) const {
  if (use.is_root_self) {
    // SP must come first in "." of the root: check bytes BE EF, nothing to skip (SUSP 1.10, 5.3).
    AppendSuspHeader("SP", kSpSize, out);
    out->append("\xbe\xef\0", 3);
  }
  AppendSuspHeader("PX", kPxSize, out);
  AppendBoth32(use.mode, out);
  AppendBoth32(use.links, out);
  AppendBoth32(0, out);  // user
  AppendBoth32(0, out);  // group
  AppendSuspHeader("TF", kTfSize, out);
  out->push_back(kTimeFlags);
  for (size_t i = 0; i < kTimeCount; ++i) {
    out->append(date_);
  }
  if (!use.name.empty()) {
    AppendName(use.name.substr(0, size.name_in_record), size.continued > 0 ? kNmContinue : 0, out);
  }
  if (size.continued > 0) {
    AppendSuspHeader("CE", kCeSize, out);
    AppendBoth32(static_cast<uint32_t>(continuation / kSectorSize), out);
    AppendBoth32(static_cast<uint32_t>(continuation % kSectorSize), out);
    AppendBoth32(static_cast<uint32_t>(size.continued), out);
  }
}

void DirectoryTree::AppendContinued(const SystemUse& use, const SystemUseSize& size, std::string* out) {
  if (use.is_root_self) {
    AppendExtensionReference(out);
  } else {
    AppendName(use.name.substr(size.name_in_record), 0, out);
  }
}

}  // namespace tsmedia::iso
