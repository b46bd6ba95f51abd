#include "tools/content/archive.h"

#include <sys/stat.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tools/base/byte_sink.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/content/deb.h"
#include "tools/content/decompress.h"
#include "tools/content/package_path.h"
#include "tools/content/spool.h"
#include "tools/content/tar_reader.h"
#include "tools/content/zip_reader.h"

namespace tsmedia {
namespace {

constexpr size_t kCopySize = 64 * kKiB;
constexpr uint32_t kSetIdBits = S_ISUID | S_ISGID;

// "./usr/bin/" and "usr/bin" are the same member. Anything else that is odd stays, for the validation of paths.
std::string NormalizeMemberPath(std::string_view path) {
  while (absl::ConsumePrefix(&path, "./")) {
  }
  absl::ConsumeSuffix(&path, "/");
  return path == "." ? std::string() : std::string(path);
}

class TarArchive : public Archive {
 public:
  // The last of `sources` is the tar, perhaps compressed.
  TarArchive(std::string path, std::vector<std::unique_ptr<ByteSource>> sources)
      : Archive(std::move(path)), sources_(std::move(sources)) {}

  absl::Status Load(const std::string& spool_directory, std::vector<std::string>* warnings) {
    TSM_ASSIGN_OR_RETURN(bool compressed, IsCompressed(*sources_.back()));
    TSM_ASSIGN_OR_RETURN(std::unique_ptr<ByteStream> stream, OpenDecompressed(sources_.back().get()));
    if (compressed) {
      TSM_ASSIGN_OR_RETURN(spool_, Spool::Create(spool_directory));
    }
    TarReader reader(stream.get());
    while (true) {
      TSM_ASSIGN_OR_RETURN(std::optional<TarEntry> entry, reader.Next());
      if (!entry.has_value()) {
        break;
      }
      TSM_RETURN_IF_ERROR(Take(*std::move(entry), reader, warnings));
    }
    return compressed ? spool_->Flush() : absl::OkStatus();
  }

  uint64_t ContentSize(uint32_t content) const override { return contents_[content].size; }
  absl::StatusOr<std::unique_ptr<ByteStream>> OpenContent(uint32_t content) const override {
    const ByteSource* source = spool_ != nullptr ? spool_.get() : sources_.back().get();
    return std::make_unique<SourceStream>(source, contents_[content].offset, contents_[content].size);
  }

 private:
  struct Content {
    uint64_t offset;
    uint64_t size;
  };

  absl::Status MemberError(const TarEntry& entry, std::string_view problem) const {
    return absl::InvalidArgumentError(absl::StrCat(path(), ": ", QuoteName(entry.path), " ", problem));
  }

  absl::Status Take(TarEntry entry, TarReader& reader, std::vector<std::string>* warnings) {
    ArchiveMember member;
    member.path = NormalizeMemberPath(entry.path);
    member.mode = Mode(entry, warnings);
    switch (entry.type) {
      case TarEntry::Type::kFile:
        member.content = static_cast<uint32_t>(contents_.size());
        TSM_RETURN_IF_ERROR(TakeContent(entry, reader));
        break;
      case TarEntry::Type::kDirectory:
        member.type = EntryType::kDirectory;
        break;
      case TarEntry::Type::kSymlink:
        member.type = EntryType::kSymlink;
        member.link_target = std::move(entry.link_target);
        break;
      case TarEntry::Type::kHardLink:
        TSM_RETURN_IF_ERROR(TakeHardLink(entry, member));
        break;
      case TarEntry::Type::kCharDevice:
      case TarEntry::Type::kBlockDevice:
        return MemberError(entry, "is a device node; a package holds files, directories and symbolic links");
      case TarEntry::Type::kFifo:
        return MemberError(entry, "is a FIFO; a package holds files, directories and symbolic links");
    }
    members_.push_back(std::move(member));
    return absl::OkStatus();
  }

  // In a pack everything belongs to 0:0. A set-ID bit that meant another owner would grant root's rights instead.
  uint32_t Mode(const TarEntry& entry, std::vector<std::string>* warnings) const {
    uint32_t dropped = (entry.uid != 0 ? S_ISUID : 0) | (entry.gid != 0 ? S_ISGID : 0);
    dropped &= entry.mode & kSetIdBits;
    if (dropped != 0) {
      warnings->push_back(absl::StrCat(path(), ": ", QuoteName(entry.path), ": the set-user-ID or set-group-ID bit of ",
                                       entry.uid, ":", entry.gid, " is left out, as packs own everything by 0:0"));
    }
    return entry.mode & ~dropped;
  }

  absl::Status TakeContent(const TarEntry& entry, TarReader& reader) {
    if (spool_ == nullptr) {
      contents_.push_back({entry.data_offset, entry.size});
      return absl::OkStatus();
    }
    contents_.push_back({spool_->size(), entry.size});
    uint8_t buffer[kCopySize];
    while (true) {
      TSM_ASSIGN_OR_RETURN(size_t got, reader.Read(absl::MakeSpan(buffer)));
      if (got == 0) {
        return absl::OkStatus();
      }
      TSM_RETURN_IF_ERROR(spool_->Append(ByteSpan(buffer, got)));
    }
  }

  absl::Status TakeHardLink(const TarEntry& entry, ArchiveMember& member) {
    for (; indexed_ < members_.size(); ++indexed_) {
      by_path_[members_[indexed_].path] = &members_[indexed_];
    }
    auto found = by_path_.find(NormalizeMemberPath(entry.link_target));
    if (found == by_path_.end() || found->second->type == EntryType::kDirectory) {
      return MemberError(entry, absl::StrCat("is a hard link to ", QuoteName(entry.link_target),
                                             ", which is no file before it in the archive"));
    }
    const ArchiveMember& target = *found->second;
    member.type = target.type;
    member.mode = target.mode;
    member.link_target = target.link_target;
    member.content = target.content;
    return absl::OkStatus();
  }

  std::vector<std::unique_ptr<ByteSource>> sources_;  // the last one is the tar; the others are what it lies in
  std::unique_ptr<Spool> spool_;                      // if the tar is compressed
  std::vector<Content> contents_;
  // Members that a hard link may mean; made only if there are hard links.
  absl::flat_hash_map<std::string_view, const ArchiveMember*> by_path_;
  size_t indexed_ = 0;
};

class ZipArchive : public Archive {
 public:
  ZipArchive(std::string path, std::unique_ptr<ByteSource> source)
      : Archive(std::move(path)), source_(std::move(source)) {}

  absl::Status Load(std::vector<std::string>* warnings) {
    TSM_ASSIGN_OR_RETURN(contents_, ReadZipDirectory(*source_));
    for (uint32_t i = 0; i < contents_.size(); ++i) {
      TSM_RETURN_IF_ERROR(Take(i, warnings));
    }
    return absl::OkStatus();
  }

  uint64_t ContentSize(uint32_t content) const override { return contents_[content].size; }
  absl::StatusOr<std::unique_ptr<ByteStream>> OpenContent(uint32_t content) const override {
    return OpenZipMember(source_.get(), contents_[content]);
  }

 private:
  absl::Status MemberError(const ZipMember& zip, std::string_view problem) const {
    return absl::InvalidArgumentError(absl::StrCat(path(), ": ", QuoteName(zip.name), " ", problem));
  }

  absl::Status Take(uint32_t index, std::vector<std::string>* warnings) {
    const ZipMember& zip = contents_[index];
    ArchiveMember member;
    member.path = NormalizeMemberPath(zip.name);
    member.content = index;
    member.mode = Mode(zip, warnings);
    uint32_t type = zip.unix_mode.value_or(0) & S_IFMT;
    if (type == S_IFLNK) {
      member.type = EntryType::kSymlink;
      TSM_ASSIGN_OR_RETURN(member.link_target, LinkTarget(index));
    } else if (type == S_IFDIR || absl::EndsWith(zip.name, "/")) {
      member.type = EntryType::kDirectory;
      if (zip.size != 0) {
        return MemberError(zip, "is a directory with data");
      }
    } else if (type != 0 && type != S_IFREG) {
      return MemberError(zip, "is a device node or FIFO; a package holds files, directories and symbolic links");
    }
    members_.push_back(std::move(member));
    return absl::OkStatus();
  }

  // A zip archive does not say whose set-ID bits these are.
  std::optional<uint32_t> Mode(const ZipMember& zip, std::vector<std::string>* warnings) const {
    if (!zip.unix_mode.has_value()) {
      return std::nullopt;
    }
    if ((*zip.unix_mode & kSetIdBits) != 0) {
      warnings->push_back(absl::StrCat(path(), ": ", QuoteName(zip.name),
                                       ": the set-user-ID or set-group-ID bit is left out, as zip says no owner"));
    }
    return *zip.unix_mode & 07777 & ~kSetIdBits;
  }

  absl::StatusOr<std::string> LinkTarget(uint32_t index) const {
    if (contents_[index].size > kMaxPathSize) {
      return MemberError(contents_[index], "is a symbolic link with an impossibly long target");
    }
    TSM_ASSIGN_OR_RETURN(std::unique_ptr<ByteStream> stream, OpenContent(index));
    StringSink target;
    TSM_RETURN_IF_ERROR(CopyAll(*stream, target).status());
    return target.TakeBytes();
  }

  std::unique_ptr<ByteSource> source_;
  std::vector<ZipMember> contents_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Archive>> Archive::Open(const std::string& path, const std::string& spool_directory,
                                                       std::vector<std::string>* warnings) {
  std::vector<std::unique_ptr<ByteSource>> sources;
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> file, FileSource::Open(path));
  sources.push_back(std::move(file));
  TSM_ASSIGN_OR_RETURN(bool is_zip, IsZip(*sources[0]));
  if (is_zip) {
    auto archive = std::make_unique<ZipArchive>(path, std::move(sources[0]));
    TSM_RETURN_IF_ERROR(archive->Load(warnings));
    return archive;
  }
  TSM_ASSIGN_OR_RETURN(bool is_ar, IsAr(*sources[0]));
  if (is_ar) {
    TSM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> data, OpenDebData(sources[0].get()));
    sources.push_back(std::move(data));
  }
  auto archive = std::make_unique<TarArchive>(path, std::move(sources));
  TSM_RETURN_IF_ERROR(archive->Load(spool_directory, warnings));
  return archive;
}

}  // namespace tsmedia
