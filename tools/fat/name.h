// Names in FAT directories: what is legal, the 8.3 aliases, and the entries that hold long names.

#ifndef TSMEDIA_TOOLS_FAT_NAME_H_
#define TSMEDIA_TOOLS_FAT_NAME_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tsmedia::fat {

// A name as directory entries hold it.
struct EncodedName {
  // 8 + 3 bytes, filled with spaces.
  std::string short_name;
  // Long name in UTF-16; empty if the short name says it all.
  std::u16string long_name;
};

// CheckName is InvalidArgument, with what is wrong in the message, unless a file may be called `name` (UTF-8).
absl::Status CheckName(std::string_view name);

// EncodeNames returns the entries of the files and directories called `names` in one directory; InvalidArgument names
// the first that is illegal or equal to another but for case. Aliases depend on the set of names only: an
// upper-case 8.3 name is its own alias without a long name, a name whose upper case is 8.3 has that as alias, others
// get the usual STEM~N, numbered in bytewise order of the names. Takes linear time but for sorting.
absl::StatusOr<std::vector<EncodedName>> EncodeNames(const std::vector<std::string_view>& names);

// LongNameEntries returns the directory entries, last part first, that precede the short entry.
std::string LongNameEntries(const EncodedName& name);

}  // namespace tsmedia::fat

#endif  // TSMEDIA_TOOLS_FAT_NAME_H_
