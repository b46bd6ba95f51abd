#include "tools/iso9660/identifier.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "tools/base/utf16.h"

namespace tsmedia::iso {
namespace {

// An extension longer than this loses its end before the name does.
constexpr size_t kKeptExtension = 8;
// Room that MakeUnique keeps for a number: as many digits as a directory can have entries.
constexpr size_t kNumberRoom = 10;

// How many units name and extension may have together.
size_t MaxUnits(TreeKind tree, bool is_directory, bool has_extension) {
  if (tree == TreeKind::kIso9660) {
    return is_directory ? 31 : 30;
  }
  return has_extension ? 63 : 64;  // the '.' counts
}

size_t MaxNameUnits(TreeKind tree, bool is_directory, const Identifier& identifier) {
  return MaxUnits(tree, is_directory, !identifier.extension.empty()) - identifier.extension.size();
}

// What readers show, as key of a table: a directory "a.b" and a file "a" with extension "b" are one name to them.
std::u16string Key(std::u16string_view name, std::u16string_view extension) {
  std::u16string key(name);
  if (!extension.empty()) {
    key.push_back(u'.');
    key.append(extension);
  }
  return key;
}

std::strong_ordering ComparePadded(std::u16string_view a, std::u16string_view b) {
  size_t length = std::max(a.size(), b.size());
  for (size_t i = 0; i < length; ++i) {
    char16_t unit_a = i < a.size() ? a[i] : u' ';
    char16_t unit_b = i < b.size() ? b[i] : u' ';
    if (unit_a != unit_b) {
      return unit_a <=> unit_b;
    }
  }
  return std::strong_ordering::equal;
}

// Numbers the names of one directory.
class Numberer {
 public:
  Numberer(TreeKind tree, absl::flat_hash_set<std::u16string> taken) : tree_(tree), taken_(std::move(taken)) {}

  void Number(const NamedEntry& entry) {
    Identifier& identifier = *entry.identifier;
    size_t room = MaxNameUnits(tree_, entry.is_directory, identifier);
    // One counter for all names that share what is left of them beside the longest number: otherwise each of many
    // groups of equal names would count through the numbers that the others took.
    std::u16string_view stem = std::u16string_view(identifier.name).substr(0, room - std::min(room, kNumberRoom));
    uint32_t& next = next_number_[Key(stem, identifier.extension)];
    while (true) {
      std::string digits = absl::StrFormat("%03d", next++);
      std::u16string name = identifier.name.substr(0, std::min(identifier.name.size(), room - digits.size()));
      name.append(digits.begin(), digits.end());
      if (taken_.insert(Key(name, identifier.extension)).second) {
        identifier.name = std::move(name);
        return;
      }
    }
  }

 private:
  const TreeKind tree_;
  absl::flat_hash_set<std::u16string> taken_;
  absl::flat_hash_map<std::u16string, uint32_t> next_number_;
};

}  // namespace

char16_t MapJolietCharacter(char16_t unit) {
  static constexpr std::u16string_view kForbidden = u"*/:;?\\";
  bool allowed = unit >= 0x20 && !IsSurrogate(unit) && kForbidden.find(unit) == std::u16string_view::npos;
  return allowed ? unit : u'_';
}

Identifier MapName(TreeKind tree, std::u16string_view name, bool is_directory) {
  size_t dot = is_directory ? std::u16string_view::npos : name.rfind(u'.');
  if (dot == 0 || dot + 1 == name.size()) {
    dot = std::u16string_view::npos;  // ".profile" and "odd." have no extension
  }
  auto map = [tree](std::u16string_view part) {
    std::u16string mapped;
    mapped.reserve(part.size());
    for (size_t i = 0; i < part.size(); ++i) {
      if (IsSurrogate(part[i])) {
        ++i;  // one '_' for the pair
        mapped.push_back(u'_');
      } else {
        mapped.push_back(tree == TreeKind::kIso9660 ? MapDCharacter(part[i]) : MapJolietCharacter(part[i]));
      }
    }
    return mapped;
  };
  Identifier identifier;
  identifier.name = map(name.substr(0, dot));
  if (dot != std::u16string_view::npos) {
    identifier.extension = map(name.substr(dot + 1));
  }
  size_t max_units = MaxUnits(tree, is_directory, !identifier.extension.empty());
  if (identifier.name.size() + identifier.extension.size() > max_units &&
      identifier.extension.size() > kKeptExtension) {
    identifier.extension.resize(kKeptExtension);
  }
  identifier.name.resize(std::min(identifier.name.size(), max_units - identifier.extension.size()));
  return identifier;
}

void MakeUnique(TreeKind tree, std::vector<NamedEntry>& entries) {
  if (entries.size() < 2) {
    return;
  }
  absl::flat_hash_map<std::u16string, uint32_t> count;
  count.reserve(entries.size());
  for (const NamedEntry& entry : entries) {
    ++count[Key(entry.identifier->name, entry.identifier->extension)];
  }
  if (count.size() == entries.size()) {
    return;
  }
  // A name that only one entry has stays as it is, so no number may lead to it; names that collide go altogether.
  absl::flat_hash_set<std::u16string> taken;
  for (const auto& [key, number] : count) {
    if (number == 1) {
      taken.insert(key);
    }
  }
  Numberer numberer(tree, std::move(taken));
  for (const NamedEntry& entry : entries) {
    if (count[Key(entry.identifier->name, entry.identifier->extension)] > 1) {
      numberer.Number(entry);
    }
  }
}

std::strong_ordering CompareIdentifiers(const Identifier& a, const Identifier& b) {
  std::strong_ordering order = ComparePadded(a.name, b.name);
  return order != std::strong_ordering::equal ? order : ComparePadded(a.extension, b.extension);
}

std::string Spell(TreeKind tree, const Identifier& identifier, bool is_directory) {
  const bool is_joliet = tree == TreeKind::kJoliet;
  std::string bytes;
  bytes.reserve((identifier.name.size() + identifier.extension.size() + 3) * (is_joliet ? 2 : 1));
  const auto append = [&](std::u16string_view units) {
    for (char16_t unit : units) {
      if (is_joliet) {
        bytes.push_back(static_cast<char>(unit >> 8));
      }
      bytes.push_back(static_cast<char>(unit & 0xff));
    }
  };
  append(identifier.name);
  if (!is_directory) {
    append(is_joliet && identifier.extension.empty() ? u"" : u".");
    append(identifier.extension);
    append(u";1");
  }
  return bytes;
}

}  // namespace tsmedia::iso
