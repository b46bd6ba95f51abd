#include "tools/content/pack.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/base/unique_fd.h"
#include "tools/content/byte_stream.h"
#include "tools/content/pack_info.h"
#include "tools/content/pack_writer.h"
#include "tools/content/tar_writer.h"

namespace tsmedia {
namespace {

constexpr int kMaxThreads = 16;

absl::Status ReadError(const std::string& path, std::string_view problem) {
  return absl::ErrnoToStatus(errno, absl::StrCat(path, ": ", problem));
}

// InputFile is an open regular file.
class InputFile {
 public:
  static absl::StatusOr<InputFile> Open(const std::string& path) {
    // Without O_NONBLOCK, opening a FIFO waits for ever.
    UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd.ok()) {
      return ReadError(path, "cannot open");
    }
    struct stat status;
    if (fstat(fd.get(), &status) != 0) {
      return ReadError(path, "cannot find its size");
    }
    if (!S_ISREG(status.st_mode)) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": this is no regular file"));
    }
    return InputFile(&path, std::move(fd), static_cast<uint64_t>(status.st_size));
  }

  uint64_t size() const { return size_; }

  // CopyTo reads straight into the writer's frames.
  absl::Status CopyTo(PackWriter& writer) {
    for (uint64_t left = size_; left > 0;) {
      TSM_ASSIGN_OR_RETURN(MutableByteSpan space, writer.Space());
      ssize_t got = read(fd_.get(), space.data(), static_cast<size_t>(std::min<uint64_t>(left, space.size())));
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got < 0) {
        return ReadError(*path_, "cannot read");
      }
      if (got == 0) {
        return absl::DataLossError(absl::StrCat(*path_, ": the file became shorter while it was read"));
      }
      writer.Advance(static_cast<size_t>(got));
      left -= static_cast<uint64_t>(got);
    }
    return absl::OkStatus();
  }

 private:
  InputFile(const std::string* path, UniqueFd fd, uint64_t size) : path_(path), fd_(std::move(fd)), size_(size) {}

  const std::string* path_;
  UniqueFd fd_;
  uint64_t size_;
};

absl::Status CopyStream(ByteStream& stream, uint64_t size, PackWriter& writer) {
  for (uint64_t left = size; left > 0;) {
    TSM_ASSIGN_OR_RETURN(MutableByteSpan space, writer.Space());
    space = space.subspan(0, static_cast<size_t>(std::min<uint64_t>(left, space.size())));
    TSM_ASSIGN_OR_RETURN(size_t got, stream.Read(space));
    if (got == 0) {
      return absl::DataLossError(absl::StrCat(stream.name(), ": a file ends too early"));
    }
    writer.Advance(got);
    left -= got;
  }
  // A stream finds that its data is wrong when its end is read.
  uint8_t end;
  return stream.Read(MutableByteSpan(&end, 1)).status();
}

// Describe fills in what there is to say about a pack but for its entries.
void Describe(PackInfo::Format format, const PackOptions& options, const PackWriterResult& result, PackInfo& info) {
  info.set_context(std::string(kPackInfoContext));
  info.set_format(format);
  info.set_compression(options.compression);
  info.set_stored_size(result.stored_size);
  info.set_unpacked_size(result.unpacked_size);
  for (const Sha256Digest& block : result.blocks) {
    info.mutable_block_sha256()->append(DigestText(block));
  }
  Sha256Digest digest = PackDigest(result.stored_size, result.blocks);
  info.set_pack_digest(std::string(DigestText(digest)));
}

PackEntry::Type InventoryType(EntryType type) {
  switch (type) {
    case EntryType::kDirectory:
      return PackEntry::DIRECTORY;
    case EntryType::kSymlink:
      return PackEntry::SYMLINK;
    case EntryType::kFile:
      break;
  }
  return PackEntry::REGULAR;
}

// TreeWriter writes the pack of a tree, and its inventory while it is at it.
class TreeWriter {
 public:
  // `info`, whose entries the writer's threads complete, outlives the writer.
  TreeWriter(const Tree& tree, const PackOptions& options, ByteSink* sink, PackInfo* info)
      : tree_(tree), file_time_(options.file_time), info_(info), writer_(sink, options.compression, options.threads) {
    info->mutable_entries()->Reserve(static_cast<int>(tree.order.size()));
  }

  absl::StatusOr<PackWriterResult> Write() {
    for (uint32_t i : tree_.order) {
      TSM_RETURN_IF_ERROR(WriteEntry(tree_.entries[i]));
    }
    static constexpr std::array<uint8_t, kTarTrailerSize> kTrailer = {};
    TSM_RETURN_IF_ERROR(writer_.Append(kTrailer));
    return writer_.Finish();
  }

 private:
  absl::Status WriteEntry(const TreeEntry& entry) {
    PackEntry& listed = *info_->add_entries();
    listed.set_path(entry.path);
    listed.set_type(InventoryType(entry.type));
    listed.set_mode(entry.mode);
    if (entry.type != EntryType::kFile) {
      if (entry.type == EntryType::kSymlink) {
        listed.set_link_target(entry.source);
      }
      return WriteHeader(entry, 0);
    }
    if (entry.origin == TreeEntry::Origin::kArchives) {
      return WriteArchived(entry, listed);
    }
    TSM_ASSIGN_OR_RETURN(InputFile file, InputFile::Open(entry.source));
    return WriteFile(entry, file.size(), [&] { return file.CopyTo(writer_); }, listed);
  }

  absl::Status WriteArchived(const TreeEntry& entry, PackEntry& listed) {
    const Archive& archive = *tree_.archives[entry.archive];
    TSM_ASSIGN_OR_RETURN(std::unique_ptr<ByteStream> stream, archive.OpenContent(entry.content));
    uint64_t size = archive.ContentSize(entry.content);
    return WriteFile(entry, size, [&] { return CopyStream(*stream, size, writer_); }, listed);
  }

  template <typename CopyContent>
  absl::Status WriteFile(const TreeEntry& entry, uint64_t size, CopyContent copy_content, PackEntry& listed) {
    listed.set_size(size);
    TSM_RETURN_IF_ERROR(WriteHeader(entry, size));
    writer_.BeginFile(listed.mutable_sha256());
    TSM_RETURN_IF_ERROR(copy_content());
    writer_.EndFile();
    static constexpr std::array<uint8_t, kTarBlockSize> kZeros = {};
    return writer_.Append(ByteSpan(kZeros).subspan(0, TarPadding(size)));
  }

  absl::Status WriteHeader(const TreeEntry& entry, uint64_t size) {
    TarMember member;
    member.path = entry.path;
    member.type = entry.type;
    member.mode = entry.mode;
    member.size = size;
    member.time = file_time_;
    if (entry.type == EntryType::kSymlink) {
      member.link_target = entry.source;
    }
    header_.clear();
    AppendTarHeader(member, &header_);
    return writer_.Append(AsBytes(header_));
  }

  const Tree& tree_;
  uint64_t file_time_;
  PackInfo* info_;
  std::string header_;
  PackWriter writer_;
};

}  // namespace

int DefaultPackThreads() { return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxThreads); }

absl::StatusOr<PackInfo> WriteTreePack(const Tree& tree, const PackOptions& options, ByteSink* sink) {
  PackInfo info;
  TreeWriter writer(tree, options, sink, &info);
  TSM_ASSIGN_OR_RETURN(PackWriterResult result, writer.Write());
  Describe(PackInfo::TREE_TAR, options, result, info);
  return info;
}

absl::StatusOr<PackInfo> WriteFilePack(const std::string& name, const std::string& path, const PackOptions& options,
                                       ByteSink* sink) {
  PackInfo info;
  PackWriter writer(sink, options.compression, options.threads);
  TSM_ASSIGN_OR_RETURN(InputFile file, InputFile::Open(path));
  PackEntry& entry = *info.add_entries();
  entry.set_path(name);
  entry.set_type(PackEntry::REGULAR);
  entry.set_mode(kFileMode);
  entry.set_size(file.size());
  writer.BeginFile(entry.mutable_sha256());
  TSM_RETURN_IF_ERROR(file.CopyTo(writer));
  writer.EndFile();
  TSM_ASSIGN_OR_RETURN(PackWriterResult result, writer.Finish());
  Describe(PackInfo::SINGLE_FILE, options, result, info);
  return info;
}

}  // namespace tsmedia
