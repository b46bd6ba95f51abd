// What an engineer said about a medium: the values of a definition, checked before anything is planned from them.

#ifndef TSMEDIA_TOOLS_PLAN_DEFINITION_H_
#define TSMEDIA_TOOLS_PLAN_DEFINITION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "tools/plan/media.pb.h"

namespace tsmedia {

// Orders variable names as Configuration Manager does: without regard to case.
struct VariableNameLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const {
    return absl::AsciiStrToLower(a) < absl::AsciiStrToLower(b);
  }
};
using VariableMap = std::map<std::string, std::string, VariableNameLess>;

// The earliest time that FAT can say, 1980-01-01T00:00:00Z, in seconds since 1970: the default of file times.
inline constexpr int64_t kDefaultFileTime = 315532800;

// What runs before the task sequence, from which package.
struct Prestart {
  std::string package_id;
  std::string command_line;
};

struct MediaDefinition {
  std::string target;  // label of the medium, for messages and the plan
  MediaKind kind = STANDALONE;
  std::string label;
  std::string arch;
  int64_t not_before = 0;  // seconds since 1970; 0: no beginning
  int64_t not_after = 0;   // seconds since 1970; 0: no end
  int64_t file_time = kDefaultFileTime;
  bool unattended = false;
  bool keep_unlocked = false;
  bool verify_first = false;  // every package, before anything is changed
  VariableMap variables;
  std::optional<Prestart> prestart;
  std::string build_root;
};

// ValidateDefinition is InvalidArgument, naming the attribute, if a value is outside of what media can carry.
absl::Status ValidateDefinition(const MediaDefinition& definition);

// ParseMediaKind reads `standalone`, `bootable`, `prestaged` or `capture`.
absl::StatusOr<MediaKind> ParseMediaKind(std::string_view text);

// MediaKindName is the inverse of ParseMediaKind.
std::string_view MediaKindName(MediaKind kind);

// ParseTime reads "2026-01-01T00:00:00Z" (RFC 3339 in UTC, whole seconds) as seconds since 1970; "" is 0.
absl::StatusOr<int64_t> ParseTime(std::string_view attribute, std::string_view text);

// FormatTime is the inverse of ParseTime; 0 is "".
std::string FormatTime(int64_t seconds);

// ValidateVariable checks one media variable: its name is [A-Za-z][A-Za-z0-9_-]*, at most 256 characters (names that
// begin with '_' are read-only), its value valid UTF-8 of at most 4,000 characters.
absl::Status ValidateVariable(std::string_view name, std::string_view value);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_DEFINITION_H_
