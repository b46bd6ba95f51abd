#include "tools/content/pack_info.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/package_id.h"
#include "tools/base/status_macros.h"
#include "tools/content/package_path.h"

namespace tsmedia {
namespace {

// A million entries with long paths are below this.
constexpr uint64_t kMaxPackInfoSize = 512 * kMiB;

// The label that separates pack digests from all other digests (rules/docs/sealing_format.md, "Derivation").
constexpr std::string_view kPackDigestLabel = "tsmedia/v1/pack";

constexpr std::array<std::string_view, 6> kKinds = {"package", "application", "driver", "os_image", "boot", "prestart"};

absl::Status FieldError(std::string_view field, std::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("PackInfo: ", field, " ", problem));
}

absl::Status ValidateNames(const PackInfo& info) {
  if (info.context() != kPackInfoContext) {
    return FieldError("context", absl::StrCat("is not \"", kPackInfoContext, "\""));
  }
  TSM_RETURN_IF_ERROR(ValidatePackageId(info.package_id()));
  TSM_RETURN_IF_ERROR(ValidatePackageVersion(info.version()));
  if (std::find(kKinds.begin(), kKinds.end(), info.kind()) == kKinds.end()) {
    return FieldError(
        "kind", absl::StrCat("is \"", info.kind(), "\", not package, application, driver, os_image, boot or prestart"));
  }
  if (info.format() != PackInfo::TREE_TAR && info.format() != PackInfo::SINGLE_FILE) {
    return FieldError("format", "is missing or unknown");
  }
  if (info.compression() != PackInfo::NONE && info.compression() != PackInfo::ZSTD) {
    return FieldError("compression", "is missing or unknown");
  }
  return absl::OkStatus();
}

absl::Status ValidateDigests(const PackInfo& info) {
  uint64_t size = info.stored_size();
  uint64_t block_count = size / kBlockSize + (size % kBlockSize == 0 ? 0 : 1);
  if (info.block_sha256().size() % sizeof(Sha256Digest) != 0 ||
      info.block_sha256().size() / sizeof(Sha256Digest) != block_count) {
    return FieldError("block_sha256", absl::StrCat("has ", info.block_sha256().size(), " bytes where a pack of ", size,
                                                   " bytes has ", block_count, " digests"));
  }
  std::vector<Sha256Digest> blocks(block_count);
  for (size_t i = 0; i < blocks.size(); ++i) {
    blocks[i] = BlockDigest(info, i);
  }
  if (info.pack_digest() != DigestText(PackDigest(size, blocks))) {
    return FieldError("pack_digest", "does not follow from stored_size and block_sha256");
  }
  if (info.compression() == PackInfo::NONE && info.stored_size() != info.unpacked_size()) {
    return FieldError("unpacked_size", "differs from stored_size although nothing is compressed");
  }
  return absl::OkStatus();
}

// EntryProblem says what is wrong with an entry, or nothing.
std::string_view EntryProblem(const PackEntry& entry) {
  bool regular = entry.type() == PackEntry::REGULAR;
  bool symlink = entry.type() == PackEntry::SYMLINK;
  if (!regular && !symlink && entry.type() != PackEntry::DIRECTORY) {
    return "has no known type";
  }
  if (entry.mode() > 07777) {
    return "has a mode above 07777";
  }
  if (entry.sha256().size() != (regular ? sizeof(Sha256Digest) : 0)) {
    return "has a wrong number of bytes in sha256";
  }
  if (!regular && entry.size() != 0) {
    return "is no regular file but has a size";
  }
  if (symlink == entry.link_target().empty()) {
    return "has a link_target that does not fit its type";
  }
  return "";
}

absl::Status EntryError(const PackEntry& entry, std::string_view problem) {
  return FieldError(absl::StrCat("entry ", QuoteName(entry.path())), problem);
}

absl::Status ValidateEntries(const PackInfo& info) {
  if (info.format() == PackInfo::SINGLE_FILE) {
    if (info.entries_size() != 1 || info.entries(0).type() != PackEntry::REGULAR) {
      return FieldError("entries", "must be one regular file");
    }
    if (info.entries(0).size() != info.unpacked_size()) {
      return FieldError("unpacked_size", "is not the size of the file");
    }
  }
  uint64_t total = 0;
  for (int i = 0; i < info.entries_size(); ++i) {
    const PackEntry& entry = info.entries(i);
    TSM_RETURN_IF_ERROR(ValidatePackagePath(entry.path()));
    if (std::string_view problem = EntryProblem(entry); !problem.empty()) {
      return EntryError(entry, problem);
    }
    if (entry.size() > info.unpacked_size() - total) {
      return FieldError("unpacked_size", "is less than the sum of the files");
    }
    total += entry.size();
    if (i > 0 && !MemberNameLess(info.entries(i - 1).path(), info.entries(i - 1).type() == PackEntry::DIRECTORY,
                                 entry.path(), entry.type() == PackEntry::DIRECTORY)) {
      return EntryError(entry, "is not in order");
    }
  }
  return absl::OkStatus();
}

}  // namespace

Sha256Digest PackDigest(uint64_t size, absl::Span<const Sha256Digest> blocks) {
  std::array<uint8_t, 9> separator_and_size = {};
  StoreLittle<uint64_t>(size, separator_and_size.data() + 1);
  Sha256Hasher hasher;
  hasher.Update(kPackDigestLabel);
  hasher.Update(ByteSpan(separator_and_size));
  for (const Sha256Digest& block : blocks) {
    hasher.Update(ByteSpan(block));
  }
  return hasher.Finish();
}

void BlockHasher::Update(ByteSpan bytes) {
  while (!bytes.empty()) {
    uint64_t room = kBlockSize - size_ % kBlockSize;
    ByteSpan part = bytes.subspan(0, static_cast<size_t>(std::min<uint64_t>(room, bytes.size())));
    hasher_.Update(part);
    size_ += part.size();
    bytes.remove_prefix(part.size());
    if (size_ % kBlockSize == 0) {
      blocks_.push_back(std::exchange(hasher_, Sha256Hasher()).Finish());
    }
  }
}

void BlockHasher::Finish() {
  if (size_ % kBlockSize != 0) {
    blocks_.push_back(hasher_.Finish());
  }
}

absl::Status ValidatePackInfo(const PackInfo& info) {
  TSM_RETURN_IF_ERROR(ValidateNames(info));
  TSM_RETURN_IF_ERROR(ValidateDigests(info));
  return ValidateEntries(info);
}

Sha256Digest BlockDigest(const PackInfo& info, size_t index) {
  Sha256Digest digest;
  info.block_sha256().copy(reinterpret_cast<char*>(digest.data()), digest.size(), index * digest.size());
  return digest;
}

absl::StatusOr<PackInfo> ParsePackInfo(std::string_view bytes) {
  PackInfo info;
  if (bytes.size() > kMaxPackInfoSize || !info.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("PackInfo: not a protocol buffer of this type");
  }
  TSM_RETURN_IF_ERROR(ValidatePackInfo(info));
  return info;
}

absl::StatusOr<PackInfo> ReadPackInfo(const std::string& path) {
  TSM_ASSIGN_OR_RETURN(std::string bytes, ReadWholeFile(path, kMaxPackInfoSize));
  absl::StatusOr<PackInfo> info = ParsePackInfo(bytes);
  if (!info.ok()) {
    return absl::Status(info.status().code(), absl::StrCat(path, ": ", info.status().message()));
  }
  return info;
}

absl::Status WritePackInfo(const PackInfo& info, const std::string& path) {
  TSM_RETURN_IF_ERROR(ValidatePackInfo(info));
  // There is no map field, so serialising is deterministic as it is.
  std::string bytes;
  if (info.ByteSizeLong() > kMaxPackInfoSize || !info.SerializeToString(&bytes)) {
    return absl::ResourceExhaustedError(absl::StrCat(path, ": the package has too many files for its inventory"));
  }
  return WriteFileAtomically(path, bytes);
}

}  // namespace tsmedia
