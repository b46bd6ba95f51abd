// Archives made by hand; tests/interop/content reads those of other programs.

#include "tools/content/archive.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/content/byte_stream.h"
#include "tools/content/tar_format.h"
#include "tools/content/tar_writer.h"
#include "zlib.h"
#include "zstd.h"

namespace tsmedia {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <typename T>
std::string Little(T value) {
  std::string bytes(sizeof(T), '\0');
  StoreLittle<T>(value, reinterpret_cast<uint8_t*>(bytes.data()));
  return bytes;
}

std::string RawDeflate(std::string_view text) {
  z_stream deflater = {};
  EXPECT_EQ(deflateInit2(&deflater, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&deflater, text.size()), '\0');
  deflater.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  deflater.avail_in = static_cast<uInt>(text.size());
  deflater.next_out = reinterpret_cast<Bytef*>(out.data());
  deflater.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&deflater, Z_FINISH), Z_STREAM_END);
  out.resize(deflater.total_out);
  deflateEnd(&deflater);
  return out;
}

// ZipFile is one member of a zip archive, with all fields open to damage.
struct ZipFile {
  std::string name;
  std::string text = {};
  uint32_t mode = 0100644;
  bool deflated = false;
  uint16_t flags = 0;
  uint16_t method = 0xffff;  // as `deflated` says
  uint8_t host = 3;
  std::string local_name = {};  // as `name`
  bool zip64 = false;
};

std::string Zip(const std::vector<ZipFile>& files, bool zip64_end = false, std::string comment = "") {
  std::string out;
  std::string directory;
  for (const ZipFile& file : files) {
    std::string data = file.deflated ? RawDeflate(file.text) : file.text;
    uint32_t crc = static_cast<uint32_t>(crc32_z(0, AsBytes(file.text).data(), file.text.size()));
    uint16_t method = file.method != 0xffff ? file.method : file.deflated ? 8 : 0;
    std::string local_name = file.local_name.empty() ? file.name : file.local_name;
    std::string extra;
    uint32_t size = static_cast<uint32_t>(file.text.size());
    uint32_t compressed = static_cast<uint32_t>(data.size());
    if (file.zip64) {
      extra = Little<uint16_t>(0x7777) + Little<uint16_t>(1) + "?" + Little<uint16_t>(1) + Little<uint16_t>(16) +
              Little<uint64_t>(size) + Little<uint64_t>(compressed);
      size = compressed = 0xffffffff;
    }
    std::string common = Little<uint16_t>(file.flags) + Little<uint16_t>(method) + Little<uint32_t>(0) +
                         Little<uint32_t>(crc) + Little<uint32_t>(compressed) + Little<uint32_t>(size);
    directory += Little<uint32_t>(0x02014b50) + Little<uint16_t>(static_cast<uint16_t>(file.host << 8 | 20)) +
                 Little<uint16_t>(20) + common + Little<uint16_t>(static_cast<uint16_t>(file.name.size())) +
                 Little<uint16_t>(static_cast<uint16_t>(extra.size())) + Little<uint16_t>(0) + Little<uint32_t>(0) +
                 Little<uint32_t>(file.mode << 16) + Little<uint32_t>(static_cast<uint32_t>(out.size())) + file.name +
                 extra;
    out += Little<uint32_t>(0x04034b50) + Little<uint16_t>(20) + common +
           Little<uint16_t>(static_cast<uint16_t>(local_name.size())) + Little<uint16_t>(0) + local_name + data;
  }
  uint64_t offset = out.size();
  out += directory;
  uint16_t count = static_cast<uint16_t>(files.size());
  if (zip64_end) {
    uint64_t record = out.size();
    out += Little<uint32_t>(0x06064b50) + Little<uint64_t>(44) + Little<uint32_t>(0) + Little<uint64_t>(0) +
           Little<uint64_t>(count) + Little<uint64_t>(count) + Little<uint64_t>(directory.size()) +
           Little<uint64_t>(offset) + Little<uint32_t>(0x07064b50) + Little<uint32_t>(0) + Little<uint64_t>(record) +
           Little<uint32_t>(1);
    count = 0xffff;
  }
  out += Little<uint32_t>(0x06054b50) + Little<uint32_t>(0) + Little<uint16_t>(count) + Little<uint16_t>(count) +
         Little<uint32_t>(static_cast<uint32_t>(directory.size())) + Little<uint32_t>(static_cast<uint32_t>(offset)) +
         Little<uint16_t>(static_cast<uint16_t>(comment.size())) + comment;
  return out;
}

std::string Member(std::string_view path, EntryType type, std::string_view data = "", uint32_t mode = 0644) {
  std::string out;
  uint64_t size = type == EntryType::kFile ? data.size() : 0;
  AppendTarHeader({.path = path, .type = type, .mode = mode, .size = size, .link_target = data}, &out);
  if (type == EntryType::kFile) {
    absl::StrAppend(&out, data, std::string(TarPadding(data.size()), '\0'));
  }
  return out;
}

// Patch rewrites fields of a header block and its checksum.
std::string Patch(std::string member, TarField field, std::string_view value) {
  member.replace(field.offset, value.size(), value);
  std::string sum = absl::StrFormat("%06o", TarChecksum(AsBytes(member).subspan(0, kTarBlockSize)));
  return member.replace(kTarChecksum.offset, sum.size(), sum);
}
constexpr TarField kType = {kTarTypeOffset, 1};

std::string Ar(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string out = "!<arch>\n";
  for (const auto& [name, data] : members) {
    absl::StrAppend(&out, absl::StrFormat("%-16s%-12d%-6d%-6d%-8s%-10d`\n", name, 0, 0, 0, "100644", data.size()), data,
                    data.size() % 2 == 1 ? "\n" : "");
  }
  return out;
}

std::string Zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

const std::string& Trailer() {
  static const auto* trailer = new std::string(kTarTrailerSize, '\0');
  return *trailer;
}

class ArchiveTest : public testing::Test {
 protected:
  absl::Status Open(std::string_view bytes) {
    std::string path = testing::TempDir() + "/archive";
    TSM_RETURN_IF_ERROR(WriteFileAtomically(path, bytes));
    TSM_ASSIGN_OR_RETURN(archive_, Archive::Open(path, testing::TempDir(), &warnings_));
    return absl::OkStatus();
  }
  std::string ErrorOf(std::string_view bytes) { return std::string(Open(bytes).message()); }

  absl::StatusOr<std::string> Content(const ArchiveMember& member) {
    TSM_ASSIGN_OR_RETURN(auto stream, archive_->OpenContent(member.content));
    StringSink sink;
    TSM_RETURN_IF_ERROR(CopyAll(*stream, sink).status());
    EXPECT_EQ(sink.bytes().size(), archive_->ContentSize(member.content));
    return sink.TakeBytes();
  }
  // "path=content", "path/" or "path->target" of each member.
  std::vector<std::string> Members() {
    std::vector<std::string> all;
    for (const ArchiveMember& member : archive_->members()) {
      switch (member.type) {
        case EntryType::kFile: {
          auto content = Content(member);
          all.push_back(absl::StrCat(member.path, "=", content.ok() ? *content : content.status().ToString()));
          break;
        }
        case EntryType::kDirectory:
          all.push_back(absl::StrCat(member.path, "/"));
          break;
        case EntryType::kSymlink:
          all.push_back(absl::StrCat(member.path, "->", member.link_target));
          break;
      }
    }
    return all;
  }

  std::unique_ptr<Archive> archive_;
  std::vector<std::string> warnings_;
};

std::string SampleTar() {
  return Member("./d", EntryType::kDirectory) + Member("./d/a", EntryType::kFile, "alpha", 0750) +
         Member("d/link", EntryType::kSymlink, "a") +
         Patch(Patch(Member("d/hard", EntryType::kSymlink, "./d/a"), kType, "1"), kTarMode, "0000600") +
         Patch(Member("d/hardlink", EntryType::kSymlink, "d/link"), kType, "1") +
         Member("b", EntryType::kFile, "beta") + Trailer();
}

TEST_F(ArchiveTest, ReadsPlainAndCompressedTar) {
  for (const std::string& bytes : {SampleTar(), Zstd(SampleTar())}) {
    ASSERT_TRUE(Open(bytes).ok()) << Open(bytes);
    EXPECT_THAT(Members(), ElementsAre("d/", "d/a=alpha", "d/link->a", "d/hard=alpha", "d/hardlink->a", "b=beta"));
    EXPECT_EQ(archive_->members()[1].mode, 0750u);
    EXPECT_EQ(archive_->members()[3].mode, 0750u);  // one file has one mode
    EXPECT_THAT(warnings_, IsEmpty());
  }
}

TEST_F(ArchiveTest, ReadsDebianPackages) {
  for (const auto& [name, data] : std::vector<std::pair<std::string, std::string>>{
           {"data.tar", SampleTar()}, {"data.tar.zst", Zstd(SampleTar())}, {"data.tar.zst/", Zstd(SampleTar())}}) {
    ASSERT_TRUE(Open(Ar({{"debian-binary", "2.0\n"}, {"control.tar.xz", "odd"}, {name, data}})).ok());
    EXPECT_EQ(Members().size(), 6u);
  }
  EXPECT_THAT(ErrorOf(Ar({{"x.o", "1"}})), HasSubstr("no Debian package"));
  EXPECT_THAT(ErrorOf(Ar({{"debian-binary", "2.0\n"}})), HasSubstr("no member data.tar"));
  EXPECT_THAT(ErrorOf("!<arch>\nshort"), HasSubstr("truncated"));
  std::string truncated = Ar({{"debian-binary", "2.0\n"}, {"data.tar", SampleTar()}});
  truncated.resize(truncated.size() - 1);
  EXPECT_THAT(ErrorOf(truncated), HasSubstr("data.tar is truncated"));
}

TEST_F(ArchiveTest, RefusesDevicesAndBadHardLinks) {
  for (auto [type, word] : {std::pair("3", "device node"), {"4", "device node"}, {"6", "FIFO"}}) {
    EXPECT_THAT(ErrorOf(Patch(Member("dev/x", EntryType::kFile), kType, type) + Trailer()),
                HasSubstr(absl::StrCat("\"dev/x\" is a ", word)));
  }
  EXPECT_THAT(ErrorOf(Patch(Member("h", EntryType::kSymlink, "later"), kType, "1") + Member("later", EntryType::kFile) +
                      Trailer()),
              HasSubstr("\"h\" is a hard link to \"later\", which is no file before it"));
}

TEST_F(ArchiveTest, KeepsSetIdBitsOfRootOnly) {
  ASSERT_TRUE(Open(Member("root", EntryType::kFile, "", 06755) +
                   Patch(Member("user", EntryType::kFile, "", 06755), kTarUid, "0001750") +
                   Patch(Member("group", EntryType::kFile, "", 06755), kTarGid, "0000005") +
                   Member("tmp", EntryType::kDirectory, "", 01777) + Trailer())
                  .ok());
  EXPECT_EQ(archive_->members()[0].mode, 06755u);
  EXPECT_EQ(archive_->members()[1].mode, 02755u);
  EXPECT_EQ(archive_->members()[2].mode, 04755u);
  EXPECT_EQ(archive_->members()[3].mode, 01777u);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("\"user\": the set-user-ID"), HasSubstr("0:5")));
}

TEST_F(ArchiveTest, RefusesDamagedCompression) {
  std::string zstd = Zstd(SampleTar());
  zstd.resize(zstd.size() - 1);
  EXPECT_THAT(ErrorOf(zstd), HasSubstr("truncated zstd data"));
  EXPECT_THAT(ErrorOf("no archive at all"), HasSubstr("no tar archive"));
}

TEST_F(ArchiveTest, ReadsZip) {
  std::string long_text(300000, 'z');
  ASSERT_TRUE(Open(Zip({{.name = "d/", .mode = 040755},
                        {.name = "d/stored", .text = "alpha", .mode = 0100755},
                        {.name = "d/deflated", .text = long_text, .deflated = true},
                        {.name = "d/empty", .text = ""},
                        {.name = "d/link", .text = "stored", .mode = 0120777},
                        {.name = "dos", .text = "x", .mode = 0, .host = 0},
                        {.name = "setuid", .text = "x", .mode = 0104755},
                        {.name = "big", .text = "zip64", .zip64 = true}}))
                  .ok());
  EXPECT_THAT(Members(), ElementsAre("d/", "d/stored=alpha", "d/deflated=" + long_text, "d/empty=", "d/link->stored",
                                     "dos=x", "setuid=x", "big=zip64"));
  EXPECT_EQ(archive_->members()[1].mode, 0755u);
  EXPECT_EQ(archive_->members()[5].mode, std::nullopt);
  EXPECT_EQ(archive_->members()[6].mode, 0755u);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("\"setuid\"")));
}

TEST_F(ArchiveTest, FindsTheEndOfAZip) {
  EXPECT_TRUE(Open(Zip({})).ok());
  EXPECT_TRUE(Open(Zip({{.name = "a"}}, true)).ok());
  EXPECT_EQ(Members(), std::vector<std::string>{"a="});
  // A comment that looks like an end record.
  EXPECT_TRUE(Open(Zip({{.name = "a"}}, false, "PK\5\6" + std::string(18, '\0') + "tail")).ok());
}

TEST_F(ArchiveTest, RefusesDamagedZip) {
  std::string zip = Zip({{.name = "a", .text = "alpha"}});
  EXPECT_THAT(ErrorOf(zip.substr(0, zip.size() - 1)), HasSubstr("no end of central directory"));
  EXPECT_THAT(ErrorOf(zip + "x"), HasSubstr("no end of central directory"));
  EXPECT_THAT(ErrorOf(Zip({{.name = "a", .flags = 1}})), HasSubstr("\"a\" is encrypted"));
  EXPECT_THAT(ErrorOf(Zip({{.name = "a", .method = 12}})), HasSubstr("method 12"));
  EXPECT_THAT(ErrorOf(Zip({{.name = "a", .mode = 0020644}})), HasSubstr("device"));
  EXPECT_THAT(ErrorOf(Zip({{.name = "a", .text = std::string(5000, 't'), .mode = 0120777}})), HasSubstr("long target"));
  std::string far = zip;
  far.replace(far.size() - 6, 4, Little<uint32_t>(0x7fffffff));  // offset of the directory
  EXPECT_THAT(ErrorOf(far), HasSubstr("outside the archive"));
  std::string many = zip;
  many.replace(many.size() - 14, 4, Little<uint16_t>(9999) + Little<uint16_t>(9999));  // numbers of members
  EXPECT_THAT(ErrorOf(many), HasSubstr("impossible size"));
}

TEST_F(ArchiveTest, FindsDamagedZipContent) {
  ASSERT_TRUE(Open(Zip({{.name = "a", .text = "alpha", .local_name = "b"}})).ok());
  EXPECT_THAT(Members()[0], HasSubstr("another name"));
  std::string zip = Zip({{.name = "a", .text = "alpha"}});
  zip[33] ^= 1;  // the data
  ASSERT_TRUE(Open(zip).ok());
  EXPECT_THAT(Members()[0], HasSubstr("CRC"));
  std::string deflated = Zip({{.name = "a", .text = std::string(1000, 'x'), .deflated = true}});
  deflated[31] = '\xff';
  ASSERT_TRUE(Open(deflated).ok());
  EXPECT_THAT(Members()[0], HasSubstr("compressed data is wrong"));
}

TEST_F(ArchiveTest, RefusesZipMembersThatOverlap) {
  std::string zip = Zip({{.name = "a", .text = "alpha"}, {.name = "b", .text = "beta"}});
  // Both entries of the directory point to the first local header.
  size_t second = zip.rfind("PK\1\2");
  zip.replace(second + 42, 4, Little<uint32_t>(0));
  EXPECT_THAT(ErrorOf(zip), HasSubstr("overlaps"));
}

}  // namespace
}  // namespace tsmedia
