#include "tools/medium/iso_medium.h"

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"

namespace tsmedia {

absl::StatusOr<std::unique_ptr<IsoMedium>> IsoMedium::Open(std::shared_ptr<const ByteSource> image, IsoNames names,
                                                           bool is_device) {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<IsoReader> reader, IsoReader::Open(image.get(), names));
  auto medium = absl::WrapUnique(new IsoMedium(std::move(image), std::move(reader), is_device));
  medium->walk_status_ = medium->reader_->Walk([&medium](const IsoEntry& entry) {
    if (!entry.is_directory) {
      medium->files_.emplace(entry.path.substr(1), entry);
    }
    return absl::OkStatus();
  });
  return medium;
}

absl::StatusOr<const IsoEntry*> IsoMedium::Find(std::string_view path) const {
  auto found = files_.find(path);
  if (found != files_.end()) {
    return &found->second;
  }
  TSM_RETURN_IF_ERROR(walk_status_);
  return absl::NotFoundError(absl::StrCat(name(), ": there is no file /", path));
}

absl::StatusOr<std::unique_ptr<ByteSource>> IsoMedium::OpenFile(std::string_view path) const {
  TSM_ASSIGN_OR_RETURN(const IsoEntry* entry, Find(path));
  return reader_->OpenFile(*entry);
}

absl::StatusOr<std::vector<std::string>> IsoMedium::ListFiles() const {
  TSM_RETURN_IF_ERROR(walk_status_);
  std::vector<std::string> paths;
  for (const auto& [path, entry] : files_) {
    paths.push_back(path);
  }
  return paths;
}

absl::StatusOr<std::vector<ByteRange>> IsoMedium::Locate(std::string_view path) const {
  TSM_ASSIGN_OR_RETURN(const IsoEntry* entry, Find(path));
  return entry->extents;
}

}  // namespace tsmedia
