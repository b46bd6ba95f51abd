#include "tools/content/tar_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// An extended header is read into memory. Names have at most 4,095 bytes on Linux; the rest are attributes.
constexpr uint64_t kMaxExtensionSize = 1 * kMiB;
// Extended headers in a row before a member.
constexpr int kMaxExtensions = 16;
// Members lie far below it; keeps sums of offsets from overflowing.
constexpr uint64_t kMaxFileSize = uint64_t{1} << 60;

std::string_view UntilNul(ByteSpan field) {
  std::string_view text = AsText(field);
  return text.substr(0, text.find('\0'));
}

// Octal digits, after any blanks and before a blank or NUL. An empty field is 0.
std::optional<uint64_t> ParseOctal(ByteSpan field) {
  size_t i = 0;
  while (i < field.size() && field[i] == ' ') {
    ++i;
  }
  uint64_t value = 0;
  for (; i < field.size() && field[i] != ' ' && field[i] != '\0'; ++i) {
    if (field[i] < '0' || field[i] > '7' || value >> 61 != 0) {
      return std::nullopt;
    }
    value = value * 8 + (field[i] - '0');
  }
  return value;
}

// GNU's numbers for what octal cannot hold: two's complement, big-endian, with the first bit set as the mark.
std::optional<uint64_t> ParseBase256(ByteSpan field) {
  if ((field[0] & 0x40) != 0) {
    return std::nullopt;  // negative
  }
  uint64_t value = field[0] & 0x3f;
  for (uint8_t byte : field.subspan(1)) {
    if (value >> 56 != 0) {
      return std::nullopt;
    }
    value = value << 8 | byte;
  }
  return value;
}

std::optional<uint64_t> ParseNumber(ByteSpan field) {
  return (field[0] & 0x80) != 0 ? ParseBase256(field) : ParseOctal(field);
}

// Some old programs summed the bytes as signed.
uint32_t SignedChecksum(ByteSpan header) {
  uint32_t sum = TarChecksum(header);
  for (size_t i = 0; i < header.size(); ++i) {
    bool in_checksum = i >= kTarChecksum.offset && i < kTarChecksum.offset + kTarChecksum.size;
    if (!in_checksum && header[i] >= 0x80) {
      sum -= 256;
    }
  }
  return sum;
}

// POSIX.1-2017 decimal number of a pax record.
std::optional<uint64_t> ParseDecimal(std::string_view text) {
  uint64_t value = 0;
  bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || !absl::SimpleAtoi(text, &value)) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

absl::Status TarReader::Error(uint64_t offset, std::string_view problem) const {
  return absl::DataLossError(absl::StrCat(stream_->name(), ": damaged tar archive at offset ", offset, ": ", problem));
}

absl::Status TarReader::Unsupported(uint64_t offset, std::string_view problem) const {
  return absl::UnimplementedError(absl::StrCat(stream_->name(), ": tar archive, offset ", offset, ": ", problem));
}

absl::Status TarReader::ReadFully(MutableByteSpan out) {
  TSM_RETURN_IF_ERROR(ReadExactly(*stream_, out));
  position_ += out.size();
  return absl::OkStatus();
}

absl::StatusOr<size_t> TarReader::Read(MutableByteSpan out) {
  size_t wanted = static_cast<size_t>(std::min<uint64_t>(out.size(), remaining_));
  if (wanted == 0) {
    return 0;
  }
  TSM_ASSIGN_OR_RETURN(size_t got, stream_->Read(out.subspan(0, wanted)));
  if (got == 0) {
    return Error(position_, "it ends within a file");
  }
  position_ += got;
  remaining_ -= got;
  return got;
}

absl::StatusOr<std::optional<TarEntry>> TarReader::Next() {
  if (at_end_) {
    return std::nullopt;
  }
  TSM_RETURN_IF_ERROR(stream_->Skip(remaining_ + padding_));
  position_ += remaining_ + padding_;
  remaining_ = 0;
  padding_ = 0;
  Overrides local;
  for (int extensions = 0; extensions <= kMaxExtensions; ++extensions) {
    Header header;
    TSM_ASSIGN_OR_RETURN(bool found, ReadHeader(header));
    if (!found) {
      if (extensions > 0 && local.path.has_value()) {
        return Error(position_, "an extended header is not followed by a file");
      }
      at_end_ = true;
      return std::nullopt;
    }
    TSM_ASSIGN_OR_RETURN(bool extension, TakeExtension(header, local));
    if (!extension) {
      TSM_ASSIGN_OR_RETURN(TarEntry entry, MakeEntry(header, std::move(local)));
      return entry;
    }
  }
  return Error(position_, "too many extended headers in a row");
}

absl::StatusOr<bool> TarReader::ReadHeader(Header& header) {
  header.offset = position_;
  TSM_ASSIGN_OR_RETURN(size_t got, ReadUpTo(*stream_, absl::MakeSpan(header.block)));
  position_ += got;
  if (got < kTarBlockSize) {
    return Error(header.offset, "it ends without a block of zeros; it is truncated or no tar archive");
  }
  if (AllZero(ByteSpan(header.block))) {
    TSM_RETURN_IF_ERROR(CheckEnd());
    return false;
  }
  std::optional<uint64_t> checksum = ParseOctal(header.Field(kTarChecksum));
  ByteSpan block(header.block);
  if (!checksum.has_value() || (*checksum != TarChecksum(block) && *checksum != SignedChecksum(block))) {
    return Error(header.offset, header.offset == 0 ? "this is no tar header" : "wrong checksum of a header");
  }
  return true;
}

// What follows the end would be lost; `cat a.tar b.tar` looks like this.
absl::Status TarReader::CheckEnd() {
  uint8_t buffer[16 * kTarBlockSize];
  while (true) {
    TSM_ASSIGN_OR_RETURN(size_t got, stream_->Read(absl::MakeSpan(buffer)));
    if (got == 0) {
      return absl::OkStatus();
    }
    if (!AllZero(ByteSpan(buffer, got))) {
      return Error(position_, "there is data after the end of the archive");
    }
    position_ += got;
  }
}

absl::StatusOr<uint64_t> TarReader::Number(const Header& header, TarField field, std::string_view name) const {
  std::optional<uint64_t> number = ParseNumber(header.Field(field));
  if (!number.has_value()) {
    return Error(header.offset + field.offset, absl::StrCat("the field ", name, " is no number in range"));
  }
  return *number;
}

absl::StatusOr<std::string> TarReader::ReadExtension(const Header& header) {
  TSM_ASSIGN_OR_RETURN(uint64_t size, Number(header, kTarSize, "size"));
  if (size > kMaxExtensionSize) {
    return Error(header.offset,
                 absl::StrCat("an extended header of ", size, " bytes; the limit is ", kMaxExtensionSize));
  }
  std::string data(static_cast<size_t>(size) + TarPadding(size), '\0');
  TSM_RETURN_IF_ERROR(ReadFully(MutableByteSpan(reinterpret_cast<uint8_t*>(data.data()), data.size())));
  data.resize(static_cast<size_t>(size));
  return data;
}

absl::StatusOr<bool> TarReader::TakeExtension(const Header& header, Overrides& local) {
  switch (header.type()) {
    case kTarTypePax: {
      TSM_ASSIGN_OR_RETURN(std::string records, ReadExtension(header));
      TSM_RETURN_IF_ERROR(ParsePax(header, records, local));
      return true;
    }
    case kTarTypePaxGlobal: {
      TSM_ASSIGN_OR_RETURN(std::string records, ReadExtension(header));
      TSM_RETURN_IF_ERROR(ParsePax(header, records, global_));
      return true;
    }
    case kTarTypeGnuLongName:
    case kTarTypeGnuLongLink: {
      TSM_ASSIGN_OR_RETURN(std::string name, ReadExtension(header));
      name.resize(std::min(name.size(), name.find('\0')));
      (header.type() == kTarTypeGnuLongName ? local.path : local.link_target) = std::move(name);
      return true;
    }
    default:
      return false;
  }
}

absl::Status TarReader::ParsePax(const Header& header, std::string_view records, Overrides& overrides) const {
  while (!records.empty()) {
    size_t blank = records.find(' ');
    std::optional<uint64_t> length = ParseDecimal(records.substr(0, std::min(blank, records.size())));
    if (blank == std::string_view::npos || !length.has_value() || *length > records.size() || *length < blank + 2 ||
        records[static_cast<size_t>(*length) - 1] != '\n') {
      return Error(header.offset, "a pax record has a wrong length");
    }
    std::string_view record = records.substr(blank + 1, static_cast<size_t>(*length) - blank - 2);
    records.remove_prefix(static_cast<size_t>(*length));
    size_t equals = record.find('=');
    if (equals == std::string_view::npos) {
      return Error(header.offset, "a pax record has no '='");
    }
    TSM_RETURN_IF_ERROR(ApplyPaxRecord(header, record.substr(0, equals), record.substr(equals + 1), overrides));
  }
  return absl::OkStatus();
}

// Times and comments are of no use to us. An empty value takes an earlier one back.
absl::Status TarReader::ApplyPaxRecord(const Header& header, std::string_view keyword, std::string_view value,
                                       Overrides& overrides) const {
  if (absl::StartsWith(keyword, "GNU.sparse.")) {
    return Unsupported(header.offset, "a sparse file; make the archive without --sparse");
  }
  if (absl::ConsumePrefix(&keyword, "SCHILY.xattr.")) {
    overrides.attributes[std::string(keyword)] = std::string(value);
    return absl::OkStatus();
  }
  if (keyword == "path" || keyword == "linkpath") {
    auto& text = keyword == "path" ? overrides.path : overrides.link_target;
    text = value.empty() ? std::nullopt : std::make_optional<std::string>(value);
    return absl::OkStatus();
  }
  std::optional<uint64_t>* number = keyword == "size"  ? &overrides.size
                                    : keyword == "uid" ? &overrides.uid
                                    : keyword == "gid" ? &overrides.gid
                                                       : nullptr;
  if (number == nullptr) {
    return absl::OkStatus();
  }
  *number = ParseDecimal(value);
  if (!number->has_value() && !value.empty()) {
    return Error(header.offset, absl::StrCat("the pax record ", keyword, " is no number in range"));
  }
  return absl::OkStatus();
}

absl::StatusOr<TarEntry> TarReader::MakeEntry(const Header& header, Overrides local) {
  TarEntry entry;
  entry.header_offset = header.offset;
  entry.data_offset = position_;
  TSM_RETURN_IF_ERROR(SetNames(header, local, entry));
  TSM_RETURN_IF_ERROR(SetType(header, entry));
  TSM_ASSIGN_OR_RETURN(uint64_t mode, Number(header, kTarMode, "mode"));
  entry.mode = static_cast<uint32_t>(mode & 07777);
  auto pick = [&](std::optional<uint64_t> own, std::optional<uint64_t> global, TarField field,
                  std::string_view name) -> absl::StatusOr<uint64_t> {
    return own.has_value() ? *own : global.has_value() ? *global : Number(header, field, name);
  };
  TSM_ASSIGN_OR_RETURN(entry.uid, pick(local.uid, global_.uid, kTarUid, "uid"));
  TSM_ASSIGN_OR_RETURN(entry.gid, pick(local.gid, global_.gid, kTarGid, "gid"));
  TSM_ASSIGN_OR_RETURN(entry.size, pick(local.size, global_.size, kTarSize, "size"));
  if (entry.type == TarEntry::Type::kCharDevice || entry.type == TarEntry::Type::kBlockDevice) {
    // Blank in old archives.
    entry.device_major = ParseNumber(header.Field(kTarDevMajor)).value_or(0);
    entry.device_minor = ParseNumber(header.Field(kTarDevMinor)).value_or(0);
  }
  entry.attributes = std::move(local.attributes);
  // Of no use but for extraction; negative and impossible times are not worth an error.
  entry.time = ParseNumber(header.Field(kTarTime)).value_or(0);
  if (entry.size > kMaxFileSize) {
    return Error(header.offset, absl::StrCat("impossible size ", entry.size));
  }
  if (entry.type != TarEntry::Type::kFile && entry.size != 0) {
    // Programs differ in whether data follows; to guess wrong is to read data as headers.
    return Unsupported(header.offset, "a link, directory or device with a size");
  }
  remaining_ = entry.size;
  padding_ = TarPadding(entry.size);
  return entry;
}

absl::Status TarReader::SetNames(const Header& header, const Overrides& overrides, TarEntry& entry) const {
  const std::optional<std::string>& path = overrides.path.has_value() ? overrides.path : global_.path;
  const std::optional<std::string>& target =
      overrides.link_target.has_value() ? overrides.link_target : global_.link_target;
  if (path.has_value()) {
    entry.path = *path;
  } else {
    // GNU's own magic is "ustar  ": there the prefix field means other things.
    bool ustar = AsText(header.Field(kTarMagic)) == std::string_view("ustar\0", 6);
    std::string_view prefix = ustar ? UntilNul(header.Field(kTarPrefix)) : std::string_view();
    entry.path = absl::StrCat(prefix, prefix.empty() ? "" : "/", UntilNul(header.Field(kTarName)));
  }
  entry.link_target = target.has_value() ? *target : std::string(UntilNul(header.Field(kTarLinkName)));
  if (entry.path.find('\0') != std::string::npos || entry.link_target.find('\0') != std::string::npos) {
    return Error(header.offset, "a name has a NUL character");
  }
  if (entry.path.empty()) {
    return Error(header.offset, "a name is empty");
  }
  return absl::OkStatus();
}

absl::Status TarReader::SetType(const Header& header, TarEntry& entry) const {
  using Type = TarEntry::Type;
  switch (header.type()) {
    case kTarTypeOldFile:
    case kTarTypeFile:
    case kTarTypeContiguousFile:
      entry.type = entry.path.back() == '/' ? Type::kDirectory : Type::kFile;
      break;
    case kTarTypeHardLink:
      entry.type = Type::kHardLink;
      break;
    case kTarTypeSymlink:
      entry.type = Type::kSymlink;
      break;
    case kTarTypeCharDevice:
      entry.type = Type::kCharDevice;
      break;
    case kTarTypeBlockDevice:
      entry.type = Type::kBlockDevice;
      break;
    case kTarTypeDirectory:
      entry.type = Type::kDirectory;
      break;
    case kTarTypeFifo:
      entry.type = Type::kFifo;
      break;
    case kTarTypeGnuSparse:
      return Unsupported(header.offset, "a sparse file; make the archive without --sparse");
    default:
      return Unsupported(header.offset,
                         absl::StrCat("a member of the unknown type ", static_cast<int>(header.block[kTarTypeOffset])));
  }
  if (entry.type != Type::kSymlink && entry.type != Type::kHardLink) {
    entry.link_target.clear();
  } else if (entry.link_target.empty()) {
    return Error(header.offset, "a link without a target");
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
