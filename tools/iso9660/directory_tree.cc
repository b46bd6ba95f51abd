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

// Starts a system use entry: signature, length, version 1.
void AppendSuspHeader(std::string_view signature, size_t length, std::string* out) {
  out->append(signature);
  out->push_back(static_cast<char>(length));
  out->push_back('\1');
}

std::string ExtensionReference() {
  std::string entry;
  AppendSuspHeader("ER", 8 + kRockRidgeId.size() + kRockRidgeDescription.size() + kRockRidgeSource.size(), &entry);
  entry.push_back(static_cast<char>(kRockRidgeId.size()));
  entry.push_back(static_cast<char>(kRockRidgeDescription.size()));
  entry.push_back(static_cast<char>(kRockRidgeSource.size()));
  entry.push_back('\1');  // extension version
  absl::StrAppend(&entry, kRockRidgeId, kRockRidgeDescription, kRockRidgeSource);
  return entry;
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

void PadTo(size_t unit, std::string* bytes) { bytes->resize(RoundUp(bytes->size(), unit)); }

}  // namespace

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
    DirectoryBytes bytes = Build(i);
    if (bytes.records.size() > kMaxSectionSize) {
      return absl::InvalidArgumentError(
          absl::StrCat("directory ", tree_.DirectoryPath(i), " has too many files: its records exceed 4 GiB"));
    }
    // A directory has whole sectors (ECMA-119 6.8.1); the end of the last one is padding.
    directories_[i].size = static_cast<uint32_t>(RoundUp(bytes.records.size(), kSectorSize));
    directories_[i].continuation_size = static_cast<uint32_t>(bytes.continuation.size());
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
  // Equal in this order, though not equal, are "A" and "A " in Joliet: the real names decide.
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return CompareIdentifiers(identifiers[a], identifiers[b]) < 0; });
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
    std::string record(kPathRecordId, '\0');
    record[0] = static_cast<char>(directory.identifier.size());
    if (big_endian) {
      StoreBig<uint32_t>(directory.sector, At(&record, 2));
      StoreBig<uint16_t>(parent, At(&record, 6));
    } else {
      StoreLittle<uint32_t>(directory.sector, At(&record, 2));
      StoreLittle<uint16_t>(parent, At(&record, 6));
    }
    record.append(directory.identifier);
    PadTo(2, &record);
    table.append(record);
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
  return RecordBytes({.identifier = kSelf,
                      .location = directories_[0].sector,
                      .data_length = directories_[0].size,
                      .flags = kFlagDirectory});
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
    // These strings stay as long as the layout does.
    bytes.records.shrink_to_fit();
    bytes.continuation.shrink_to_fit();
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

std::string DirectoryTree::PosixEntries(uint32_t mode, uint32_t links) const {
  std::string entries;
  entries.reserve(kMaxRecordLength);  // names follow, and this is done for every file
  AppendSuspHeader("PX", kPxSize, &entries);
  AppendBoth32(mode, &entries);
  AppendBoth32(links, &entries);
  AppendBoth32(0, &entries);  // user
  AppendBoth32(0, &entries);  // group
  AppendSuspHeader("TF", kSuspHeader + 1 + kTimeCount * date_.size(), &entries);
  entries.push_back(kTimeFlags);
  for (size_t i = 0; i < kTimeCount; ++i) {
    entries.append(date_);
  }
  return entries;
}

DirectoryTree::SystemUse DirectoryTree::DotSystemUse(const Directory& directory, bool is_root) const {
  SystemUse use;
  if (kind_ == TreeKind::kJoliet) {
    return use;
  }
  if (is_root) {
    // SP must come first in "." of the root: check bytes BE EF, nothing to skip (SUSP 1.10, 5.3).
    AppendSuspHeader("SP", kSpSize, &use.bytes);
    use.bytes.append("\xbe\xef\0", 3);
  }
  use.bytes.append(PosixEntries(kDirectoryMode, 2 + directory.subdirectories));
  if (is_root) {
    use.continuation_entry = use.bytes.size();
    use.bytes.append(kCeSize, '\0');
    use.continued = ExtensionReference();
  }
  return use;
}

DirectoryTree::SystemUse DirectoryTree::EntrySystemUse(const Entry& entry) const {
  std::string_view name = entry.child->name;
  SystemUse use;
  if (kind_ == TreeKind::kJoliet) {
    return use;
  }
  use.bytes = entry.child->is_directory
                  ? PosixEntries(kDirectoryMode, 2 + directories_[entry.child->index].subdirectories)
                  : PosixEntries(kFileMode, 1);
  size_t room = kMaxRecordLength - RecordHeadSize(entry.identifier) - use.bytes.size() - kNmHeader;
  if (name.size() <= room) {
    AppendName(name, 0, &use.bytes);
    return use;
  }
  room -= kCeSize;
  AppendName(name.substr(0, room), kNmContinue, &use.bytes);
  use.continuation_entry = use.bytes.size();
  use.bytes.append(kCeSize, '\0');
  AppendName(name.substr(room), 0, &use.continued);
  return use;
}

std::string DirectoryTree::RecordBytes(const Record& record) const {
  std::string bytes;
  bytes.reserve(kMaxRecordLength + 1);
  bytes.resize(RecordHeadSize(record.identifier));
  StoreBoth<uint32_t>(record.location, At(&bytes, kRecordLocation));
  StoreBoth<uint32_t>(record.data_length, At(&bytes, kRecordDataLength));
  StoreText(date_, kRecordDate, &bytes);
  bytes[kRecordFlags] = static_cast<char>(record.flags);
  StoreBoth<uint16_t>(1, At(&bytes, kRecordSequenceNumber));
  bytes[kRecordIdLength] = static_cast<char>(record.identifier.size());
  StoreText(record.identifier, kRecordId, &bytes);
  bytes.append(record.system_use.bytes);
  PadTo(2, &bytes);
  bytes[0] = static_cast<char>(bytes.size());
  return bytes;
}

void DirectoryTree::AppendRecord(const Directory& directory, const Record& record, DirectoryBytes* out) const {
  std::string bytes = RecordBytes(record);
  const SystemUse& use = record.system_use;
  if (use.continuation_entry != std::string::npos) {
    // A continuation area must not cross a sector: the kernel reads one block for it.
    if (out->continuation.size() % kSectorSize + use.continued.size() > kSectorSize) {
      PadTo(kSectorSize, &out->continuation);
    }
    uint64_t offset = out->continuation.size();
    std::string entry;
    AppendSuspHeader("CE", kCeSize, &entry);
    AppendBoth32(static_cast<uint32_t>(directory.sector + (directory.size + offset) / kSectorSize), &entry);
    AppendBoth32(static_cast<uint32_t>(offset % kSectorSize), &entry);
    AppendBoth32(static_cast<uint32_t>(use.continued.size()), &entry);
    StoreText(entry, RecordHeadSize(record.identifier) + use.continuation_entry, &bytes);
    out->continuation.append(use.continued);
  }
  // A record must not cross a sector (ECMA-119 6.8.1.1).
  if (out->records.size() % kSectorSize + bytes.size() > kSectorSize) {
    PadTo(kSectorSize, &out->records);
  }
  out->records.append(bytes);
}

void DirectoryTree::AppendFileRecords(const Directory& directory, const Entry& entry, const SystemUse& system_use,
                                      DirectoryBytes* out) const {
  const FilePlace& file = files_[entry.child->index];
  uint64_t done = 0;
  do {
    uint64_t section = std::min(file.length - done, kMaxSectionSize);
    bool last = done + section == file.length;
    AppendRecord(directory,
                 {.identifier = entry.identifier,
                  .location = file.sector + static_cast<uint32_t>(done / kSectorSize),
                  .data_length = static_cast<uint32_t>(section),
                  .flags = last ? uint8_t{0} : kFlagMultiExtent,
                  .system_use = system_use},
                 out);
    done += section;
  } while (done < file.length);
}

DirectoryTree::DirectoryBytes DirectoryTree::Build(uint32_t index) const {
  const Directory& directory = directories_[index];
  const FileTree::Directory& node = tree_.directories()[index];
  const Directory& parent = directories_[node.parent];
  DirectoryBytes out;
  AppendRecord(directory,
               {.identifier = kSelf,
                .location = directory.sector,
                .data_length = directory.size,
                .flags = kFlagDirectory,
                .system_use = DotSystemUse(directory, index == 0)},
               &out);
  AppendRecord(directory,
               {.identifier = kParent,
                .location = parent.sector,
                .data_length = parent.size,
                .flags = kFlagDirectory,
                .system_use = DotSystemUse(parent, false)},
               &out);
  for (const Entry& entry : directory.entries) {
    SystemUse use = EntrySystemUse(entry);
    if (entry.child->is_directory) {
      const Directory& child = directories_[entry.child->index];
      AppendRecord(directory,
                   {.identifier = entry.identifier,
                    .location = child.sector,
                    .data_length = child.size,
                    .flags = kFlagDirectory,
                    .system_use = std::move(use)},
                   &out);
    } else {
      AppendFileRecords(directory, entry, use, &out);
    }
  }
  return out;
}

}  // namespace tsmedia::iso
