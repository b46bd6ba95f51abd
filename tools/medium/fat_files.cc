#include "tools/medium/fat_files.h"

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/base/status_macros.h"
#include "tools/base/utf8.h"

namespace tsmedia {
namespace {

std::string_view BaseName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

absl::StatusOr<std::unique_ptr<FatFiles>> FatFiles::Open(const ByteSource* image, uint64_t offset, uint64_t length) {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<SliceSource> slice, SliceSource::Create(image, offset, length, image->name()));
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<FatReader> reader, FatReader::Open(slice.get()));
  return absl::WrapUnique(new FatFiles(std::move(slice), std::move(reader), offset));
}

const FatFiles::Directory& FatFiles::Read(const FatEntry& entry) const {
  const auto [place, is_new] = directories_.try_emplace(entry.path);
  Directory& directory = place->second;
  if (is_new) {
    directory.status = reader_->ReadDirectory(entry, [&directory](const FatEntry& child) {
      directory.entries.emplace(CollisionKey(BaseName(child.path)), child);
      return absl::OkStatus();
    });
  }
  return directory;
}

absl::StatusOr<FatEntry> FatFiles::Find(std::string_view path) const {
  TSM_ASSIGN_OR_RETURN(FatEntry current, reader_->Lookup("/"));
  absl::MutexLock lock(&mutex_);
  for (std::string_view name : absl::StrSplit(path, '/')) {
    if (!current.is_directory || !IsValidUtf8(name)) {
      return absl::NotFoundError("no such file");
    }
    const Directory& directory = Read(current);
    const auto child = directory.entries.find(CollisionKey(name));
    if (child == directory.entries.end()) {
      TSM_RETURN_IF_ERROR(directory.status);
      return absl::NotFoundError("no such file");
    }
    current = child->second;
  }
  return current;
}

absl::StatusOr<std::vector<ByteRange>> FatFiles::Locate(std::string_view path) const {
  TSM_ASSIGN_OR_RETURN(const FatEntry entry, Find(path));
  if (entry.is_directory) {
    return absl::NotFoundError("a directory, not a file");
  }
  TSM_ASSIGN_OR_RETURN(std::vector<ByteRange> ranges, reader_->Locate(entry));
  for (ByteRange& range : ranges) {
    range.offset += offset_;
  }
  return ranges;
}

absl::Status FatFiles::AddFiles(std::vector<std::string>* paths) const {
  return reader_->Walk([paths](const FatEntry& entry) {
    if (!entry.is_directory) {
      paths->push_back(entry.path.substr(1));
    }
    return absl::OkStatus();
  });
}

}  // namespace tsmedia
