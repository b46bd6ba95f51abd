// The tar writer and the tar reader, against each other and against headers made by hand.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/content/byte_stream.h"
#include "tools/content/tar_format.h"
#include "tools/content/tar_reader.h"
#include "tools/content/tar_writer.h"

namespace tsmedia {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;
using Type = TarEntry::Type;

// RawHeader is a header block whose fields a test sets by hand.
class RawHeader {
 public:
  explicit RawHeader(char type, std::string_view name = "name",
                     std::string_view magic = std::string_view("ustar\0", 6)) {
    block_.fill(0);
    block_[kTarTypeOffset] = static_cast<uint8_t>(type);
    Set(kTarName, name).Set(kTarMode, "0000644").Set(kTarMagic, magic).Set(kTarSize, "00000000000");
  }
  RawHeader& Set(TarField field, std::string_view value) {
    std::memset(block_.data() + field.offset, 0, field.size);
    std::memcpy(block_.data() + field.offset, value.data(), value.size());
    return *this;
  }
  std::string Bytes() {
    std::string digits;
    for (uint32_t sum = TarChecksum(block_); digits.size() < 6; sum /= 8) {
      digits.insert(digits.begin(), static_cast<char>('0' + sum % 8));
    }
    Set(kTarChecksum, digits);
    return std::string(AsText(block_));
  }

 private:
  std::array<uint8_t, kTarBlockSize> block_;
};

std::string Padded(std::string data) {
  data.append(TarPadding(data.size()), '\0');
  return data;
}

std::string Octal(uint64_t value) {
  std::string digits(11, '0');
  for (size_t i = digits.size(); i-- > 0; value /= 8) {
    digits[i] = static_cast<char>('0' + value % 8);
  }
  return digits;
}

// Extension is an extended header of `type` with this content.
std::string Extension(char type, std::string content) {
  return RawHeader(type, "././@x").Set(kTarSize, Octal(content.size())).Bytes() + Padded(content);
}

std::string PaxRecord(std::string_view keyword, std::string_view value) {
  size_t rest = keyword.size() + value.size() + 3;
  size_t length = rest + absl::StrCat(rest).size();
  length = rest + absl::StrCat(length).size();
  return absl::StrCat(length, " ", keyword, "=", value, "\n");
}

const std::string& Trailer() {
  static const auto* trailer = new std::string(kTarTrailerSize, '\0');
  return *trailer;
}

absl::StatusOr<std::vector<TarEntry>> ReadAll(std::string tar, std::vector<std::string>* data = nullptr) {
  MemorySource source(std::move(tar), "x.tar");
  SourceStream stream(&source);
  TarReader reader(&stream);
  std::vector<TarEntry> entries;
  while (true) {
    absl::StatusOr<std::optional<TarEntry>> entry = reader.Next();
    if (!entry.ok()) {
      return entry.status();
    }
    if (!entry->has_value()) {
      return entries;
    }
    entries.push_back(**entry);
    if (data != nullptr) {
      std::string content(static_cast<size_t>(entries.back().size), '\0');
      size_t filled = 0;
      while (filled < content.size()) {
        auto got = reader.Read(MutableByteSpan(reinterpret_cast<uint8_t*>(content.data()) + filled,
                                               std::min<size_t>(7, content.size() - filled)));
        if (!got.ok()) {
          return got.status();
        }
        filled += *got;
      }
      data->push_back(content);
    }
  }
}

std::string ErrorOf(std::string tar) {
  auto entries = ReadAll(std::move(tar));
  return entries.ok() ? "" : std::string(entries.status().message());
}

TarMember File(std::string_view path, uint64_t size = 0) {
  return {.path = path, .type = EntryType::kFile, .mode = 0644, .size = size, .time = 315532800};
}

std::string Header(const TarMember& member) {
  std::string out;
  AppendTarHeader(member, &out);
  return out;
}

TEST(TarWriterTest, WritesThePlainHeaderByteForByte) {
  std::string header = Header(File("bin/tool", 5));
  ASSERT_EQ(header.size(), kTarBlockSize);
  std::string expected(kTarBlockSize, '\0');
  auto put = [&](size_t offset, std::string_view text) { expected.replace(offset, text.size(), text); };
  put(0, "bin/tool");
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, "00000000005");
  put(136, "02263523000");
  put(148, std::string_view("010677\0 ", 8));
  put(156, "0");
  put(257, std::string_view("ustar\0"
                            "00",
                            8));
  put(329, "0000000");
  put(337, "0000000");
  EXPECT_EQ(header, expected);
}

TEST(TarWriterTest, UsesTheSmallestFormThatFits) {
  std::string name100(100, 'n');
  EXPECT_EQ(Header(File(name100)).size(), kTarBlockSize);
  EXPECT_EQ(Header(File(std::string(155, 'p') + "/" + name100)).size(), kTarBlockSize);
  EXPECT_EQ(Header(File(name100 + "n")).size(), 3 * kTarBlockSize);
  EXPECT_EQ(Header(File(std::string(156, 'p') + "/" + name100)).size(), 3 * kTarBlockSize);
  EXPECT_EQ(Header(File("grüße")).size(), 3 * kTarBlockSize);
  EXPECT_EQ(Header(File("x", kTarMaxOctal)).size(), kTarBlockSize);
  EXPECT_EQ(Header(File("x", kTarMaxOctal + 1)).size(), 3 * kTarBlockSize);
  std::string name99(99, 'd');
  TarMember directory = File(name99);
  directory.type = EntryType::kDirectory;
  EXPECT_EQ(Header(directory).size(), kTarBlockSize);
  directory.path = name100;  // with its '/' one too long
  EXPECT_EQ(Header(directory).size(), 3 * kTarBlockSize);
}

TEST(TarWriterTest, CountsItsOwnLengthInPaxRecords) {
  // " path=" and "\n" are 7 bytes: 92 + 7 + 2 = 101 needs a third digit.
  for (size_t size = 85; size < 110; ++size) {
    std::string path = "\xc3\xa4" + std::string(size, 'x');
    std::string header = Header(File(path));
    size_t length = std::stoul(header.substr(kTarBlockSize, 4));
    EXPECT_EQ(header[kTarBlockSize + length - 1], '\n') << size;
    EXPECT_EQ(header[kTarBlockSize + length], '\0') << size;
  }
}

TEST(TarTest, RoundTripsEveryKindOfMember) {
  std::string component(255, 'x');
  std::string long_path = "grüße/" + component + "/" + component;
  std::string long_target = "../" + std::string(200, 't');
  TarMember directory = {.path = "dir", .type = EntryType::kDirectory, .mode = 01777, .time = 1};
  TarMember link = {.path = "link", .type = EntryType::kSymlink, .mode = 0777, .link_target = "ä", .time = 1};
  TarMember long_link = {.path = "long", .type = EntryType::kSymlink, .mode = 0777, .link_target = long_target};
  std::string tar = Header(directory) + Header(File(long_path, 3)) + Padded("abc") + Header(link) + Header(long_link) +
                    Header(File("empty")) + Header(File("full", 1024)) + std::string(1024, 'z') + Trailer();
  std::vector<std::string> data;
  auto entries = ReadAll(tar, &data);
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 6u);
  const std::vector<TarEntry>& e = *entries;
  EXPECT_EQ(e[0].path, "dir/");
  EXPECT_EQ(e[0].type, Type::kDirectory);
  EXPECT_EQ(e[0].mode, 01777u);
  EXPECT_EQ(e[1].path, long_path);
  EXPECT_EQ(data[1], "abc");
  EXPECT_EQ(e[1].time, 315532800u);
  EXPECT_EQ(e[2].type, Type::kSymlink);
  EXPECT_EQ(e[2].link_target, "ä");
  EXPECT_EQ(e[3].link_target, long_target);
  EXPECT_EQ(e[4].size, 0u);
  EXPECT_EQ(data[5], std::string(1024, 'z'));
  EXPECT_EQ(tar.substr(static_cast<size_t>(e[1].data_offset), 3), "abc");
}

TEST(TarTest, RoundTripsSizesBeyondEightGiB) {
  // Only the headers: a reader must find the size, not the data.
  MemorySource source(Header(File("big", kTarMaxOctal + 2)) + Trailer(), "x.tar");
  SourceStream stream(&source);
  TarReader reader(&stream);
  auto entry = reader.Next();
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ((*entry)->size, kTarMaxOctal + 2);
  EXPECT_THAT(std::string(reader.Next().status().message()), HasSubstr("truncated"));
}

TEST(TarReaderTest, JoinsThePrefixOfUstarOnly) {
  auto entries = ReadAll(RawHeader('0', "b").Set(kTarPrefix, "a").Bytes() +
                         RawHeader('0', "b", std::string_view("ustar ", 6)).Set(kTarPrefix, "a").Bytes() +
                         RawHeader('0', "b", "").Set(kTarPrefix, "a").Bytes() + Trailer());
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ((*entries)[0].path, "a/b");
  EXPECT_EQ((*entries)[1].path, "b");
  EXPECT_EQ((*entries)[2].path, "b");
}

TEST(TarReaderTest, TakesOldFilesWithASlashAsDirectories) {
  auto entries = ReadAll(RawHeader('\0', "d/", "").Bytes() + RawHeader('\0', "f", "").Bytes() +
                         RawHeader('7', "c").Bytes() + Trailer());
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ((*entries)[0].type, Type::kDirectory);
  EXPECT_EQ((*entries)[1].type, Type::kFile);
  EXPECT_EQ((*entries)[2].type, Type::kFile);
}

TEST(TarReaderTest, ReadsGnuLongNames) {
  std::string name(300, 'n');
  std::string target(400, 't');
  auto entries = ReadAll(Extension('L', name + std::string(1, '\0')) + Extension('K', target + std::string(1, '\0')) +
                         RawHeader('2', name.substr(0, 100)).Bytes() + RawHeader('0', "next").Bytes() + Trailer());
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ((*entries)[0].path, name);
  EXPECT_EQ((*entries)[0].link_target, target);
  EXPECT_EQ((*entries)[1].path, "next");
}

TEST(TarReaderTest, ReadsBase256Numbers) {
  std::string size("\x80\0\0\0\0\0\0\0\0\0\0\3", 12);
  std::string uid("\x80\0\0\0\0\x20\0\0", 8);
  std::vector<std::string> data;
  auto entries =
      ReadAll(RawHeader('0').Set(kTarSize, size).Set(kTarUid, uid).Bytes() + Padded("abc") + Trailer(), &data);
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ(data[0], "abc");
  EXPECT_EQ((*entries)[0].uid, uint64_t{0x200000});
}

TEST(TarReaderTest, AppliesLocalBeforeGlobalPaxRecords) {
  auto entries = ReadAll(Extension('g', PaxRecord("uid", "7") + PaxRecord("gid", "8") + PaxRecord("comment", "c")) +
                         Extension('x', PaxRecord("uid", "9") + PaxRecord("path", "p\xc3\xa4")) +
                         RawHeader('0').Bytes() + RawHeader('0', "second").Bytes() + Trailer());
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ((*entries)[0].uid, 9u);
  EXPECT_EQ((*entries)[0].gid, 8u);
  EXPECT_EQ((*entries)[0].path, "p\xc3\xa4");
  EXPECT_EQ((*entries)[1].uid, 7u);
  EXPECT_EQ((*entries)[1].path, "second");
}

TEST(TarReaderTest, EmptyPaxValueTakesAnEarlierOneBack) {
  auto entries =
      ReadAll(Extension('x', PaxRecord("path", "other") + PaxRecord("path", "")) + RawHeader('0').Bytes() + Trailer());
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ((*entries)[0].path, "name");
}

TEST(TarReaderTest, ReadsAttributesAndDeviceNumbers) {
  const std::string value("\x01\0\n=", 4);
  std::string archive =
      Extension(kTarTypePax,
                PaxRecord("SCHILY.xattr.security.capability", value) + PaxRecord("SCHILY.xattr.user.a", "")) +
      RawHeader(kTarTypeFile).Bytes() +
      RawHeader(kTarTypeCharDevice).Set(kTarDevMajor, "0000005").Set(kTarDevMinor, "0000010").Bytes() + Trailer();
  MemorySource source(archive);
  SourceStream stream(&source);
  TarReader reader(&stream);
  std::optional<TarEntry> file = reader.Next().value();
  EXPECT_THAT(file->attributes, UnorderedElementsAre(Pair("security.capability", value), Pair("user.a", "")));
  std::optional<TarEntry> device = reader.Next().value();
  EXPECT_THAT(device->attributes, IsEmpty());
  EXPECT_EQ(device->device_major, 5u);
  EXPECT_EQ(device->device_minor, 8u);
}

TEST(TarReaderTest, KnowsAllTypes) {
  auto entries = ReadAll(RawHeader('1').Set(kTarLinkName, "t").Bytes() + RawHeader('3').Bytes() +
                         RawHeader('4').Bytes() + RawHeader('6').Bytes() + Trailer());
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ((*entries)[0].type, Type::kHardLink);
  EXPECT_EQ((*entries)[1].type, Type::kCharDevice);
  EXPECT_EQ((*entries)[2].type, Type::kBlockDevice);
  EXPECT_EQ((*entries)[3].type, Type::kFifo);
}

TEST(TarReaderTest, AcceptsOneBlockOfZerosAndPadding) {
  EXPECT_TRUE(ReadAll(RawHeader('0').Bytes() + std::string(kTarBlockSize, '\0')).ok());
  EXPECT_TRUE(ReadAll(RawHeader('0').Bytes() + std::string(9000, '\0')).ok());
  auto entries = ReadAll(Trailer());
  ASSERT_TRUE(entries.ok());
  EXPECT_THAT(*entries, IsEmpty());
}

TEST(TarReaderTest, RefusesDamage) {
  std::string file = RawHeader('0').Bytes();
  EXPECT_THAT(ErrorOf(""), HasSubstr("offset 0: it ends without a block of zeros"));
  EXPECT_THAT(ErrorOf("hello"), HasSubstr("no tar archive"));
  EXPECT_THAT(ErrorOf(std::string(512, 'x')),
              HasSubstr("x.tar: damaged tar archive at offset 0: this is no tar header"));
  EXPECT_THAT(ErrorOf(file), HasSubstr("offset 512: it ends without"));
  EXPECT_THAT(ErrorOf(file + Trailer() + file), HasSubstr("data after the end"));
  std::string flipped = file + file + Trailer();
  flipped[kTarBlockSize] ^= 1;
  EXPECT_THAT(ErrorOf(flipped), HasSubstr("offset 512: wrong checksum"));
  EXPECT_THAT(ErrorOf(RawHeader('0').Set(kTarSize, "00000000003").Bytes()), HasSubstr("truncated"));
  EXPECT_THAT(ErrorOf(RawHeader('0').Set(kTarSize, "0000000008x").Bytes() + Trailer()), HasSubstr("field size"));
  EXPECT_THAT(
      ErrorOf(RawHeader('0').Set(kTarSize, std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")).Bytes() +
              Trailer()),
      HasSubstr("field size"));
  EXPECT_THAT(ErrorOf(RawHeader('0').Set(kTarSize, std::string("\x80\1\0\0\0\0\0\0\0\0\0\0", 12)).Bytes() + Trailer()),
              HasSubstr("field size"));
  EXPECT_THAT(
      ErrorOf(RawHeader('0').Set(kTarSize, std::string("\x80\0\0\0\x7f\0\0\0\0\0\0\0", 12)).Bytes() + Trailer()),
      HasSubstr("impossible size"));
  EXPECT_THAT(ErrorOf(RawHeader('0', "").Bytes() + Trailer()), HasSubstr("a name is empty"));
  EXPECT_THAT(ErrorOf(RawHeader('2').Bytes() + Trailer()), HasSubstr("without a target"));
}

TEST(TarReaderTest, AcceptsChecksumsOfSignedBytes) {
  std::string header = RawHeader('0', "\xff\x80").Bytes();
  uint32_t sum = TarChecksum(AsBytes(header)) - 2 * 256;
  std::string digits = "000000";
  for (size_t i = digits.size(); i-- > 0; sum /= 8) {
    digits[i] = static_cast<char>('0' + sum % 8);
  }
  header.replace(kTarChecksum.offset, digits.size(), digits);
  auto entries = ReadAll(header + Trailer());
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ((*entries)[0].path, "\xff\x80");
}

TEST(TarReaderTest, RefusesDamagedPaxRecords) {
  for (std::string records : {"5 a=b\n", "999 a=b\n", "6 a=b", "0 a=b\n", "x a=b\n", "-6 a=b\n", " a=b\n", "6 aab\n",
                              "18446744073709551622 a=b\n", "2 \n", "nonsense"}) {
    EXPECT_THAT(ErrorOf(Extension('x', records) + RawHeader('0').Bytes() + Trailer()), HasSubstr("pax record"))
        << records;
  }
  for (std::string_view value : {"-1", "1.5", "18446744073709551616", "0x10"}) {
    EXPECT_THAT(ErrorOf(Extension('x', PaxRecord("size", value)) + RawHeader('0').Bytes() + Trailer()),
                HasSubstr("no number"))
        << value;
  }
  EXPECT_THAT(
      ErrorOf(Extension('x', PaxRecord("path", std::string_view("a\0b", 3))) + RawHeader('0').Bytes() + Trailer()),
      HasSubstr("NUL"));
  EXPECT_THAT(ErrorOf(Extension('x', PaxRecord("path", "a")) + Trailer()), HasSubstr("not followed by a file"));
}

TEST(TarReaderTest, RefusesHugeAndEndlessExtensions) {
  EXPECT_THAT(ErrorOf(RawHeader('x').Set(kTarSize, "77777777777").Bytes()), HasSubstr("the limit is 1048576"));
  EXPECT_THAT(ErrorOf(RawHeader('L').Set(kTarSize, "00100000000").Bytes()), HasSubstr("the limit is 1048576"));
  std::string endless;
  for (int i = 0; i < 100; ++i) {
    endless += Extension('x', PaxRecord("comment", "c"));
  }
  EXPECT_THAT(ErrorOf(endless), HasSubstr("too many extended headers"));
}

TEST(TarReaderTest, RefusesWhatItCannotRepresent) {
  EXPECT_THAT(ErrorOf(RawHeader('S').Bytes() + Trailer()), HasSubstr("sparse"));
  EXPECT_THAT(ErrorOf(Extension('x', PaxRecord("GNU.sparse.major", "1")) + RawHeader('0').Bytes() + Trailer()),
              HasSubstr("sparse"));
  EXPECT_THAT(ErrorOf(RawHeader('M').Bytes() + Trailer()), HasSubstr("unknown type 77"));
  EXPECT_THAT(ErrorOf(RawHeader('5').Set(kTarSize, "00000000001").Bytes() + Padded("x") + Trailer()),
              HasSubstr("with a size"));
}

}  // namespace
}  // namespace tsmedia
