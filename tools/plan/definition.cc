#include "tools/plan/definition.h"

#include <algorithm>
#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tools/base/package_id.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// A label names the medium to people; the volume names of ISO 9660, Joliet and FAT are derived from it.
constexpr size_t kMaxLabelLength = 32;
// Limits of Configuration Manager for task sequence variables.
constexpr size_t kMaxVariableNameLength = 256;
constexpr size_t kMaxVariableValueLength = 4000;
constexpr size_t kMaxCommandLineLength = 32767;  // of Windows, and far above what a Linux command needs
// ISO 9660 volume dates have four digits for the year; FAT's directory entries end in 2107.
constexpr int64_t kMaxFileTime = 4354819199;  // 2107-12-31T23:59:59Z

absl::Status AttributeError(std::string_view attribute, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(attribute, ": ", what));
}

constexpr std::array<std::pair<MediaKind, std::string_view>, 4> kMediaKindNames = {{
    {STANDALONE, "standalone"},
    {BOOTABLE, "bootable"},
    {PRESTAGED, "prestaged"},
    {CAPTURE, "capture"},
}};

absl::Status CheckLabel(std::string_view label) {
  bool printable = std::ranges::all_of(label, [](char c) { return c >= 0x20 && c < 0x7f; });
  if (label.empty() || label.size() > kMaxLabelLength || !printable || label.front() == ' ' || label.back() == ' ') {
    return AttributeError("label", absl::StrCat("\"", absl::CHexEscape(label), "\" is not 1 to ", kMaxLabelLength,
                                                " printable ASCII characters without a blank at either end"));
  }
  return absl::OkStatus();
}

absl::Status CheckPrestart(const Prestart& prestart) {
  TSM_RETURN_IF_ERROR(ValidatePackageId(prestart.package_id));
  if (prestart.command_line.empty() || prestart.command_line.size() > kMaxCommandLineLength ||
      prestart.command_line.find('\n') != std::string::npos) {
    return AttributeError(
        "prestart", absl::StrCat("the command line must be one line of at most ", kMaxCommandLineLength, " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateVariable(std::string_view name, std::string_view value) {
  bool characters = std::ranges::all_of(
      name, [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; });
  if (name.empty() || name.size() > kMaxVariableNameLength || !characters ||
      !absl::ascii_isalpha(static_cast<unsigned char>(name[0]))) {
    return AttributeError("variables", absl::StrCat("\"", absl::CHexEscape(name),
                                                    "\" is no name of a media variable: it must begin with a letter, "
                                                    "go on with letters, digits, '_' and '-', and have at most ",
                                                    kMaxVariableNameLength, " characters"));
  }
  if (value.size() > kMaxVariableValueLength) {
    return AttributeError("variables", absl::StrCat(name, ": the value has ", value.size(), " bytes; at most ",
                                                    kMaxVariableValueLength, " are allowed"));
  }
  return absl::OkStatus();
}

absl::Status ValidateDefinition(const MediaDefinition& definition) {
  TSM_RETURN_IF_ERROR(CheckLabel(definition.label));
  if (definition.not_before != 0 && definition.not_after != 0 && definition.not_before >= definition.not_after) {
    return AttributeError("not_after", absl::StrCat("the medium would end (", FormatTime(definition.not_after),
                                                    ") before it begins (", FormatTime(definition.not_before), ")"));
  }
  if (definition.file_time < kDefaultFileTime || definition.file_time > kMaxFileTime) {
    return AttributeError("file_time",
                          "it must lie between 1980-01-01T00:00:00Z and 2107-12-31T23:59:59Z, which every "
                          "file system of a medium can say");
  }
  for (const auto& [name, value] : definition.variables) {
    TSM_RETURN_IF_ERROR(ValidateVariable(name, value));
  }
  return definition.prestart.has_value() ? CheckPrestart(*definition.prestart) : absl::OkStatus();
}

absl::StatusOr<MediaKind> ParseMediaKind(std::string_view text) {
  for (const auto& [kind, name] : kMediaKindNames) {
    if (text == name) {
      return kind;
    }
  }
  return AttributeError("kind", absl::StrCat("\"", text, "\" is none of standalone, bootable, prestaged, capture"));
}

std::string_view MediaKindName(MediaKind kind) {
  return std::ranges::find(kMediaKindNames, kind, &std::pair<MediaKind, std::string_view>::first)->second;
}

absl::StatusOr<int64_t> ParseTime(std::string_view attribute, std::string_view text) {
  if (text.empty()) {
    return 0;
  }
  absl::Time time;
  std::string error;
  // The 'Z' is demanded literally: a local time would mean different things on different machines.
  // Formatting again refuses what the parser forgives: blanks, short years, second 60.
  if (text.size() != std::string_view("2026-01-01T00:00:00Z").size() ||
      !absl::ParseTime("%Y-%m-%dT%H:%M:%SZ", text, absl::UTCTimeZone(), &time, &error) ||
      FormatTime(absl::ToUnixSeconds(time)) != text) {
    return AttributeError(
        attribute, absl::StrCat("\"", absl::CHexEscape(text), "\" is no time in UTC such as 2026-01-01T00:00:00Z"));
  }
  return absl::ToUnixSeconds(time);
}

std::string FormatTime(int64_t seconds) {
  return seconds == 0 ? ""
                      : absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
}

}  // namespace tsmedia
