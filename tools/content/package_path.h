// Paths inside a package: what they may be, and how they are ordered.

#ifndef TSMEDIA_TOOLS_CONTENT_PACKAGE_PATH_H_
#define TSMEDIA_TOOLS_CONTENT_PACKAGE_PATH_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace tsmedia {

// Bytes of one component: NAME_MAX of Linux; 255 UTF-16 units of NTFS are never fewer than 255 bytes of UTF-8.
inline constexpr size_t kMaxComponentSize = 255;
// Bytes of a whole path, and of a link's target: PATH_MAX of Linux without the NUL.
inline constexpr size_t kMaxPathSize = 4095;
// Components of a path: what walks down a tree may hold that many directories open.
inline constexpr size_t kMaxPathDepth = 256;

// ValidatePackagePath is InvalidArgument, with the path quoted and the reason, unless `path` is relative, valid UTF-8
// without NUL, within the sizes above, and has no empty, "." or ".." component.
absl::Status ValidatePackagePath(std::string_view path);

// WindowsNameProblem says why Windows cannot have a file of this path (characters, device names, a trailing blank or
// dot; "Naming Files, Paths, and Namespaces", Microsoft), or nothing if it can. `path` is a valid package path.
std::optional<std::string> WindowsNameProblem(std::string_view path);

// MemberNameLess is the order of a pack's entries: bytewise by the name of the tar's member, which ends in '/' for a
// directory. So what is below a directory follows it immediately, and `LC_ALL=C sort` agrees with `tar t`.
bool MemberNameLess(std::string_view a, bool a_is_directory, std::string_view b, bool b_is_directory);

// QuoteName returns `name` in double quotes, with control characters, quotes, backslashes and bytes that are not UTF-8
// escaped, so that a message stays one line whatever an archive holds.
std::string QuoteName(std::string_view name);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_PACKAGE_PATH_H_
