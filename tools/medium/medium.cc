#include "tools/medium/medium.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"
#include "tools/iso9660/iso_reader.h"
#include "tools/medium/directory_medium.h"
#include "tools/medium/iso_medium.h"

namespace tsmedia {

absl::StatusOr<MediumViews> OpenMediumImage(std::shared_ptr<const ByteSource> image, bool is_device) {
  MediumViews views;
  absl::Status first_error;
  // Plain ISO 9660 names are not tried: in capitals and cut short, no path of a medium is among them.
  for (IsoNames names : {IsoNames::kRockRidge, IsoNames::kJoliet}) {
    absl::StatusOr<std::unique_ptr<IsoMedium>> medium = IsoMedium::Open(image, names, is_device);
    if (medium.ok()) {
      views.push_back(*std::move(medium));
    } else {
      first_error.Update(medium.status());
    }
  }
  if (views.empty()) {
    return first_error;
  }
  return views;
}

absl::StatusOr<MediumViews> OpenMedium(const std::string& path) {
  std::error_code error;
  std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::directory) {
    MediumViews views;
    views.push_back(std::make_unique<DirectoryMedium>(path));
    return views;
  }
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> file, FileSource::Open(path));
  return OpenMediumImage(std::move(file), status.type() == std::filesystem::file_type::block);
}

}  // namespace tsmedia
