#include "tools/medium/directory_medium.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"

namespace tsmedia {

namespace fs = std::filesystem;

absl::StatusOr<std::unique_ptr<ByteSource>> DirectoryMedium::OpenFile(std::string_view path) const {
  fs::path full_path = fs::path(name_) / fs::path(path);
  std::error_code error;
  if (fs::file_type type = fs::symlink_status(full_path, error).type(); type != fs::file_type::regular) {
    return absl::NotFoundError(absl::StrCat(full_path.string(), ": no such regular file"));
  }
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> file, FileSource::Open(full_path.string()));
  return std::unique_ptr<ByteSource>(std::move(file));
}

absl::StatusOr<std::vector<std::string>> DirectoryMedium::ListFiles() const {
  std::vector<std::string> paths;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(name_, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    // Links and devices are listed too: no medium has any, so they are not on the manifest and will be reported.
    if (entry->symlink_status().type() != fs::file_type::directory) {
      paths.push_back(entry->path().lexically_relative(name_).string());
    }
  }
  if (error) {
    return absl::InternalError(absl::StrCat(name_, ": cannot list the files: ", error.message()));
  }
  std::ranges::sort(paths);
  return paths;
}

absl::StatusOr<std::vector<ByteRange>> DirectoryMedium::Locate(std::string_view path) const {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> file, OpenFile(path));
  return std::vector<ByteRange>{{0, file->size()}};
}

}  // namespace tsmedia
