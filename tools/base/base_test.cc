#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "gmock/gmock.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/json_writer.h"
#include "tools/base/package_id.h"
#include "tools/base/program.h"
#include "tools/base/sha256.h"

namespace tsmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string TestPath(const std::string& name) { return ::testing::TempDir() + "/" + name; }

TEST(BytesTest, LoadsAndStoresBothByteOrders) {
  uint8_t bytes[4];
  StoreLittle<uint32_t>(0x01020304, bytes);
  EXPECT_THAT(bytes, ElementsAre(4, 3, 2, 1));
  EXPECT_EQ(LoadLittle<uint32_t>(bytes), 0x01020304u);
  StoreBig<uint32_t>(0x01020304, bytes);
  EXPECT_THAT(bytes, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(LoadBig<uint32_t>(bytes), 0x01020304u);
}

TEST(BytesTest, AllZero) {
  EXPECT_TRUE(AllZero({}));
  EXPECT_TRUE(AllZero(AsBytes(std::string(5000, '\0'))));
  EXPECT_FALSE(AllZero(AsBytes(std::string(4999, '\0') + "x")));
  EXPECT_FALSE(AllZero(AsBytes("x")));
}

TEST(ByteSourceTest, RefusesRangesOutside) {
  MemorySource source("0123456789", "digits");
  EXPECT_EQ(*source.ReadString(8, 2), "89");
  EXPECT_EQ(source.ReadString(8, 3).status().message(),
            "digits: truncated: wanted 3 bytes at offset 8, but the size is 10");
  EXPECT_FALSE(source.ReadString(11, 0).ok());
  EXPECT_FALSE(source.ReadString(1, UINT64_MAX).ok());
}

TEST(ByteSourceTest, SliceStaysInside) {
  MemorySource source("0123456789", "digits");
  absl::StatusOr<std::unique_ptr<SliceSource>> slice = SliceSource::Create(&source, 2, 3, "slice");
  ASSERT_TRUE(slice.ok());
  EXPECT_EQ(*(*slice)->ReadString(0, 3), "234");
  EXPECT_FALSE((*slice)->ReadString(1, 3).ok());
  EXPECT_FALSE(SliceSource::Create(&source, 8, 3, "slice").ok());
  EXPECT_FALSE(SliceSource::Create(&source, 8, UINT64_MAX, "slice").ok());
}

TEST(ByteSourceTest, ReadsFilesAndSaysWhichIsMissing) {
  EXPECT_THAT(FileSource::Open(TestPath("missing")).status().message(), HasSubstr("missing: cannot open"));
  EXPECT_THAT(FileSource::Open(::testing::TempDir()).status().message(), HasSubstr("neither a regular file"));
}

TEST(AtomicFileTest, ReplacesOnlyWhenCommitted) {
  std::string path = TestPath("atomic");
  ASSERT_TRUE(WriteFileAtomically(path, "old").ok());
  {
    absl::StatusOr<std::unique_ptr<AtomicFile>> file = AtomicFile::Create(path);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->Append("new").ok());
    EXPECT_EQ(*ReadWholeFile(path, 100), "old");
  }
  EXPECT_EQ(*ReadWholeFile(path, 100), "old");
  int entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(::testing::TempDir())) {
    entries += entry.path().filename().string().starts_with("atomic") ? 1 : 0;
  }
  EXPECT_EQ(entries, 1) << "the unfinished file must be gone";

  ASSERT_TRUE(WriteFileAtomically(path, "new").ok());
  EXPECT_EQ(*ReadWholeFile(path, 100), "new");
}

TEST(AtomicFileTest, AppendsPartsOfSources) {
  std::string bytes;
  for (uint32_t i = 0; i < 3000000; ++i) {
    bytes.push_back(static_cast<char>(i * 7919 >> 8));
  }
  ASSERT_TRUE(WriteFileAtomically(TestPath("source"), bytes).ok());
  absl::StatusOr<std::unique_ptr<FileSource>> on_disk = FileSource::Open(TestPath("source"));
  ASSERT_TRUE(on_disk.ok());
  MemorySource in_memory(bytes);
  std::string path = TestPath("copy");
  absl::StatusOr<std::unique_ptr<AtomicFile>> file = AtomicFile::Create(path);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->Append("head").ok());
  ASSERT_TRUE((*file)->AppendFrom(**on_disk, 11, 2500000).ok());
  ASSERT_TRUE((*file)->AppendFrom(in_memory, 13, 1500000).ok());
  EXPECT_EQ((*file)->position(), 4000004u);
  // The file is shorter than its size was when it was opened.
  ASSERT_EQ(truncate(TestPath("source").c_str(), 2000), 0);
  EXPECT_THAT((*file)->AppendFrom(**on_disk, 0, 3000).message(), HasSubstr("became shorter"));
  ASSERT_TRUE((*file)->Commit().ok());
  std::string content = *ReadWholeFile(path, 10000000);
  EXPECT_TRUE(content.starts_with("head" + bytes.substr(11, 2500000) + bytes.substr(13, 1500000)));
}

TEST(AtomicFileTest, ModeIgnoresTheUmask) {
  mode_t old_umask = umask(077);
  std::string path = TestPath("mode");
  ASSERT_TRUE(WriteFileAtomically(path, "x", 0755).ok());
  umask(old_umask);
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0755u);
}

TEST(Sha256Test, KnownAnswer) {
  // FIPS 180-4 example "abc".
  const std::string expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(ToHex(Sha256("abc")), expected);
  Sha256Hasher hasher;
  hasher.Update("a");
  hasher.Update("bc");
  EXPECT_EQ(ToHex(hasher.Finish()), expected);
  EXPECT_EQ(ToHex(*Sha256Of(MemorySource("abc"))), expected);
  EXPECT_FALSE(DigestFromText("short").ok());
}

TEST(ArgsTest, DashesAndUnderscoresOfNamesAreTheSame) {
  for (const char* argument : {"--public-key=a-b", "--public_key=a-b"}) {
    for (const char* name : {"public_key", "public-key"}) {
      EXPECT_EQ(*Args::Parse({argument})->Required(name), "a-b");
    }
  }
  EXPECT_FALSE(Args::Parse({"--public_key=a", "--public-key=b"})->Required("public_key").ok()) << "given twice";
}

TEST(ArgsTest, TakesArgumentFilesLiterally) {
  std::string path = TestPath("arguments");
  ASSERT_TRUE(WriteFileAtomically(path, "--src=#hash  x .txt\n--src=a=b\n--flag\nname 'quoted'\n").ok());
  absl::StatusOr<Args> args = Args::Parse({"@" + path});
  ASSERT_TRUE(args.ok()) << args.status();
  EXPECT_THAT(args->Repeated("src"), ElementsAre("#hash  x .txt", "a=b"));
  EXPECT_TRUE(*args->Bool("flag"));
  EXPECT_THAT(args->positional(), ElementsAre("name 'quoted'"));
  EXPECT_TRUE(args->Finish().ok());
}

TEST(ArgsTest, RefusesTruncatedArgumentFiles) {
  std::string path = TestPath("truncated");
  ASSERT_TRUE(WriteFileAtomically(path, "--src=a\n--src=b").ok());
  EXPECT_THAT(Args::Parse({"@" + path}).status().message(), HasSubstr("truncated"));
}

TEST(ArgsTest, UsageErrors) {
  absl::StatusOr<Args> args = Args::Parse({"--a=1", "--a=2", "--b=maybe", "--c"});
  ASSERT_TRUE(args.ok());
  EXPECT_THAT(args->Required("a").status().message(), HasSubstr("given 2 times"));
  EXPECT_THAT(args->Required("d").status().message(), HasSubstr("--d is missing"));
  EXPECT_THAT(args->Bool("b").status().message(), HasSubstr("write true or false"));
  EXPECT_THAT(args->Finish().message(), HasSubstr("unknown flag --c"));
  EXPECT_TRUE(IsUsageError(args->Finish()));
  EXPECT_FALSE(Args::Parse({"-v"}).ok());
  EXPECT_FALSE(SplitPair("variable", "NAME").ok());
  EXPECT_EQ(*SplitPair("variable", "A=b=c"), std::make_pair(std::string("A"), std::string("b=c")));
}

TEST(CanonicalProtoTest, TakesOneFormOnly) {
  // StringValue's field 1 stands for the context.
  google::protobuf::StringValue message;
  message.set_value("tsmedia/x/v1");
  const std::string good = SerializeCanonical(message);
  google::protobuf::StringValue parsed;
  EXPECT_TRUE(ParseCanonical(good, "tsmedia/x/v1", &parsed).ok());
  struct Case {
    const char* what;
    std::string bytes;
  };
  const Case cases[] = {
      {"empty", ""},
      {"context twice", good + good},
      {"unknown field", good + "\x10\x01"},
      {"long varint for the length", std::string("\x0a\x8c\x00", 3) + good.substr(2)},
      {"truncated", good.substr(0, good.size() - 1)},
      {"damaged end", good + "\xff"},
  };
  for (const Case& c : cases) {
    EXPECT_FALSE(ParseCanonical(c.bytes, "tsmedia/x/v1", &parsed).ok()) << c.what;
  }
  EXPECT_FALSE(ParseCanonical(good, "tsmedia/x/v2", &parsed).ok());
  EXPECT_FALSE(ParseCanonical(good, "tsmedia/x/v", &parsed).ok());
}

TEST(JsonWriterTest, WritesWhatParsersRead) {
  JsonWriter json;
  json.BeginObject();
  json.String("text", "a\"b\\c\n\x01");
  json.BeginArray("list");
  json.Number("", 18446744073709551615u);
  json.Bool("", true);
  json.EndArray();
  json.BeginArray("none");
  json.EndArray();
  json.EndObject();
  EXPECT_EQ(json.Finish(),
            "{\n  \"text\": \"a\\\"b\\\\c\\n\\u0001\",\n  \"list\": [\n    18446744073709551615,\n    true\n  ],\n"
            "  \"none\": []\n}\n");
}

TEST(JsonWriterTest, WritesOneLine) {
  JsonWriter json(JsonWriter::Layout::kOneLine);
  json.BeginObject();
  json.String("text", "a\nb");
  json.BeginArray("list");
  json.Number("", 1);
  json.Number("", 2);
  json.EndArray();
  json.EndObject();
  EXPECT_EQ(json.Finish(), "{\"text\": \"a\\nb\",\"list\": [1,2]}\n");
}

TEST(PackageIdTest, Table) {
  for (const char* id : {"LAB00012", "00000000", "ABCDEFGH"}) {
    EXPECT_TRUE(ValidatePackageId(id).ok()) << id;
  }
  for (const char* id : {"", "LAB0001", "LAB000123", "lab00012", "LAB-0012", "LAB0001\xc3"}) {
    EXPECT_FALSE(ValidatePackageId(id).ok()) << id;
  }
  for (const char* version : {"1", "1.0-2+b1~rc_3", "v2"}) {
    EXPECT_TRUE(ValidatePackageVersion(version).ok()) << version;
  }
  for (const char* version : {"", ".1", "-1", "1/2", "1 2", "123456789012345678901234567890123"}) {
    EXPECT_FALSE(ValidatePackageVersion(version).ok()) << version;
  }
}

}  // namespace
}  // namespace tsmedia
