#include "tools/content/tar_writer.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/str_cat.h"

namespace tsmedia {
namespace {

using HeaderBlock = std::array<uint8_t, kTarBlockSize>;

// Name of the pax headers themselves; who does not know pax sees a file of this name. The same as Python's tarfile.
constexpr std::string_view kPaxHeaderName = "././@PaxHeader";
constexpr uint32_t kPaxHeaderMode = 0644;

// UstarName is a path divided over the fields `name` and `prefix`, which a reader joins by '/'.
struct UstarName {
  std::string_view prefix;
  std::string_view name;
};

// ustar names are ISO 646; what programs make of other bytes depends on the locale, but pax records are UTF-8.
bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

// SplitUstar divides at the first '/' that leaves a short enough name; nothing if there is none.
std::optional<UstarName> SplitUstar(std::string_view path) {
  if (path.size() <= kTarName.size) {
    return UstarName{"", path};
  }
  size_t slash = path.find('/', path.size() - kTarName.size - 1);
  // A '/' at the end belongs to a directory's name; it cannot be the division.
  if (slash == std::string_view::npos || slash > kTarPrefix.size || slash + 1 == path.size()) {
    return std::nullopt;
  }
  return UstarName{path.substr(0, slash), path.substr(slash + 1)};
}

void PutText(std::string_view text, TarField field, HeaderBlock& header) {
  text.copy(reinterpret_cast<char*>(header.data()) + field.offset, field.size);
}

// PutOctal fills all of `field` but its last byte, which stays NUL, with octal digits.
void PutOctal(uint64_t value, TarField field, HeaderBlock& header) {
  for (size_t i = field.size - 1; i-- > 0;) {
    header[field.offset + i] = static_cast<uint8_t>('0' + (value & 7));
    value >>= 3;
  }
}

struct Owner {
  uint32_t uid = 0;
  uint32_t gid = 0;
};

void AppendBlock(char type, const UstarName& name, std::string_view link_target, uint32_t mode, Owner owner,
                 uint64_t size, uint64_t time, std::string* out) {
  HeaderBlock header = {};
  PutText(name.name, kTarName, header);
  PutText(name.prefix, kTarPrefix, header);
  PutText(link_target, kTarLinkName, header);
  PutOctal(mode, kTarMode, header);
  PutOctal(owner.uid, kTarUid, header);
  PutOctal(owner.gid, kTarGid, header);
  PutOctal(size, kTarSize, header);
  PutOctal(time, kTarTime, header);
  header[kTarTypeOffset] = static_cast<uint8_t>(type);
  PutText(std::string_view("ustar\0", 6), kTarMagic, header);
  PutText("00", kTarVersion, header);
  PutOctal(0, kTarDevMajor, header);
  PutOctal(0, kTarDevMinor, header);
  // Six digits, a NUL and a blank, as every ustar writer has it.
  PutOctal(TarChecksum(header), {kTarChecksum.offset, kTarChecksum.size - 1}, header);
  header[kTarChecksum.offset + kTarChecksum.size - 1] = ' ';
  out->append(reinterpret_cast<const char*>(header.data()), header.size());
}

// A pax record is "LENGTH KEYWORD=VALUE\n", where LENGTH counts itself.
void AppendPaxRecord(std::string_view keyword, std::string_view value, std::string* records) {
  size_t rest = keyword.size() + value.size() + 3;  // blank, '=' and line feed
  size_t length = rest + 1;
  while (rest + absl::StrCat(length).size() != length) {
    length = rest + absl::StrCat(length).size();
  }
  absl::StrAppend(records, length, " ", keyword, "=", value, "\n");
}

// FirstBytes cuts ASCII or UTF-8 text to at most `size` bytes without cutting a character.
std::string_view FirstBytes(std::string_view text, size_t size) {
  if (text.size() <= size) {
    return text;
  }
  while (size > 0 && (static_cast<uint8_t>(text[size]) & 0xc0) == 0x80) {
    --size;
  }
  return text.substr(0, size);
}

char TypeFlag(EntryType type) {
  switch (type) {
    case EntryType::kDirectory:
      return kTarTypeDirectory;
    case EntryType::kSymlink:
      return kTarTypeSymlink;
    case EntryType::kFile:
      break;
  }
  return kTarTypeFile;
}

}  // namespace

void AppendTarHeader(const TarMember& member, std::string* out) {
  std::string with_slash;
  std::string_view path = member.path;
  if (member.type == EntryType::kDirectory) {
    with_slash = absl::StrCat(path, "/");
    path = with_slash;
  }
  std::string records;
  std::optional<UstarName> name = IsAscii(path) ? SplitUstar(path) : std::nullopt;
  if (!name.has_value()) {
    AppendPaxRecord("path", path, &records);
    name = UstarName{"", FirstBytes(path, kTarName.size)};
  }
  if (member.link_target.size() > kTarLinkName.size || !IsAscii(member.link_target)) {
    AppendPaxRecord("linkpath", member.link_target, &records);
  }
  bool large = member.size > kTarMaxOctal;
  if (large) {
    AppendPaxRecord("size", absl::StrCat(member.size), &records);
  }
  if (!records.empty()) {
    AppendBlock(kTarTypePax, UstarName{"", kPaxHeaderName}, "", kPaxHeaderMode, Owner(), records.size(), member.time,
                out);
    out->append(records);
    out->append(TarPadding(records.size()), '\0');
  }
  AppendBlock(TypeFlag(member.type), *name, FirstBytes(member.link_target, kTarLinkName.size), member.mode,
              {.uid = member.uid, .gid = member.gid}, large ? 0 : member.size, member.time, out);
}

}  // namespace tsmedia
