#include "tools/content/ahead_stream.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/content/byte_stream.h"

namespace tsmedia {
namespace {

std::string Sample(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>(i * 2654435761u >> 13);
  }
  return bytes;
}

// Gives `good` bytes, a few at a time, then fails.
class FailingStream : public ByteStream {
 public:
  explicit FailingStream(size_t good) : good_(good) {}
  absl::StatusOr<size_t> Read(MutableByteSpan out) override {
    if (good_ == 0) {
      return absl::DataLossError("damaged");
    }
    const size_t count = std::min({out.size(), good_, size_t{1000}});
    std::fill_n(out.begin(), count, uint8_t{7});
    good_ -= count;
    return count;
  }
  const std::string& name() const override { return name_; }

 private:
  size_t good_;
  const std::string name_ = "failing";
};

TEST(AheadStreamTest, GivesWhatTheOtherGives) {
  for (const size_t size : {size_t{0}, size_t{1}, kMiB, 9 * kMiB + 5}) {
    const std::string bytes = Sample(size);
    const MemorySource source(bytes);
    SourceStream stream(&source);
    AheadStream ahead(&stream);
    std::string got(size + 1, '\0');
    const absl::StatusOr<size_t> count =
        ReadUpTo(ahead, MutableByteSpan(reinterpret_cast<uint8_t*>(got.data()), got.size()));
    ASSERT_TRUE(count.ok());
    EXPECT_EQ(*count, size);
    EXPECT_TRUE(std::string_view(got).substr(0, size) == bytes);
    uint8_t more;
    EXPECT_EQ(ahead.Read(MutableByteSpan(&more, 1)).value(), 0u);
  }
}

TEST(AheadStreamTest, AnErrorEndsIt) {
  FailingStream stream(3 * kMiB);
  AheadStream ahead(&stream);
  EXPECT_TRUE(ahead.Skip(2 * kMiB).ok());
  uint8_t byte;
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(absl::IsDataLoss(ahead.Skip(2 * kMiB)));
    EXPECT_EQ(ahead.Read(MutableByteSpan(&byte, 1)).status().message(), "damaged");
  }
}

TEST(AheadStreamTest, MayBeLeftHalfRead) {
  const MemorySource source(Sample(20 * kMiB));
  SourceStream stream(&source);
  AheadStream ahead(&stream);
  EXPECT_TRUE(ahead.Skip(5).ok());
}

}  // namespace
}  // namespace tsmedia
