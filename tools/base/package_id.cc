#include "tools/base/package_id.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace tsmedia {
namespace {

constexpr size_t kPackageIdLength = 8;
constexpr size_t kMaxVersionLength = 32;

bool IsVersionCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("._+~-").find(c) != std::string_view::npos;
}

}  // namespace

absl::Status ValidatePackageId(std::string_view id) {
  bool valid =
      id.size() == kPackageIdLength && std::ranges::all_of(id, [](char c) {
        return absl::ascii_isupper(static_cast<unsigned char>(c)) || absl::ascii_isdigit(static_cast<unsigned char>(c));
      });
  if (!valid) {
    return absl::InvalidArgumentError(absl::StrCat("package ID \"", absl::CHexEscape(id),
                                                   "\" is not 8 characters of A-Z and 0-9, for example LAB00012"));
  }
  return absl::OkStatus();
}

absl::Status ValidatePackageVersion(std::string_view version) {
  bool valid = !version.empty() && version.size() <= kMaxVersionLength &&
               absl::ascii_isalnum(static_cast<unsigned char>(version[0])) &&
               std::ranges::all_of(version, IsVersionCharacter);
  if (!valid) {
    return absl::InvalidArgumentError(
        absl::StrCat("version \"", absl::CHexEscape(version),
                     "\" is not 1 to 32 characters of A-Z a-z 0-9 . _ + ~ -, beginning with a letter or digit"));
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
