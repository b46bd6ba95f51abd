#include "tools/base/read_ahead_source.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"

namespace tsmedia {
namespace {

std::string Sample(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>(i * 2654435761u >> 13);
  }
  return bytes;
}

TEST(ReadAheadSourceTest, GivesAllBytesInOrder) {
  for (uint64_t size : {uint64_t{0}, uint64_t{1}, 4 * kMiB - 1, 4 * kMiB, 21 * kMiB + 5}) {
    const MemorySource source(Sample(size));
    for (int threads : {1, 2, 5}) {
      const ReadAheadSource ahead(&source, threads);
      std::string read;
      while (read.size() < size) {
        read += *ahead.ReadString(read.size(), std::min<uint64_t>(777777, size - read.size()));
      }
      EXPECT_TRUE(read == *source.ReadString(0, size)) << size << " " << threads;
    }
  }
}

TEST(ReadAheadSourceTest, StopsWhenNobodyReadsOn) {
  const MemorySource source(Sample(40 * kMiB));
  const ReadAheadSource ahead(&source);
  EXPECT_TRUE(ahead.ReadString(0, 10).ok());
}

TEST(ReadAheadSourceTest, RefusesToGoBack) {
  const MemorySource source(Sample(100));
  const ReadAheadSource ahead(&source);
  EXPECT_TRUE(ahead.ReadString(0, 10).ok());
  EXPECT_EQ(ahead.ReadString(5, 10).status().message(), "memory: read at offset 5 where offset 10 is next");
}

class DamagedSource : public ByteSource {
 public:
  uint64_t size() const override { return 20 * kMiB; }
  const std::string& name() const override { return name_; }

 private:
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan) const override {
    return offset < 9 * kMiB ? absl::OkStatus() : absl::DataLossError("damaged");
  }
  std::string name_ = "disk";
};

TEST(ReadAheadSourceTest, AnErrorComesWhereItIs) {
  const DamagedSource source;
  const ReadAheadSource ahead(&source);
  EXPECT_TRUE(ahead.ReadString(0, 12 * kMiB).ok());
  EXPECT_EQ(ahead.ReadString(12 * kMiB, 1).status().message(), "damaged");
  EXPECT_EQ(ahead.ReadString(12 * kMiB, 1).status().message(), "damaged");
}

}  // namespace
}  // namespace tsmedia
