#include "tools/boot/module_info.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// Offsets in Elf64_Ehdr and Elf64_Shdr (ELF-64 Object File Format 1.5, figures 2 and 7).
constexpr size_t kHeaderSize = 64;
constexpr size_t kSectionTableOffset = 40;  // e_shoff
constexpr size_t kSectionSize = 58;         // e_shentsize
constexpr size_t kSectionCount = 60;        // e_shnum
constexpr size_t kNameSectionIndex = 62;    // e_shstrndx
constexpr size_t kSectionHeaderSize = 64;
constexpr size_t kSectionNameOffset = 0;   // sh_name
constexpr size_t kSectionFileOffset = 24;  // sh_offset
constexpr size_t kSectionFileSize = 32;    // sh_size

// Little-endian 64-bit ELF: magic, ELFCLASS64, ELFDATA2LSB.
constexpr std::string_view kMagic =
    "\x7f"
    "ELF\x02\x01";

absl::Status Damaged(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("not a kernel module: ", what));
}

// Bytes [offset, offset + size) of `file`, or nothing if it has not so many.
std::optional<ByteSpan> Slice(ByteSpan file, uint64_t offset, uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) {
    return std::nullopt;
  }
  return file.subspan(offset, size);
}

// Sections gives the section headers of a module by index.
class Sections {
 public:
  static absl::StatusOr<Sections> Read(ByteSpan file) {
    if (file.size() < kHeaderSize || !absl::StartsWith(AsText(file), kMagic)) {
      return Damaged("no 64-bit ELF file");
    }
    const uint16_t count = LoadLittle<uint16_t>(&file[kSectionCount]);
    const std::optional<ByteSpan> table =
        Slice(file, LoadLittle<uint64_t>(&file[kSectionTableOffset]), uint64_t{count} * kSectionHeaderSize);
    if (LoadLittle<uint16_t>(&file[kSectionSize]) != kSectionHeaderSize || !table.has_value()) {
      return Damaged("the section headers lie outside of the file");
    }
    Sections sections(file, *table);
    const uint16_t names = LoadLittle<uint16_t>(&file[kNameSectionIndex]);
    if (names >= count) {
      return Damaged("it has no section names");
    }
    TSM_ASSIGN_OR_RETURN(sections.names_, sections.Content(names));
    return sections;
  }

  // The content of the section called `name`.
  absl::StatusOr<ByteSpan> Find(std::string_view name) const {
    for (size_t i = 0; i < table_.size() / kSectionHeaderSize; ++i) {
      const uint32_t at = LoadLittle<uint32_t>(&table_[i * kSectionHeaderSize + kSectionNameOffset]);
      const std::optional<ByteSpan> bytes = Slice(names_, at, name.size() + 1);
      if (bytes.has_value() && AsText(bytes->first(name.size())) == name && bytes->back() == 0) {
        return Content(i);
      }
    }
    return Damaged(absl::StrCat("it has no section ", name));
  }

 private:
  Sections(ByteSpan file, ByteSpan table) : file_(file), table_(table) {}

  absl::StatusOr<ByteSpan> Content(size_t index) const {
    const uint8_t* header = &table_[index * kSectionHeaderSize];
    const std::optional<ByteSpan> content = Slice(file_, LoadLittle<uint64_t>(header + kSectionFileOffset),
                                                  LoadLittle<uint64_t>(header + kSectionFileSize));
    if (!content.has_value()) {
      return Damaged(absl::StrCat("section ", index, " lies outside of the file"));
    }
    return *content;
  }

  ByteSpan file_;
  ByteSpan table_;
  ByteSpan names_;
};

// The names in a list such as "scsi_mod,cdrom" or "pre: crc32c post: x", as the kernel writes module names.
std::vector<std::string> Names(std::string_view list, std::string_view separators) {
  std::vector<std::string> names = absl::StrSplit(list, absl::ByAnyChar(separators), absl::SkipEmpty());
  for (std::string& name : names) {
    std::replace(name.begin(), name.end(), '-', '_');
  }
  return names;
}

void TakeSoftDependencies(std::string_view value, ModuleInfo& info) {
  bool before = false;
  for (std::string& word : Names(value, " ")) {
    if (absl::EndsWith(word, ":")) {
      before = word == "pre:";
    } else if (before) {
      info.soft_depends.push_back(std::move(word));
    }
  }
}

}  // namespace

absl::StatusOr<ModuleInfo> ParseModuleInfo(ByteSpan module) {
  TSM_ASSIGN_OR_RETURN(const Sections sections, Sections::Read(module));
  TSM_ASSIGN_OR_RETURN(const ByteSpan text, sections.Find(".modinfo"));
  ModuleInfo info;
  for (std::string_view entry : absl::StrSplit(AsText(text), '\0', absl::SkipEmpty())) {
    if (absl::ConsumePrefix(&entry, "name=")) {
      info.name = entry;
    } else if (absl::ConsumePrefix(&entry, "depends=")) {
      info.depends = Names(entry, ",");
    } else if (absl::ConsumePrefix(&entry, "softdep=")) {
      TakeSoftDependencies(entry, info);
    } else if (absl::ConsumePrefix(&entry, "alias=")) {
      info.aliases.emplace_back(entry);
    }
  }
  if (info.name.empty()) {
    return Damaged("it does not say its name");
  }
  return info;
}

}  // namespace tsmedia
