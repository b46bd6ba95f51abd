#include "tools/content/decompress.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "zlib.h"
#include "zstd.h"

namespace tsmedia {
namespace {

using testing::HasSubstr;

// "hello, hello, hello\n" by xz 5.4.1 with CRC-64.
constexpr std::string_view kXz =
    "fd377a585a000004e6d6b4460200210116000000742fe5a3e00013000e5d00341949ee8def8c8731f52f640000000000b0488559d7a9ae4b00"
    "012a147ead37551fb6f37d010000000004595a";
// The same with `--lzma2=dict=200MiB`.
constexpr std::string_view kXzHugeDictionary =
    "fd377a585a000004e6d6b44602002101200000000988a576e00013000e5d00341949ee8def8c8731f52f640000000000b0488559d7a9ae4b00"
    "012a147ead37551fb6f37d010000000004595a";
constexpr std::string_view kHello = "hello, hello, hello\n";

std::string Unhex(std::string_view digits) {
  std::string bytes;
  EXPECT_TRUE(absl::HexStringToBytes(digits, &bytes));
  return bytes;
}

std::string Gzip(std::string_view text) {
  z_stream deflater = {};
  EXPECT_EQ(deflateInit2(&deflater, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&deflater, text.size()) + 64, '\0');
  deflater.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  deflater.avail_in = static_cast<uInt>(text.size());
  deflater.next_out = reinterpret_cast<Bytef*>(out.data());
  deflater.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&deflater, Z_FINISH), Z_STREAM_END);
  out.resize(deflater.total_out);
  deflateEnd(&deflater);
  return out;
}

std::string Zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

absl::StatusOr<std::string> Decompress(std::string bytes) {
  MemorySource source(std::move(bytes), "x");
  auto stream = OpenDecompressed(&source);
  if (!stream.ok()) {
    return stream.status();
  }
  StringSink sink;
  auto count = CopyAll(**stream, sink);
  return count.ok() ? absl::StatusOr<std::string>(sink.TakeBytes()) : count.status();
}

std::string ErrorOf(std::string bytes) { return std::string(Decompress(std::move(bytes)).status().message()); }

// A text that is longer than every buffer and that compresses neither to nothing nor not at all.
std::string LongText() {
  std::string text;
  uint32_t x = 1;
  for (int i = 0; i < 300000; ++i) {
    x = x * 1664525 + 1013904223;
    text += static_cast<char>('a' + (x >> 28));
  }
  return text;
}

TEST(DecompressTest, KnowsFormatsByTheirSignature) {
  EXPECT_EQ(*Decompress(std::string(kHello)), kHello);
  EXPECT_EQ(*Decompress(""), "");
  EXPECT_EQ(*Decompress(Gzip(kHello)), kHello);
  EXPECT_EQ(*Decompress(Zstd(kHello)), kHello);
  EXPECT_EQ(*Decompress(Unhex(kXz)), kHello);
  EXPECT_THAT(ErrorOf("BZh91AY"), HasSubstr("bzip2"));
}

TEST(DecompressTest, TakesSeveralMembersAndPadding) {
  std::string text = LongText();
  EXPECT_EQ(*Decompress(Gzip(text) + Gzip(kHello)), text + std::string(kHello));
  EXPECT_EQ(*Decompress(Gzip(text) + std::string(1000, '\0')), text);
  EXPECT_EQ(*Decompress(Zstd(text) + Zstd("") + Zstd(kHello)), text + std::string(kHello));
  EXPECT_EQ(*Decompress(Unhex(kXz) + Unhex(kXz)), std::string(kHello) + std::string(kHello));
}

TEST(DecompressTest, FindsEveryTruncation) {
  for (const std::string& whole : {Gzip(kHello), Zstd(kHello), Unhex(kXz)}) {
    for (size_t size = 6; size < whole.size(); ++size) {
      EXPECT_THAT(ErrorOf(whole.substr(0, size)), HasSubstr("x: truncated")) << size;
    }
  }
}

TEST(DecompressTest, FindsDamage) {
  std::string gzip = Gzip(kHello);
  gzip[gzip.size() - 5] ^= 1;  // of the CRC
  EXPECT_THAT(ErrorOf(gzip), HasSubstr("damaged gzip data"));
  EXPECT_THAT(ErrorOf(Gzip(kHello) + "x"), HasSubstr("gzip"));
  EXPECT_THAT(ErrorOf(Gzip(kHello) + std::string("\0x", 2)), HasSubstr("after the end"));
  EXPECT_THAT(ErrorOf(Zstd(kHello) + "xxxxxxxxx"), HasSubstr("damaged zstd data"));
  std::string xz = Unhex(kXz);
  xz[30] ^= 1;
  EXPECT_THAT(ErrorOf(xz), HasSubstr("damaged xz data"));
}

TEST(DecompressTest, BoundsTheMemoryThatTheDataAsksFor) {
  EXPECT_THAT(ErrorOf(Unhex(kXzHugeDictionary)), HasSubstr("more than 128 MiB"));
  // A frame header with a window of 1 GiB (RFC 8878, section 3.1.1.1.2: exponent 20, mantissa 0).
  EXPECT_THAT(ErrorOf(std::string("\x28\xb5\x2f\xfd\x00\xa0\x01\x00\x00", 9)), HasSubstr("more than 128 MiB"));
}

}  // namespace
}  // namespace tsmedia
