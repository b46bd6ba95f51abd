#include "tools/medium/drive_medium.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"
#include "tools/gpt/gpt.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

// A medium has two file systems at most. What lies beyond these many partitions is not looked at, so that memory and
// time do not depend on what a table claims.
constexpr size_t kMaxFileSystems = 16;

// Whether partitions of this type may have FAT: what firmware, Windows and every tool for sticks expect.
bool MayHaveFat(const GptPartition& partition) {
  return partition.type == EfiSystemType() || partition.type == MicrosoftBasicDataType();
}

// NotFound: there is no table. An image may be that of a drive with either size of sectors.
absl::StatusOr<Gpt> FindTable(const ByteSource& image) {
  absl::StatusOr<Gpt> small = ReadGpt(image, 512);
  if (small.ok()) {
    return small;
  }
  absl::StatusOr<Gpt> large = ReadGpt(image, 4096);
  return large.ok() || absl::IsNotFound(small.status()) ? large : small;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DriveMedium>> DriveMedium::Open(std::shared_ptr<const ByteSource> image,
                                                               bool is_device) {
  auto medium = absl::WrapUnique(new DriveMedium(std::move(image), is_device));
  TSM_RETURN_IF_ERROR(medium->OpenFileSystems());
  TSM_RETURN_IF_ERROR(medium->PutManifestFirst());
  return medium;
}

absl::Status DriveMedium::OpenFileSystems() {
  absl::StatusOr<std::unique_ptr<FatFiles>> whole = FatFiles::Open(image_.get(), 0, image_->size());
  if (whole.ok()) {
    file_systems_.push_back(*std::move(whole));
    return absl::OkStatus();
  }
  return absl::IsInvalidArgument(whole.status()) ? OpenPartitions() : whole.status();
}

absl::Status DriveMedium::OpenPartitions() {
  absl::StatusOr<Gpt> table = FindTable(*image_);
  if (absl::IsNotFound(table.status())) {
    return absl::InvalidArgumentError(absl::StrCat(name(), ": has neither a FAT file system nor a partition table"));
  }
  if (!table.ok()) {
    return absl::Status(table.status().code(), absl::StrCat(name(), ": ", table.status().message()));
  }
  has_table_ = true;
  for (const GptPartition& partition : table->partitions) {
    if (!MayHaveFat(partition) || file_systems_.size() == kMaxFileSystems) {
      continue;
    }
    // The table was checked: its partitions lie on the disk.
    const uint64_t sectors = partition.last_lba - partition.first_lba + 1;
    absl::StatusOr<std::unique_ptr<FatFiles>> files =
        FatFiles::Open(image_.get(), partition.first_lba * table->sector_size, sectors * table->sector_size);
    if (files.ok()) {
      file_systems_.push_back(*std::move(files));
    } else if (!absl::IsInvalidArgument(files.status())) {
      damage_.Update(files.status());
    }
  }
  return absl::OkStatus();
}

absl::Status DriveMedium::PutManifestFirst() {
  const auto has_manifest = [this](const std::unique_ptr<FatFiles>& files) {
    const absl::Status found = files->Locate(kManifestPath).status();
    if (!found.ok() && !absl::IsNotFound(found)) {
      damage_.Update(found);
    }
    return found.ok();
  };
  const auto first = std::ranges::find_if(file_systems_, has_manifest);
  if (first == file_systems_.end()) {
    TSM_RETURN_IF_ERROR(damage_);
    return absl::NotFoundError(absl::StrCat(name(), ": there is no file /", kManifestPath));
  }
  std::rotate(file_systems_.begin(), first, first + 1);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ByteRange>> DriveMedium::Locate(std::string_view path) const {
  absl::Status damage = damage_;
  for (const std::unique_ptr<FatFiles>& files : file_systems_) {
    absl::StatusOr<std::vector<ByteRange>> ranges = files->Locate(path);
    if (ranges.ok()) {
      return ranges;
    }
    if (!absl::IsNotFound(ranges.status())) {
      damage.Update(ranges.status());
    }
  }
  TSM_RETURN_IF_ERROR(damage);
  return absl::NotFoundError(absl::StrCat(name(), ": there is no file /", path));
}

absl::StatusOr<std::unique_ptr<ByteSource>> DriveMedium::OpenFile(std::string_view path) const {
  TSM_ASSIGN_OR_RETURN(const std::vector<ByteRange> ranges, Locate(path));
  return std::make_unique<RangesSource>(image_.get(), ranges, absl::StrCat(name(), ":/", path));
}

absl::StatusOr<std::vector<std::string>> DriveMedium::ListFiles() const {
  TSM_RETURN_IF_ERROR(damage_);
  std::vector<std::string> paths;
  for (const std::unique_ptr<FatFiles>& files : file_systems_) {
    TSM_RETURN_IF_ERROR(files->AddFiles(&paths));
  }
  std::ranges::sort(paths);
  return paths;
}

}  // namespace tsmedia
