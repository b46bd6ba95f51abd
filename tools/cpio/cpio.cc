#include "tools/cpio/cpio.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

constexpr std::string_view kMagic = "070701";
constexpr std::string_view kMagicWithChecksum = "070702";
constexpr std::string_view kTrailer = "TRAILER!!!";
constexpr size_t kFields = 13;
constexpr size_t kFieldSize = 8;
constexpr size_t kHeaderSize = 6 + kFields * kFieldSize;
constexpr uint64_t kAlignment = 4;
// The kernel's PATH_MAX, which its unpacker enforces.
constexpr uint32_t kMaxName = 4096;
constexpr uint64_t kCopySize = kMiB;

constexpr uint32_t kTypeMask = 0170000;
constexpr uint32_t kTypeSymlink = 0120000;
constexpr uint32_t kTypeRegular = 0100000;

uint32_t TypeBits(CpioType type) {
  switch (type) {
    case CpioType::kFile:
      return kTypeRegular;
    case CpioType::kDirectory:
      return 0040000;
    case CpioType::kSymlink:
      return kTypeSymlink;
    case CpioType::kCharacterDevice:
      return 0020000;
    case CpioType::kBlockDevice:
      break;
  }
  return 0060000;
}

absl::Status PathError(std::string_view path, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("path \"", absl::CHexEscape(path), "\": ", what));
}

bool IsProperPath(std::string_view path) {
  if (path.empty() || path.size() >= kMaxName || path == kTrailer || path.find('\0') != std::string_view::npos) {
    return false;
  }
  for (std::string_view component : absl::StrSplit(path, '/')) {
    if (component.empty() || component == "." || component == "..") {
      return false;
    }
  }
  return true;
}

// Entries by path, with the implied directories.
using Tree = std::map<std::string, CpioEntry>;

absl::StatusOr<Tree> BuildTree(std::vector<CpioEntry> entries) {
  Tree tree;
  for (CpioEntry& entry : entries) {
    if (!IsProperPath(entry.path)) {
      return PathError(entry.path, "is empty, absolute or too long, or has an empty, \".\" or \"..\" component");
    }
    if (entry.mode > 07777) {
      return PathError(entry.path, "has a mode of more than permission bits");
    }
    std::string path = entry.path;
    if (!tree.emplace(path, std::move(entry)).second) {
      return PathError(path, "is there twice");
    }
  }
  // Inserting in a map keeps the iterators valid; a new directory comes before what needs it and adds its own parents.
  for (const auto& [path, entry] : tree) {
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      std::string parent = path.substr(0, slash);
      auto it = tree.find(parent);
      if (it == tree.end()) {
        tree.emplace(
            parent, CpioEntry{.path = parent, .type = CpioType::kDirectory, .mode = 0755, .content = {}, .target = {}});
      } else if (it->second.type != CpioType::kDirectory) {
        return PathError(path, absl::StrCat("lies below ", parent, ", which is no directory"));
      }
    }
  }
  return tree;
}

// Counts what goes to a sink, for the padding.
class Writer {
 public:
  Writer(const CpioOptions& options, ByteSink* sink) : options_(options), sink_(sink) {}

  absl::Status Add(const CpioEntry& entry) {
    uint64_t size = SizeOf(entry);
    if (size > std::numeric_limits<uint32_t>::max()) {
      return PathError(entry.path, absl::StrCat("has ", size, " bytes; cpio files have less than 4 GiB"));
    }
    bool is_device = entry.type == CpioType::kCharacterDevice || entry.type == CpioType::kBlockDevice;
    uint32_t links = entry.type == CpioType::kDirectory ? 2 : 1;
    TSM_RETURN_IF_ERROR(Header(entry.path, ++inode_, TypeBits(entry.type) | entry.mode, links, options_.time,
                               static_cast<uint32_t>(size), is_device ? entry.major : 0, is_device ? entry.minor : 0));
    TSM_RETURN_IF_ERROR(Body(entry));
    return Pad(kAlignment);
  }

  absl::Status Finish() {
    TSM_RETURN_IF_ERROR(Header(kTrailer, 0, 0, 1, 0, 0, 0, 0));
    return Pad(options_.padding);
  }

 private:
  static uint64_t SizeOf(const CpioEntry& entry) {
    if (entry.type == CpioType::kSymlink) {
      return entry.target.size();
    }
    if (entry.type != CpioType::kFile) {
      return 0;
    }
    const auto* text = std::get_if<std::string>(&entry.content);
    return text != nullptr ? text->size() : std::get<const ByteSource*>(entry.content)->size();
  }

  absl::Status Header(std::string_view path, uint32_t inode, uint32_t mode, uint32_t links, uint32_t time,
                      uint32_t size, uint32_t major, uint32_t minor) {
    std::string header(kMagic);
    uint32_t name_size = static_cast<uint32_t>(path.size() + 1);
    // inode mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
    for (uint32_t field : {inode, mode, 0u, 0u, links, time, size, 0u, 0u, major, minor, name_size, 0u}) {
      absl::StrAppendFormat(&header, "%08X", field);
    }
    header.append(path);
    header.push_back('\0');
    TSM_RETURN_IF_ERROR(Append(header));
    return Pad(kAlignment);
  }

  absl::Status Body(const CpioEntry& entry) {
    if (entry.type == CpioType::kSymlink) {
      return Append(entry.target);
    }
    if (entry.type != CpioType::kFile) {
      return absl::OkStatus();
    }
    if (const auto* text = std::get_if<std::string>(&entry.content)) {
      return Append(*text);
    }
    const ByteSource& source = *std::get<const ByteSource*>(entry.content);
    for (uint64_t done = 0; done < source.size(); done += kCopySize) {
      TSM_ASSIGN_OR_RETURN(std::string part, source.ReadString(done, std::min(kCopySize, source.size() - done)));
      TSM_RETURN_IF_ERROR(Append(part));
    }
    return absl::OkStatus();
  }

  absl::Status Append(std::string_view bytes) {
    position_ += bytes.size();
    return sink_->Append(bytes);
  }

  absl::Status Pad(uint64_t unit) { return Append(std::string(RoundUp(position_, unit) - position_, '\0')); }

  const CpioOptions& options_;
  ByteSink* sink_;
  uint64_t position_ = 0;
  uint32_t inode_ = 0;
};

absl::Status ReadError(uint64_t offset, std::string_view what) {
  return absl::DataLossError(absl::StrCat("cpio header at offset ", offset, ": ", what));
}

absl::StatusOr<uint32_t> ParseField(std::string_view header, size_t index, uint64_t offset) {
  uint32_t value = 0;
  for (char c : header.substr(kMagic.size() + index * kFieldSize, kFieldSize)) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) {
      return ReadError(offset, absl::StrCat("field ", index + 1, " of 13 is not a hexadecimal number"));
    }
    value = value * 16 + static_cast<uint32_t>(absl::ascii_isdigit(static_cast<unsigned char>(c))
                                                   ? c - '0'
                                                   : absl::ascii_tolower(static_cast<unsigned char>(c)) - 'a' + 10);
  }
  return value;
}

}  // namespace

absl::Status WriteCpio(std::vector<CpioEntry> entries, const CpioOptions& options, ByteSink* sink) {
  if (options.padding == 0 || options.padding % kAlignment != 0) {
    return absl::InvalidArgumentError("cpio padding: must be a multiple of 4");
  }
  TSM_ASSIGN_OR_RETURN(Tree tree, BuildTree(std::move(entries)));
  Writer writer(options, sink);
  for (const auto& [path, entry] : tree) {
    TSM_RETURN_IF_ERROR(writer.Add(entry));
  }
  return writer.Finish();
}

absl::Status CpioReader::SkipZeros() {
  while (position_ < source_.size()) {
    TSM_ASSIGN_OR_RETURN(std::string part,
                         source_.ReadString(position_, std::min<uint64_t>(4 * kKiB, source_.size() - position_)));
    size_t zeros = std::min(part.find_first_not_of('\0'), part.size());
    position_ += zeros;
    if (zeros < part.size()) {
      break;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<CpioHeader>> CpioReader::Next() {
  while (true) {
    if (!in_archive_) {
      TSM_RETURN_IF_ERROR(SkipZeros());
      if (position_ == source_.size()) {
        return std::nullopt;
      }
      in_archive_ = true;
    }
    TSM_ASSIGN_OR_RETURN(CpioHeader header, ReadEntry());
    if (header.path == kTrailer) {
      in_archive_ = false;
      continue;
    }
    if (header.path.empty() || header.path == ".") {
      continue;  // the root itself
    }
    return header;
  }
}

absl::StatusOr<CpioHeader> CpioReader::ReadEntry() {
  uint64_t start = position_;
  if (source_.size() - start < kHeaderSize) {
    return ReadError(start, "truncated: the archive ends without a trailer");
  }
  TSM_ASSIGN_OR_RETURN(std::string raw, source_.ReadString(start, kHeaderSize));
  if (!absl::StartsWith(raw, kMagic) && !absl::StartsWith(raw, kMagicWithChecksum)) {
    return ReadError(start, "magic: is not 070701 or 070702");
  }
  uint32_t fields[kFields];
  for (size_t i = 0; i < kFields; ++i) {
    TSM_ASSIGN_OR_RETURN(fields[i], ParseField(raw, i, start));
  }
  CpioHeader header;
  header.inode = fields[0];
  header.mode = fields[1];
  header.user = fields[2];
  header.group = fields[3];
  header.links = fields[4];
  header.time = fields[5];
  header.size = fields[6];
  header.major = fields[9];
  header.minor = fields[10];
  uint32_t name_size = fields[11];
  if (name_size == 0 || name_size > kMaxName || name_size > source_.size() - start - kHeaderSize) {
    return ReadError(start, absl::StrCat("name size: ", name_size, " is 0, above 4096, or outside of the archive"));
  }
  TSM_ASSIGN_OR_RETURN(std::string name, source_.ReadString(start + kHeaderSize, name_size));
  if (name.find('\0') != name.size() - 1) {
    return ReadError(start, "name: does not end with its first NUL");
  }
  name.pop_back();
  // Archives are aligned in their file: the kernel counts from the start of the buffer, too.
  header.offset = RoundUp(start + kHeaderSize + name_size, kAlignment);
  uint64_t end = RoundUp(header.offset + header.size, kAlignment);
  if (header.offset > source_.size() || header.size > source_.size() - header.offset) {
    return ReadError(start, absl::StrCat("file size: ", header.size, " bytes end outside of the archive"));
  }
  std::string_view path = name;
  while (absl::ConsumePrefix(&path, "./") || absl::ConsumePrefix(&path, "/")) {
  }
  for (std::string_view component : absl::StrSplit(path, '/')) {
    if (component == "..") {
      return ReadError(start, "name: has a \"..\" component");
    }
  }
  header.path = std::string(path);
  position_ = std::min(end, source_.size());
  return header;
}

absl::StatusOr<std::string> CpioReader::ReadTarget(const CpioHeader& header) const {
  if ((header.mode & kTypeMask) != kTypeSymlink || header.size > kMaxName) {
    return absl::InvalidArgumentError(
        absl::StrCat(source_.name(), ": ", header.path, ": is no symbolic link, or too long"));
  }
  return source_.ReadString(header.offset, header.size);
}

absl::StatusOr<std::unique_ptr<ByteSource>> CpioReader::OpenFile(const CpioHeader& header) const {
  if ((header.mode & kTypeMask) != kTypeRegular) {
    return absl::InvalidArgumentError(absl::StrCat(source_.name(), ": ", header.path, ": is not a regular file"));
  }
  return SliceSource::Create(&source_, header.offset, header.size, absl::StrCat(source_.name(), ":", header.path));
}

}  // namespace tsmedia
