// Packs written and read again: bytes that depend on nothing but the input, and damage that is found.

#include "tools/content/pack.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/sha256.h"
#include "tools/content/byte_stream.h"
#include "tools/content/pack_info.h"
#include "tools/content/pack_reader.h"
#include "tools/content/pack_writer.h"
#include "tools/content/tar_reader.h"
#include "tools/content/tree.h"
#include "zstd.h"

namespace tsmedia {
namespace {

using testing::HasSubstr;

// Bytes that compress a little, different for each seed.
std::string Noise(size_t size, uint32_t seed) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<char>(seed >> 26);
  }
  return bytes;
}

// A sink that is full after some bytes.
class FullSink : public ByteSink {
 public:
  explicit FullSink(uint64_t capacity) : left_(capacity) {}
  absl::Status Append(ByteSpan bytes) override {
    if (bytes.size() > left_) {
      return absl::ResourceExhaustedError("no space left on device");
    }
    left_ -= bytes.size();
    return absl::OkStatus();
  }

 private:
  uint64_t left_;
};

absl::StatusOr<std::string> ReadPack(std::string pack, PackInfo::Compression compression = PackInfo::ZSTD) {
  MemorySource source(std::move(pack), "x.pack");
  PackReader reader(&source, compression);
  StringSink sink;
  auto count = CopyAll(reader, sink);
  return count.ok() ? absl::StatusOr<std::string>(sink.TakeBytes()) : count.status();
}

std::string ErrorOf(std::string pack) { return std::string(ReadPack(std::move(pack)).status().message()); }

std::string WritePack(std::string_view bytes, int threads, PackInfo::Compression compression = PackInfo::ZSTD) {
  StringSink sink;
  PackWriter writer(&sink, compression, threads);
  EXPECT_TRUE(writer.Append(AsBytes(bytes)).ok());
  auto result = writer.Finish();
  EXPECT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->unpacked_size, bytes.size());
  EXPECT_EQ(result->stored_size, sink.bytes().size());
  BlockHasher hasher;
  hasher.Update(AsBytes(sink.bytes()));
  hasher.Finish();
  EXPECT_EQ(result->blocks, hasher.blocks());
  return sink.TakeBytes();
}

TEST(PackWriterTest, RoundTripsAllSizes) {
  for (size_t size : {size_t{0}, size_t{1}, kFrameSize - 1, kFrameSize, kFrameSize + 1, 3 * kFrameSize}) {
    std::string bytes = Noise(size, 1);
    auto read = ReadPack(WritePack(bytes, 2));
    ASSERT_TRUE(read.ok()) << size << read.status();
    EXPECT_EQ(*read, bytes);
    EXPECT_EQ(WritePack(bytes, 2, PackInfo::NONE), bytes);
    EXPECT_EQ(*ReadPack(bytes, PackInfo::NONE), bytes);
  }
}

TEST(PackWriterTest, DoesNotDependOnThreads) {
  std::string bytes = Noise(9 * kFrameSize + 12345, 2);
  std::string one = WritePack(bytes, 1);
  EXPECT_EQ(WritePack(bytes, 2), one);
  EXPECT_EQ(WritePack(bytes, 8), one);
}

TEST(PackWriterTest, FramesAreIndependentAndDeclared) {
  std::string pack = WritePack(Noise(2 * kFrameSize + 5, 3), 2);
  size_t frames = 0;
  for (size_t offset = 0; offset < pack.size(); ++frames) {
    EXPECT_EQ(ZSTD_getFrameContentSize(pack.data() + offset, pack.size() - offset), frames < 2 ? kFrameSize : 5u);
    EXPECT_NE(pack[offset + 4] & 4, 0);  // checksum
    offset += ZSTD_findFrameCompressedSize(pack.data() + offset, pack.size() - offset);
  }
  EXPECT_EQ(frames, 3u);
}

TEST(PackWriterTest, HashesFilesWhereverTheyLie) {
  std::vector<size_t> sizes = {0, 5, kFrameSize - 5, 7, 0, 3 * kFrameSize, kFrameSize, 11, 0};
  std::vector<std::string> digests(sizes.size());
  StringSink sink;
  PackWriter writer(&sink, PackInfo::ZSTD, 3);
  for (size_t i = 0; i < sizes.size(); ++i) {
    writer.BeginFile(&digests[i]);
    ASSERT_TRUE(writer.Append(AsBytes(Noise(sizes[i], static_cast<uint32_t>(i)))).ok());
    writer.EndFile();
  }
  ASSERT_TRUE(writer.Finish().ok());
  for (size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_EQ(digests[i], DigestText(Sha256(Noise(sizes[i], static_cast<uint32_t>(i))))) << i;
  }
}

TEST(PackWriterTest, ReportsAFullDiskAndStops) {
  for (uint64_t capacity : {uint64_t{0}, 5 * kMiB}) {
    FullSink sink(capacity);
    PackWriter writer(&sink, PackInfo::NONE, 2);
    std::string bytes = Noise(kFrameSize, 4);
    absl::Status status;
    for (int i = 0; i < 20 && status.ok(); ++i) {
      status = writer.Append(AsBytes(bytes));
    }
    if (status.ok()) {
      status = writer.Finish().status();
    }
    EXPECT_THAT(std::string(status.message()), HasSubstr("no space left"));
  }
}

TEST(PackWriterTest, MayBeAbandoned) {
  StringSink sink;
  PackWriter writer(&sink, PackInfo::ZSTD, 4);
  EXPECT_TRUE(writer.Append(AsBytes(Noise(3 * kFrameSize, 5))).ok());
}

TEST(PackReaderTest, FindsEveryTruncationAndAppendix) {
  std::string pack = WritePack("hello, hello, hello", 1);
  for (size_t size = 0; size < pack.size(); ++size) {
    EXPECT_THAT(ErrorOf(pack.substr(0, size)), HasSubstr("x.pack: damaged pack: zstd frame at offset 0"));
  }
  EXPECT_THAT(ErrorOf(pack + "x"), HasSubstr(absl::StrCat("offset ", pack.size())));
  EXPECT_THAT(ErrorOf(pack + pack), HasSubstr("too short not to be the last"));
  std::string full = WritePack(std::string(kFrameSize, 'x'), 1);
  EXPECT_THAT(ErrorOf(full + WritePack("", 1)), HasSubstr("it is empty"));
  EXPECT_TRUE(ReadPack(full + pack).ok());
}

TEST(PackReaderTest, FindsEveryFlippedBit) {
  std::string pack = WritePack("hello, hello, hello, and something else", 1);
  for (size_t i = 0; i < pack.size() * 8; ++i) {
    std::string damaged = pack;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    auto read = ReadPack(damaged);
    // Two bits of a frame's descriptor mean nothing to anybody; the content must be right all the same.
    EXPECT_TRUE(!read.ok() || *read == *ReadPack(pack)) << i;
  }
}

TEST(PackReaderTest, AcceptsOnlyFramesThatDeclareThemselves) {
  std::string text(kFrameSize + 1, 'x');
  std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  auto compress = [&](std::string_view bytes) {
    std::string out(ZSTD_compressBound(bytes.size()), '\0');
    out.resize(ZSTD_compress2(context.get(), out.data(), out.size(), bytes.data(), bytes.size()));
    return out;
  };
  EXPECT_THAT(ErrorOf(compress("abc")), HasSubstr("no checksum"));
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  EXPECT_TRUE(ReadPack(compress("abc")).ok());
  EXPECT_THAT(ErrorOf(compress(text)), HasSubstr("at most 4194304 bytes"));
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 0);
  EXPECT_THAT(ErrorOf(compress(std::string_view(text).substr(1))), HasSubstr("does not say a size"));
  EXPECT_THAT(ErrorOf(std::string("\x50\x2a\x4d\x18\0\0\0\0", 8)), HasSubstr("no zstd frame"));
}

class PackTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/pack.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  std::string Write(const std::string& name, std::string_view bytes) {
    std::string path = root_ + "/" + name;
    EXPECT_TRUE(WriteFileAtomically(path, bytes).ok());
    return path;
  }

  std::string root_;
};

TEST_F(PackTest, TreeBecomesTarAndInventory) {
  TreeBuilder builder(root_);
  builder.AddFile("b/large", Write("large", Noise(5 * kMiB, 6)), std::nullopt);
  builder.AddFile("a", Write("a", "alpha"), 0755);
  builder.AddSymlink("l", "b/large");
  auto tree = builder.Finish(false);
  ASSERT_TRUE(tree.ok()) << tree.status();
  StringSink sink;
  auto info = WriteTreePack(*tree, {.compression = PackInfo::ZSTD, .file_time = 315532800, .threads = 2}, &sink);
  ASSERT_TRUE(info.ok()) << info.status();
  info->set_package_id("LAB00012");
  info->set_version("3");
  info->set_kind("package");
  EXPECT_TRUE(ValidatePackInfo(*info).ok()) << ValidatePackInfo(*info);
  ASSERT_EQ(info->entries_size(), 4);
  EXPECT_EQ(info->entries(0).path(), "a");
  EXPECT_EQ(info->entries(0).mode(), 0755u);
  EXPECT_EQ(info->entries(0).sha256(), DigestText(Sha256("alpha")));
  EXPECT_EQ(info->entries(2).sha256(), DigestText(Sha256(Noise(5 * kMiB, 6))));
  EXPECT_EQ(info->entries(3).link_target(), "b/large");
  auto tar = ReadPack(sink.TakeBytes());
  ASSERT_TRUE(tar.ok()) << tar.status();
  EXPECT_EQ(tar->size(), info->unpacked_size());
}

TEST_F(PackTest, SingleFileStaysAsItIs) {
  std::string bytes = Noise(6 * kMiB, 7);
  StringSink sink;
  auto info = WriteFilePack("x.wim", Write("x.wim", bytes), {.compression = PackInfo::NONE, .threads = 2}, &sink);
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(sink.bytes(), bytes);
  EXPECT_EQ(info->entries(0).sha256(), DigestText(Sha256(bytes)));
  EXPECT_EQ(info->stored_size(), bytes.size());
}

TEST_F(PackTest, ReportsFilesThatCannotBeRead) {
  StringSink sink;
  EXPECT_THAT(std::string(WriteFilePack("x", root_ + "/missing", {}, &sink).status().message()),
              HasSubstr("missing: cannot open"));
  EXPECT_THAT(std::string(WriteFilePack("x", root_, {}, &sink).status().message()), HasSubstr("no regular file"));
  ASSERT_EQ(mkfifo((root_ + "/pipe").c_str(), 0644), 0);
  EXPECT_THAT(std::string(WriteFilePack("x", root_ + "/pipe", {}, &sink).status().message()),
              HasSubstr("no regular file"));
}

// The content is a hole but for its ends: reading it is quick, and its size does not fit 32 bits.
TEST_F(PackTest, TakesAFileBeyondFourGiB) {
  constexpr uint64_t kSize = 4 * kGiB + 4097;
  std::string path = Write("huge", "begin");
  ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(kSize - 3)), 0);
  int fd = open(path.c_str(), O_WRONLY | O_APPEND);
  ASSERT_EQ(write(fd, "end", 3), 3);
  close(fd);
  TreeBuilder builder(root_);
  builder.AddFile("huge", path, std::nullopt);
  auto tree = builder.Finish(false);
  ASSERT_TRUE(tree.ok());
  StringSink sink;
  auto info = WriteTreePack(*tree, {.threads = 2}, &sink);
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->entries(0).size(), kSize);
  MemorySource source(sink.TakeBytes());
  PackReader stream(&source, PackInfo::ZSTD);
  TarReader reader(&stream);
  auto entry = reader.Next();
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ((*entry)->size, kSize);
  Sha256Hasher hasher;
  std::vector<uint8_t> buffer(kMiB);
  while (true) {
    auto got = reader.Read(absl::MakeSpan(buffer));
    ASSERT_TRUE(got.ok()) << got.status();
    if (*got == 0) {
      break;
    }
    hasher.Update(ByteSpan(buffer.data(), *got));
  }
  EXPECT_EQ(DigestText(hasher.Finish()), info->entries(0).sha256());
  EXPECT_FALSE((*reader.Next()).has_value());
  ASSERT_EQ(unlink(path.c_str()), 0);
}

}  // namespace
}  // namespace tsmedia
