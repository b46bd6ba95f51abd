#include "tools/content/package_path.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/base/status_macros.h"
#include "tools/base/utf8.h"

namespace tsmedia {
namespace {

// Names of devices in every directory, alone or followed by a dot or blanks. The digits 1 to 3 count as superscripts
// of ISO 8859-1 too.
constexpr std::array<std::string_view, 28> kWindowsDevices = {
    "con",  "prn",         "aux",         "nul",         "com1",        "com2",        "com3",
    "com4", "com5",        "com6",        "com7",        "com8",        "com9",        "lpt1",
    "lpt2", "lpt3",        "lpt4",        "lpt5",        "lpt6",        "lpt7",        "lpt8",
    "lpt9", "com\xc2\xb9", "com\xc2\xb2", "com\xc2\xb3", "lpt\xc2\xb9", "lpt\xc2\xb2", "lpt\xc2\xb3"};

absl::Status PathError(std::string_view path, std::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(QuoteName(path), ": ", problem));
}

absl::Status ValidateComponent(std::string_view path, std::string_view component) {
  if (component.empty()) {
    return PathError(path, "the path has an empty component");
  }
  if (component == "." || component == "..") {
    return PathError(path, absl::StrCat("the path has the component \"", component, "\""));
  }
  if (component.size() > kMaxComponentSize) {
    return PathError(path,
                     absl::StrCat("a component has ", component.size(), " bytes; the limit is ", kMaxComponentSize));
  }
  return absl::OkStatus();
}

std::optional<std::string> ComponentProblem(std::string_view component) {
  for (char c : component) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      return "a control character";
    }
    if (std::string_view("<>:\"\\|?*").find(c) != std::string_view::npos) {
      return absl::StrCat("the character ", std::string_view(&c, 1));
    }
  }
  if (component.back() == ' ' || component.back() == '.') {
    return "a blank or dot at the end of a name";
  }
  std::string_view stem = component.substr(0, component.find('.'));
  std::string device = absl::AsciiStrToLower(absl::StripTrailingAsciiWhitespace(stem));
  if (std::find(kWindowsDevices.begin(), kWindowsDevices.end(), device) != kWindowsDevices.end()) {
    return absl::StrCat("the device name ", absl::AsciiStrToUpper(device));
  }
  return std::nullopt;
}

}  // namespace

absl::Status ValidatePackagePath(std::string_view path) {
  if (path.empty()) {
    return absl::InvalidArgumentError("a path is empty");
  }
  if (!IsValidUtf8(path)) {
    return PathError(path, "the path is not valid UTF-8");
  }
  if (path.find('\0') != std::string_view::npos) {
    return PathError(path, "the path has a NUL character");
  }
  if (path.size() > kMaxPathSize) {
    return PathError(path, absl::StrCat("the path has ", path.size(), " bytes; the limit is ", kMaxPathSize));
  }
  if (path.front() == '/') {
    return PathError(path, "the path is absolute; paths in a package are relative");
  }
  size_t depth = 0;
  for (std::string_view component : absl::StrSplit(path, '/')) {
    TSM_RETURN_IF_ERROR(ValidateComponent(path, component));
    ++depth;
  }
  return depth <= kMaxPathDepth
             ? absl::OkStatus()
             : PathError(path, absl::StrCat("the path has ", depth, " components; the limit is ", kMaxPathDepth));
}

std::optional<std::string> WindowsNameProblem(std::string_view path) {
  for (std::string_view component : absl::StrSplit(path, '/')) {
    if (std::optional<std::string> problem = ComponentProblem(component); problem.has_value()) {
      return problem;
    }
  }
  return std::nullopt;
}

bool MemberNameLess(std::string_view a, bool a_is_directory, std::string_view b, bool b_is_directory) {
  size_t common = std::min(a.size(), b.size());
  if (int order = a.substr(0, common).compare(b.substr(0, common)); order != 0) {
    return order < 0;
  }
  // One is a prefix of the other; -1 stands for the end of a name.
  auto next = [](std::string_view name, bool is_directory, size_t i) {
    return i < name.size() ? static_cast<int>(static_cast<uint8_t>(name[i])) : (is_directory ? int{'/'} : -1);
  };
  int next_a = next(a, a_is_directory, common);
  int next_b = next(b, b_is_directory, common);
  return next_a != next_b ? next_a < next_b : a.size() < b.size();
}

std::string QuoteName(std::string_view name) {
  return absl::StrCat("\"", IsValidUtf8(name) ? absl::Utf8SafeCEscape(name) : absl::CEscape(name), "\"");
}

}  // namespace tsmedia
