// Every external library compiles, links (fully statically) and works, under the
// names that the rest of the tree uses.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/crc/crc32c.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "lzma.h"
#include "openssl/sha.h"
#include "tests/setup/libraries.pb.h"
#include "utf8proc.h"
#include "zlib.h"
#include "zstd.h"

namespace tsmedia {
namespace {

TEST(LibrariesTest, Abseil) {
  const absl::StatusOr<int> number = 7;
  EXPECT_EQ(*number, 7);
  // The check value of RFC 3720 for "123456789".
  EXPECT_EQ(static_cast<uint32_t>(absl::ComputeCrc32c("123456789")), 0xe3069283u);
}

TEST(LibrariesTest, Protobuf) {
  tests::setup::Greeting greeting;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString("text: 'hello'", &greeting));
  EXPECT_EQ(greeting.text(), "hello");
}

TEST(LibrariesTest, BoringSsl) {
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const uint8_t*>("abc"), 3, digest);
  EXPECT_EQ(absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(LibrariesTest, ZstdWithThreads) {
  const std::string text(1 << 20, 'x');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  // Fails unless the library was built with thread support.
  EXPECT_FALSE(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_nbWorkers, 2)));
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  const size_t size = ZSTD_compress2(context, packed.data(), packed.size(), text.data(), text.size());
  ZSTD_freeCCtx(context);
  ASSERT_FALSE(ZSTD_isError(size));
  std::string unpacked(text.size(), '\0');
  EXPECT_EQ(ZSTD_decompress(unpacked.data(), unpacked.size(), packed.data(), size), text.size());
  EXPECT_EQ(unpacked, text);
}

TEST(LibrariesTest, Zlib) { EXPECT_EQ(crc32(0, reinterpret_cast<const Bytef*>("123456789"), 9), 0xcbf43926u); }

TEST(LibrariesTest, XzDecoder) {
  // printf hello | xz
  std::string packed;
  ASSERT_TRUE(
      absl::HexStringToBytes("fd377a585a000004e6d6b4460200210116000000742fe5a301000468656c"
                             "6c6f00000000b137b9dbe5da1e9b00011d05b82d80af1fb6f37d01000000"
                             "0004595a",
                             &packed));
  std::string unpacked(16, '\0');
  uint64_t memory_limit = 1 << 26;
  size_t in = 0, out = 0;
  EXPECT_EQ(
      lzma_stream_buffer_decode(&memory_limit, 0, nullptr, reinterpret_cast<const uint8_t*>(packed.data()), &in,
                                packed.size(), reinterpret_cast<uint8_t*>(unpacked.data()), &out, unpacked.size()),
      LZMA_OK);
  EXPECT_EQ(unpacked.substr(0, out), "hello");
}

TEST(LibrariesTest, Utf8proc) {
  utf8proc_uint8_t* composed = utf8proc_NFC(reinterpret_cast<const utf8proc_uint8_t*>("u\u0308"));
  EXPECT_STREQ(reinterpret_cast<const char*>(composed), "\u00fc");
  free(composed);
}

}  // namespace
}  // namespace tsmedia
