#include "tests/interop/iso/scan.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "tools/base/byte_sink.h"
#include "tools/base/render.h"
#include "tools/base/status_macros.h"

namespace tsmedia {

absl::StatusOr<std::vector<ScannedFile>> ScanDirectory(const std::string& root) {
  std::vector<ScannedFile> files;
  std::error_code error;
  std::filesystem::recursive_directory_iterator it(root, error);
  for (; !error && it != std::filesystem::recursive_directory_iterator(); it.increment(error)) {
    if (it->is_directory(error)) {
      continue;
    }
    if (!it->is_regular_file(error)) {
      return absl::InvalidArgumentError(absl::StrCat(it->path().string(), ": not a regular file"));
    }
    files.push_back({it->path().string().substr(root.size()), it->file_size(error)});
  }
  if (error) {
    return absl::InternalError(absl::StrCat(root, ": ", error.message()));
  }
  std::sort(files.begin(), files.end(), [](const ScannedFile& a, const ScannedFile& b) { return a.path < b.path; });
  return files;
}

absl::Status WriteImage(const Layout& layout, const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<AtomicFile> out, AtomicFile::Create(path));
  auto open = [](const std::string& name) -> absl::StatusOr<std::shared_ptr<const ByteSource>> {
    return FileSource::Open(name);
  };
  TSM_RETURN_IF_ERROR(Render(layout, open, 0, layout.size, out.get()));
  return out->Commit();
}

}  // namespace tsmedia
