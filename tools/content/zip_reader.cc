#include "tools/content/zip_reader.h"

#include <algorithm>
#include <string_view>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/content/package_path.h"
#include "zlib.h"

namespace tsmedia {
namespace {

// Section 4.3.7: local file header.
constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr uint64_t kLocalSize = 30;
// Section 4.3.12: central directory header.
constexpr uint32_t kCentralSignature = 0x02014b50;
constexpr uint64_t kCentralSize = 46;
// Section 4.3.16: end of central directory record.
constexpr uint32_t kEndSignature = 0x06054b50;
constexpr uint64_t kEndSize = 22;
constexpr uint64_t kMaxCommentSize = 65535;
// Sections 4.3.14 and 4.3.15: zip64 end of central directory record and its locator.
constexpr uint32_t kZip64EndSignature = 0x06064b50;
constexpr uint64_t kZip64EndSize = 56;
constexpr uint32_t kZip64LocatorSignature = 0x07064b50;
constexpr uint64_t kZip64LocatorSize = 20;
// Section 4.5.3: extra field with 64-bit sizes.
constexpr uint16_t kZip64ExtraId = 0x0001;
constexpr uint32_t kIn64Bit = 0xffffffff;
// Section 4.4.4: flags.
constexpr uint16_t kFlagEncrypted = 1 << 0;
// Section 4.4.5: methods.
constexpr uint16_t kMethodStored = 0;
constexpr uint16_t kMethodDeflated = 8;
// Section 4.4.2: hosts whose external attributes have st_mode in their upper half.
constexpr uint8_t kHostUnix = 3;
constexpr uint8_t kHostMac = 19;

// The directory is read into memory; a million members with long names are below this.
constexpr uint64_t kMaxDirectorySize = 512 * kMiB;
constexpr size_t kInputSize = 64 * kKiB;

absl::Status Damaged(const ByteSource& source, std::string_view problem) {
  return absl::DataLossError(absl::StrCat(source.name(), ": damaged zip archive: ", problem));
}

absl::Status Unsupported(const ByteSource& source, std::string_view problem) {
  return absl::UnimplementedError(absl::StrCat(source.name(), ": zip archive: ", problem));
}

// Directory is where the central directory lies.
struct Directory {
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t count = 0;
};

// Fields is a cursor over fixed little-endian fields of a buffer that is known to be long enough.
class Fields {
 public:
  explicit Fields(std::string_view text) : p_(AsBytes(text).data()) {}
  uint16_t U16() { return Take<uint16_t>(); }
  uint32_t U32() { return Take<uint32_t>(); }
  uint64_t U64() { return Take<uint64_t>(); }

 private:
  template <typename T>
  T Take() {
    T value = LoadLittle<T>(p_);
    p_ += sizeof(T);
    return value;
  }
  const uint8_t* p_;
};

absl::StatusOr<Directory> ReadZip64End(const ByteSource& source, uint64_t end_offset) {
  if (end_offset < kZip64LocatorSize) {
    return Damaged(source, "the zip64 locator is missing");
  }
  TSM_ASSIGN_OR_RETURN(std::string locator, source.ReadString(end_offset - kZip64LocatorSize, kZip64LocatorSize));
  Fields fields(locator);
  if (fields.U32() != kZip64LocatorSignature) {
    return Damaged(source, "the zip64 locator is missing");
  }
  fields.U32();  // disk of the record
  uint64_t offset = fields.U64();
  TSM_ASSIGN_OR_RETURN(std::string record, source.ReadString(offset, kZip64EndSize));
  Fields end(record);
  if (end.U32() != kZip64EndSignature) {
    return Damaged(source, "the zip64 end of central directory record is not where its locator says");
  }
  end.U64();  // size of the record
  end.U16();  // made by
  end.U16();  // needed
  if (end.U32() != 0 || end.U32() != 0) {
    return Unsupported(source, "it is one of several disks");
  }
  Directory directory;
  uint64_t count_here = end.U64();
  directory.count = end.U64();
  directory.size = end.U64();
  directory.offset = end.U64();
  return count_here == directory.count ? absl::StatusOr<Directory>(directory)
                                       : Unsupported(source, "it is one of several disks");
}

absl::StatusOr<Directory> ReadEnd(const ByteSource& source, uint64_t end_offset, std::string_view record) {
  Fields fields(record);
  fields.U32();  // signature
  uint16_t disk = fields.U16();
  uint16_t directory_disk = fields.U16();
  uint16_t count_here = fields.U16();
  Directory directory;
  directory.count = fields.U16();
  directory.size = fields.U32();
  directory.offset = fields.U32();
  if (directory.count == 0xffff || directory.size == kIn64Bit || directory.offset == kIn64Bit) {
    TSM_ASSIGN_OR_RETURN(directory, ReadZip64End(source, end_offset));
  } else if (disk != 0 || directory_disk != 0 || count_here != directory.count) {
    return Unsupported(source, "it is one of several disks");
  }
  if (directory.offset > end_offset || directory.size > end_offset - directory.offset) {
    return Damaged(source, "the central directory lies outside the archive");
  }
  if (directory.size > kMaxDirectorySize || directory.count > directory.size / kCentralSize) {
    return Damaged(source, "the central directory has an impossible size");
  }
  return directory;
}

// The record is at the end, before a comment of up to 65,535 bytes; its own comment length must lead to the end.
absl::StatusOr<Directory> FindDirectory(const ByteSource& source) {
  uint64_t tail_size = std::min<uint64_t>(source.size(), kEndSize + kMaxCommentSize);
  uint64_t tail_offset = source.size() - tail_size;
  TSM_ASSIGN_OR_RETURN(std::string tail, source.ReadString(tail_offset, tail_size));
  for (size_t i = tail.size() < kEndSize ? 0 : tail.size() - kEndSize + 1; i-- > 0;) {
    const uint8_t* p = AsBytes(tail).data() + i;
    if (LoadLittle<uint32_t>(p) == kEndSignature &&
        LoadLittle<uint16_t>(p + kEndSize - 2) == tail.size() - i - kEndSize) {
      return ReadEnd(source, tail_offset + i, std::string_view(tail).substr(i, kEndSize));
    }
  }
  return Damaged(source, "there is no end of central directory record; it is truncated or no zip archive");
}

// Only the values that are all ones in the header are in the extra field, in this order.
absl::Status ApplyZip64(const ByteSource& source, std::string_view extra, ZipMember& member) {
  if (member.size != kIn64Bit && member.compressed_size != kIn64Bit && member.header_offset != kIn64Bit) {
    return absl::OkStatus();
  }
  while (extra.size() >= 4) {
    uint16_t id = LoadLittle<uint16_t>(AsBytes(extra).data());
    uint16_t size = LoadLittle<uint16_t>(AsBytes(extra).data() + 2);
    extra.remove_prefix(4);
    if (size > extra.size()) {
      break;
    }
    std::string_view data = extra.substr(0, size);
    extra.remove_prefix(size);
    if (id != kZip64ExtraId) {
      continue;
    }
    for (uint64_t* value : {&member.size, &member.compressed_size, &member.header_offset}) {
      if (*value != kIn64Bit) {
        continue;
      }
      if (data.size() < 8) {
        return Damaged(source, "a zip64 extra field is too short");
      }
      *value = LoadLittle<uint64_t>(AsBytes(data).data());
      data.remove_prefix(8);
    }
    return absl::OkStatus();
  }
  return absl::OkStatus();  // exactly 4 GiB - 1, which needs no zip64
}

// ReadCentral takes one header from the beginning of `rest`.
absl::StatusOr<ZipMember> ReadCentral(const ByteSource& source, std::string_view& rest) {
  if (rest.size() < kCentralSize) {
    return Damaged(source, "the central directory is truncated");
  }
  Fields fields(rest);
  if (fields.U32() != kCentralSignature) {
    return Damaged(source, "an entry of the central directory has no signature");
  }
  ZipMember member;
  uint8_t host = static_cast<uint8_t>(fields.U16() >> 8);
  fields.U16();  // version needed
  uint16_t flags = fields.U16();
  uint16_t method = fields.U16();
  fields.U32();  // time and date
  member.crc32 = fields.U32();
  member.compressed_size = fields.U32();
  member.size = fields.U32();
  size_t name_size = fields.U16();
  size_t extra_size = fields.U16();
  size_t comment_size = fields.U16();
  fields.U32();  // disk, internal attributes
  uint32_t attributes = fields.U32();
  member.header_offset = fields.U32();
  rest.remove_prefix(kCentralSize);
  if (name_size + extra_size + comment_size > rest.size()) {
    return Damaged(source, "the central directory is truncated");
  }
  member.name = rest.substr(0, name_size);
  TSM_RETURN_IF_ERROR(ApplyZip64(source, rest.substr(name_size, extra_size), member));
  rest.remove_prefix(name_size + extra_size + comment_size);
  if ((host == kHostUnix || host == kHostMac) && attributes >> 16 != 0) {
    member.unix_mode = attributes >> 16;
  }
  if ((flags & kFlagEncrypted) != 0) {
    return Unsupported(source, absl::StrCat(QuoteName(member.name), " is encrypted"));
  }
  if (method != kMethodStored && method != kMethodDeflated) {
    return Unsupported(source, absl::StrCat(QuoteName(member.name), " is compressed by method ", method,
                                            "; only stored and deflate are known"));
  }
  member.deflated = method == kMethodDeflated;
  if (!member.deflated && member.size != member.compressed_size) {
    return Damaged(source, absl::StrCat(QuoteName(member.name), " is stored but has two sizes"));
  }
  return member;
}

// Members that share bytes are how a small archive pretends to be a huge one.
absl::Status CheckOverlaps(const ByteSource& source, uint64_t limit, const std::vector<ZipMember>& members) {
  std::vector<const ZipMember*> by_offset;
  by_offset.reserve(members.size());
  for (const ZipMember& member : members) {
    by_offset.push_back(&member);
  }
  std::sort(by_offset.begin(), by_offset.end(),
            [](const ZipMember* a, const ZipMember* b) { return a->header_offset < b->header_offset; });
  for (size_t i = by_offset.size(); i-- > 0;) {
    const ZipMember& member = *by_offset[i];
    uint64_t smallest = kLocalSize + member.name.size();
    if (member.header_offset > limit || limit - member.header_offset < smallest ||
        limit - member.header_offset - smallest < member.compressed_size) {
      return Damaged(source, absl::StrCat(QuoteName(member.name), " overlaps another part of the archive"));
    }
    limit = member.header_offset;
  }
  return absl::OkStatus();
}

// Returns where the member's data begins.
absl::StatusOr<uint64_t> CheckLocalHeader(const ByteSource& source, const ZipMember& member) {
  TSM_ASSIGN_OR_RETURN(std::string header, source.ReadString(member.header_offset, kLocalSize));
  Fields fields(header);
  if (fields.U32() != kLocalSignature) {
    return Damaged(source, absl::StrCat(QuoteName(member.name), " has no local header"));
  }
  uint64_t name_size = LoadLittle<uint16_t>(AsBytes(header).data() + 26);
  uint64_t extra_size = LoadLittle<uint16_t>(AsBytes(header).data() + 28);
  TSM_ASSIGN_OR_RETURN(std::string name, source.ReadString(member.header_offset + kLocalSize, name_size));
  if (name != member.name) {
    return Damaged(source, absl::StrCat(QuoteName(member.name), " has another name in its local header"));
  }
  return member.header_offset + kLocalSize + name_size + extra_size;
}

// ZipStream reads a member's data and checks size and CRC.
class ZipStream : public ByteStream {
 public:
  static absl::StatusOr<std::unique_ptr<ByteStream>> Open(const ByteSource* source, const ZipMember& member,
                                                          uint64_t offset) {
    auto stream = absl::WrapUnique(new ZipStream(source, member, offset));
    // Negative: the data has no zlib header.
    if (member.deflated && inflateInit2(&stream->inflater_, -15) != Z_OK) {
      return absl::ResourceExhaustedError(absl::StrCat(source->name(), ": no memory to decompress"));
    }
    return stream;
  }
  ~ZipStream() override {
    if (deflated_) {
      inflateEnd(&inflater_);
    }
  }
  ZipStream(const ZipStream&) = delete;
  ZipStream& operator=(const ZipStream&) = delete;

  const std::string& name() const override { return source_->name(); }

  absl::StatusOr<size_t> Read(MutableByteSpan out) override {
    if (size_left_ == 0) {
      TSM_RETURN_IF_ERROR(CheckEnd());
      return 0;
    }
    out = out.subspan(0, static_cast<size_t>(std::min<uint64_t>({out.size(), size_left_, uint64_t{1} << 30})));
    TSM_ASSIGN_OR_RETURN(size_t got, deflated_ ? Inflate(out) : ReadStored(out));
    crc_ = static_cast<uint32_t>(::crc32_z(crc_, out.data(), got));
    size_left_ -= got;
    return got;
  }

 private:
  ZipStream(const ByteSource* source, const ZipMember& member, uint64_t offset)
      : source_(source),
        member_name_(member.name),
        deflated_(member.deflated),
        expected_crc_(member.crc32),
        size_left_(member.size),
        offset_(offset),
        stored_left_(member.compressed_size) {}

  absl::StatusOr<size_t> ReadStored(MutableByteSpan out) {
    TSM_RETURN_IF_ERROR(source_->ReadAt(offset_, out));
    offset_ += out.size();
    return out.size();
  }

  absl::StatusOr<size_t> Inflate(MutableByteSpan out) {
    inflater_.next_out = out.data();
    inflater_.avail_out = static_cast<uInt>(out.size());
    while (inflater_.avail_out == out.size()) {
      TSM_RETURN_IF_ERROR(Refill());
      int result = inflate(&inflater_, Z_NO_FLUSH);
      if (result != Z_OK && (result != Z_STREAM_END || inflater_.avail_out == out.size())) {
        return Damaged(*source_, absl::StrCat(QuoteName(member_name_), ": the compressed data is wrong or too short"));
      }
    }
    return out.size() - inflater_.avail_out;
  }

  absl::Status Refill() {
    if (inflater_.avail_in != 0 || stored_left_ == 0) {
      return absl::OkStatus();
    }
    size_t count = static_cast<size_t>(std::min<uint64_t>(stored_left_, kInputSize));
    if (input_ == nullptr) {
      input_ = std::make_unique_for_overwrite<uint8_t[]>(count);
    }
    TSM_RETURN_IF_ERROR(source_->ReadAt(offset_, MutableByteSpan(input_.get(), count)));
    offset_ += count;
    stored_left_ -= count;
    inflater_.next_in = input_.get();
    inflater_.avail_in = static_cast<uInt>(count);
    return absl::OkStatus();
  }

  absl::Status CheckEnd() const {
    return crc_ == expected_crc_
               ? absl::OkStatus()
               : Damaged(*source_, absl::StrCat(QuoteName(member_name_), ": the CRC of the data is wrong"));
  }

  const ByteSource* source_;
  std::string member_name_;
  bool deflated_;
  uint32_t expected_crc_;
  uint64_t size_left_;
  uint64_t offset_;
  uint64_t stored_left_;
  uint32_t crc_ = 0;
  z_stream inflater_ = {};
  std::unique_ptr<uint8_t[]> input_;
};

}  // namespace

absl::StatusOr<bool> IsZip(const ByteSource& source) {
  if (source.size() < kEndSize) {
    return false;
  }
  TSM_ASSIGN_OR_RETURN(std::string signature, source.ReadString(0, 4));
  uint32_t value = LoadLittle<uint32_t>(AsBytes(signature).data());
  return value == kLocalSignature || value == kEndSignature;
}

absl::StatusOr<std::vector<ZipMember>> ReadZipDirectory(const ByteSource& source) {
  TSM_ASSIGN_OR_RETURN(Directory directory, FindDirectory(source));
  TSM_ASSIGN_OR_RETURN(std::string bytes, source.ReadString(directory.offset, directory.size));
  std::vector<ZipMember> members;
  members.reserve(static_cast<size_t>(directory.count));
  std::string_view rest = bytes;
  for (uint64_t i = 0; i < directory.count; ++i) {
    TSM_ASSIGN_OR_RETURN(ZipMember member, ReadCentral(source, rest));
    members.push_back(std::move(member));
  }
  TSM_RETURN_IF_ERROR(CheckOverlaps(source, directory.offset, members));
  return members;
}

absl::StatusOr<std::unique_ptr<ByteStream>> OpenZipMember(const ByteSource* source, const ZipMember& member) {
  TSM_ASSIGN_OR_RETURN(uint64_t offset, CheckLocalHeader(*source, member));
  return ZipStream::Open(source, member, offset);
}

}  // namespace tsmedia
