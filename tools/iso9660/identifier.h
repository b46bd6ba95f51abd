// File and directory identifiers: what a name becomes in the ISO 9660 and in the Joliet tree.

#ifndef TSMEDIA_TOOLS_ISO9660_IDENTIFIER_H_
#define TSMEDIA_TOOLS_ISO9660_IDENTIFIER_H_

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tsmedia::iso {

// The two trees of a volume.
enum class TreeKind { kIso9660, kJoliet };

// Identifier is a name in parts as ECMA-119 7.5.1 has them: FILE NAME and FILE NAME EXTENSION; a directory's name has
// no extension. Units are d-characters or UCS-2.
struct Identifier {
  std::u16string name;
  std::u16string extension;

  friend bool operator==(const Identifier&, const Identifier&) = default;
};

// IsDCharacter: A-Z, 0-9 and _ (ECMA-119 7.4.1).
constexpr bool IsDCharacter(char16_t unit) {
  return (unit >= u'A' && unit <= u'Z') || (unit >= u'0' && unit <= u'9') || unit == u'_';
}

constexpr char16_t AsciiUpper(char16_t unit) {
  return unit >= u'a' && unit <= u'z' ? static_cast<char16_t>(unit - u'a' + u'A') : unit;
}

// MapDCharacter is the d-character for `unit`: itself, its upper case, or '_'.
constexpr char16_t MapDCharacter(char16_t unit) { return IsDCharacter(AsciiUpper(unit)) ? AsciiUpper(unit) : u'_'; }

// MapJolietCharacter is `unit` itself, or '_' if Joliet does not allow it (Joliet specification, section "Joliet SVD
// identifier charset": control characters and * / : ; ? \ ), or if it is half of a character beyond UCS-2.
char16_t MapJolietCharacter(char16_t unit);

// MapName returns the identifier of a file or directory called `name` (UTF-16), cut to the length that the tree allows:
//   ISO 9660  file: 30 d-characters in name and extension together; directory: 31 (ECMA-119 7.5.1, 7.6.3)
//   Joliet    64 units, the '.' counted
// An extension that makes the name too long is cut to 8 units first. Two names may become equal: see MakeUnique.
Identifier MapName(TreeKind tree, std::u16string_view name, bool is_directory);

// A name in a directory, for MakeUnique.
struct NamedEntry {
  Identifier* identifier;
  bool is_directory;
};

// MakeUnique changes the identifiers of `entries` that are equal: the end of each such name is replaced by a number of
// at least three digits, counted up in the order of `entries` (callers order them by their real names, so that the
// result does not depend on the order of the input). Takes linear time, however many collide.
void MakeUnique(TreeKind tree, std::vector<NamedEntry>& entries);

// CompareIdentifiers is the order of ECMA-119 9.3: names as if padded with spaces, then extensions likewise.
std::strong_ordering CompareIdentifiers(const Identifier& a, const Identifier& b);

// Spell returns the identifier's bytes as they stand in a directory record: name, '.', extension and ";1" for a file
// (ISO 9660 always has the '.', Joliet only before an extension); two bytes a unit, big-endian, in the Joliet tree.
std::string Spell(TreeKind tree, const Identifier& identifier, bool is_directory);

}  // namespace tsmedia::iso

#endif  // TSMEDIA_TOOLS_ISO9660_IDENTIFIER_H_
