#include "tools/boot/rootfs_writer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"
#include "tools/content/package_path.h"

namespace tsmedia {
namespace {

constexpr uint64_t kFileTime = 315532800;  // 1980-01-01T00:00:00Z

// What a path is once it is written: a symlink counts as the same only with the same target.
std::string KeyOf(const TarMember& member) {
  return member.type == EntryType::kSymlink ? absl::StrCat(member.path, std::string_view("\0", 1), member.link_target)
                                            : std::string(member.path);
}

}  // namespace

absl::Status RootfsWriter::AddParents(std::string_view path) {
  for (size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    if (!directories_.contains(path.substr(0, slash))) {
      TSM_RETURN_IF_ERROR(AddDirectory(path.substr(0, slash), 0755));
    }
  }
  return absl::OkStatus();
}

absl::Status RootfsWriter::Add(const TarMember& member, Reader read) {
  TSM_RETURN_IF_ERROR(ValidatePackagePath(member.path));
  TSM_RETURN_IF_ERROR(AddParents(member.path));
  const std::string path(member.path);
  if (member.type == EntryType::kDirectory) {
    if (others_.contains(path)) {
      return absl::AlreadyExistsError(absl::StrCat("'", path, "' is both a directory and a file"));
    }
    if (!directories_.insert(path).second) {
      return absl::OkStatus();
    }
  } else {
    const bool link = member.type == EntryType::kSymlink;
    if (link && others_.contains(KeyOf(member))) {
      return absl::OkStatus();
    }
    if (directories_.contains(path) || !others_.insert(path).second) {
      return absl::AlreadyExistsError(absl::StrCat("'", path, "' is there twice"));
    }
    others_.insert(KeyOf(member));
  }
  TarMember timed = member;
  timed.time = kFileTime;
  std::string header;
  AppendTarHeader(timed, &header);
  TSM_RETURN_IF_ERROR(sink_->Append(header));
  return member.type == EntryType::kFile ? WriteData(member, read) : absl::OkStatus();
}

absl::Status RootfsWriter::WriteData(const TarMember& member, Reader read) {
  std::array<uint8_t, 64 * kKiB> buffer;
  uint64_t written = 0;
  while (written < member.size) {
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(buffer.size(), member.size - written));
    TSM_ASSIGN_OR_RETURN(const size_t count, read(MutableByteSpan(buffer.data(), wanted)));
    if (count == 0) {
      return absl::DataLossError(
          absl::StrCat("'", member.path, "' ends after ", written, " of ", member.size, " bytes"));
    }
    TSM_RETURN_IF_ERROR(sink_->Append(ByteSpan(buffer.data(), count)));
    written += count;
  }
  return sink_->Append(std::string(TarPadding(member.size), '\0'));
}

absl::Status RootfsWriter::AddFile(std::string_view path, uint32_t mode, std::string_view bytes) {
  std::string_view rest = bytes;
  return Add({.path = path, .type = EntryType::kFile, .mode = mode, .size = bytes.size()},
             [&rest](MutableByteSpan out) -> absl::StatusOr<size_t> {
               const size_t count = std::min(out.size(), rest.size());
               std::memcpy(out.data(), rest.data(), count);
               rest.remove_prefix(count);
               return count;
             });
}

absl::Status RootfsWriter::AddSymlink(std::string_view path, std::string_view target) {
  return Add({.path = path, .type = EntryType::kSymlink, .mode = 0777, .link_target = target},
             [](MutableByteSpan) -> absl::StatusOr<size_t> { return 0; });
}

absl::Status RootfsWriter::AddDirectory(std::string_view path, uint32_t mode) {
  return Add({.path = path, .type = EntryType::kDirectory, .mode = mode},
             [](MutableByteSpan) -> absl::StatusOr<size_t> { return 0; });
}

absl::Status RootfsWriter::Finish() { return sink_->Append(std::string(kTarTrailerSize, '\0')); }

}  // namespace tsmedia
