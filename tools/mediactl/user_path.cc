#include "tools/mediactl/user_path.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace tsmedia {

std::string UserPath(const std::string& path) {
  const char* directory = std::getenv("BUILD_WORKING_DIRECTORY");
  std::error_code error;
  if (directory == nullptr || path.starts_with('/') || std::filesystem::exists(path, error)) {
    return path;
  }
  return absl::StrCat(directory, "/", path);
}

}  // namespace tsmedia
