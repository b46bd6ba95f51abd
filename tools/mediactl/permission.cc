#include "tools/mediactl/permission.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace tsmedia {
namespace {

// The name of a user or group, else its number. A static program has no NSS: only the local files are asked.
std::string NameOf(const char* table, uint32_t id) {
  std::ifstream file(table);
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> fields = absl::StrSplit(line, ':');
    if (fields.size() > 2 && fields[2] == absl::StrCat(id)) {
      return fields[0];
    }
  }
  return absl::StrCat(id);
}

std::string OwnerAndMode(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    return "";
  }
  return absl::StrFormat(" (owner %s:%s, mode %04o)", NameOf("/etc/passwd", status.st_uid),
                         NameOf("/etc/group", status.st_gid), status.st_mode & 07777);
}

}  // namespace

std::string ShellQuoted(const std::string& word) {
  const bool is_plain = !word.empty() && std::ranges::all_of(word, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("%+,-./:=@_", c);
  });
  return is_plain ? word : absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

absl::Status PermissionError(const std::string& device, const std::vector<std::string>& arguments) {
  std::error_code error;
  std::string command = absl::StrCat("sudo ", ShellQuoted(std::filesystem::read_symlink("/proc/self/exe", error)));
  for (const std::string& argument : arguments) {
    absl::StrAppend(&command, " ", ShellQuoted(argument));
  }
  return absl::PermissionDeniedError(
      absl::StrCat(device, ": you may not write to it", OwnerAndMode(device), "; who may runs: ", command));
}

}  // namespace tsmedia
