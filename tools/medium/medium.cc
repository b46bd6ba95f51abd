#include "tools/medium/medium.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"
#include "tools/iso9660/iso_reader.h"
#include "tools/medium/directory_medium.h"
#include "tools/medium/drive_medium.h"
#include "tools/medium/iso_medium.h"

namespace tsmedia {

namespace {

// Adds the trees of an ISO 9660 file system, and returns the error of the first tree that cannot be opened.
absl::Status AddIsoViews(const std::shared_ptr<const ByteSource>& image, bool is_device, MediumViews* views) {
  absl::Status first_error;
  // Plain ISO 9660 names are not tried: in capitals and cut short, no path of a medium is among them.
  for (IsoNames names : {IsoNames::kRockRidge, IsoNames::kJoliet}) {
    absl::StatusOr<std::unique_ptr<IsoMedium>> medium = IsoMedium::Open(image, names, is_device);
    if (medium.ok()) {
      views->push_back(*std::move(medium));
    } else {
      first_error.Update(medium.status());
    }
  }
  return first_error;
}

// Of an image without any view: what to say. `iso` and `drive` are why it is neither.
absl::Status NoViewError(const ByteSource& image, const absl::Status& iso, const absl::Status& drive) {
  if (!absl::IsInvalidArgument(iso)) {
    return iso;
  }
  if (!absl::IsInvalidArgument(drive)) {
    return drive;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(image.name(), ": is neither an ISO 9660 image nor a drive or partition with FAT"));
}

}  // namespace

absl::StatusOr<MediumViews> OpenMediumImage(std::shared_ptr<const ByteSource> image, bool is_device) {
  MediumViews views;
  const absl::Status iso_error = AddIsoViews(image, is_device, &views);
  // The boot partition of a hybrid ISO is no view of the medium: it has no manifest.
  absl::StatusOr<std::unique_ptr<DriveMedium>> drive = DriveMedium::Open(image, is_device);
  if (drive.ok()) {
    views.push_back(*std::move(drive));
  }
  if (views.empty()) {
    return NoViewError(*image, iso_error, drive.status());
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
